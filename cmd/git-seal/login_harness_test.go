//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer/signertest"
)

// loginRepo is a repository whose commits are signed after a login at the
// sandbox, and a browser's stand-in that hands the address to the test.
type loginRepo struct {
	*gittest.Repo
	t       *testing.T
	sandbox *signertest.Sandbox
	opener  string   // the stand-in
	opened  *os.File // where it writes its arguments, one a line
	said    string   // the file that has what git-seal wrote to stderr, which git before 2.41 keeps to itself
}

// openerScript is what a desktop runs as a browser: it talks on both streams.
const openerScript = `#!/bin/sh
echo chatter on stdout
echo chatter on stderr >&2
for arg; do printf '%s\n' "$arg"; done >"$(dirname "$0")/opened"
`

// listeningProgram is git-seal with a copy of its stderr, where git's status
// lines are too.
const listeningProgram = `#!/bin/sh
said=$(dirname "$0")/said
git-seal "$@" 2>"$said"
code=$?
cat "$said" >&2
exit $code
`

// newLoginRepo makes one with settings KEY=VALUE; OPENER in a value is the
// stand-in's name, quoted.
func newLoginRepo(t *testing.T, settings ...string) *loginRepo {
	t.Helper()
	sandbox := signertest.Start(t)
	r := gittest.New(t, "sha1")
	r = r.With("PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"))
	r.Git("seal", "init", "--trusted-root", sandbox.TrustedRoot(), "--signing-config", sandbox.SigningConfig())
	desktop := filepath.Join(r.Home, "a desktop")
	if err := os.Mkdir(desktop, 0o755); err != nil {
		t.Fatal(err)
	}
	opener, program := filepath.Join(desktop, "xdg-open"), filepath.Join(desktop, "git-seal-heard")
	for file, text := range map[string]string{opener: openerScript, program: listeningProgram} {
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.Git("config", "gpg.x509.program", program)
	for _, kv := range settings {
		key, value, _ := strings.Cut(kv, "=")
		r.Git("config", key, strings.ReplaceAll(value, "OPENER", `"`+opener+`"`))
	}
	fifo := filepath.Join(desktop, "opened")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := os.OpenFile(fifo, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return &loginRepo{Repo: r, t: t, sandbox: sandbox, opener: opener, opened: opened, said: filepath.Join(desktop, "said")}
}

// loginTimeout is for what takes a second on a machine that is not busy.
const loginTimeout = time.Minute

// address waits for the browser to be opened and returns its arguments, the
// last of which is the address.
func (r *loginRepo) arguments() []string {
	r.t.Helper()
	if err := r.opened.SetReadDeadline(time.Now().Add(loginTimeout)); err != nil {
		r.t.Fatal(err)
	}
	var text []byte
	buf := make([]byte, 4096)
	for !regexp.MustCompile(`(?m)^http\S+\n\z`).Match(text) {
		n, err := r.opened.Read(buf)
		if err != nil {
			r.t.Fatalf("no browser was opened: %v; %q", err, text)
		}
		text = append(text, buf[:n]...)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (r *loginRepo) address() string {
	r.t.Helper()
	args := r.arguments()
	return args[len(args)-1]
}

// run is a program on its way.
type run struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	ended          *os.File // is at its end when the last process of the session has ended
}

// commit starts git commit -S.
func (r *loginRepo) commit(tty *os.File) *run {
	r.t.Helper()
	return r.start(tty, "git", "commit", "-S", "--allow-empty", "-m", "signed after a login")
}

// start starts a program in a session of its own, at a terminal if there is one:
// editors run git without.
func (r *loginRepo) start(tty *os.File, program string, args ...string) *run {
	r.t.Helper()
	c := &run{t: r.t, cmd: exec.CommandContext(r.t.Context(), program, args...)}
	c.cmd.Dir, c.cmd.Env = r.Dir, r.Env()
	c.cmd.Stdout, c.cmd.Stderr = &c.stdout, &c.stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if tty != nil {
		c.cmd.Stdin = tty
		c.cmd.SysProcAttr.Setctty = true
	}
	ended, inherited, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	defer inherited.Close()
	r.t.Cleanup(func() { ended.Close() })
	c.ended, c.cmd.ExtraFiles = ended, []*os.File{inherited}
	if err := c.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) }) // the session, if it is still there
	return c
}

// end waits for the program and all that it started, and returns its exit code.
func (c *run) end() int {
	c.t.Helper()
	timer := time.AfterFunc(loginTimeout, func() { _ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	err := c.cmd.Wait()
	if _, err := io.Copy(io.Discard, c.ended); err != nil {
		c.t.Fatal(err)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return 0
}

// signed waits for the commit and holds it to its signer.
func (r *loginRepo) signed(c *run, email string) {
	r.t.Helper()
	if code := c.end(); code != 0 {
		said, _ := os.ReadFile(r.said)
		r.t.Fatalf("git commit: exit code %d\n%s%s%s", code, &c.stdout, &c.stderr, said)
	}
	if out := r.Git("seal", "show", "--format", "json", "HEAD"); !strings.Contains(out, `"`+email+`"`) {
		r.t.Errorf("not signed by %s:\n%s", email, out)
	}
	if raw := r.Git("cat-file", "commit", "HEAD") + c.stdout.String() + c.stderr.String(); strings.Contains(raw, "chatter") {
		r.t.Errorf("the browser's words went astray:\n%s", raw)
	}
}

// failed waits for a commit that is not made, and holds what git-seal said to
// regular expressions.
func (r *loginRepo) failed(c *run, patterns ...string) {
	r.t.Helper()
	if code := c.end(); code == 0 {
		r.t.Fatalf("git commit went through:\n%s%s", &c.stdout, &c.stderr)
	}
	text, err := os.ReadFile(r.said)
	if err != nil {
		r.t.Fatal(err)
	}
	said := string(text)
	for _, pattern := range patterns {
		if !regexp.MustCompile(`(?m)` + pattern).MatchString(said) {
			r.t.Errorf("nothing matches %q:\n%s", pattern, said)
		}
	}
	if strings.Contains(said, "usage:") || strings.Contains(said, "chatter") {
		r.t.Errorf("says too much:\n%s", said)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, ".git", "refs", "heads", "main")); err == nil {
		r.t.Error("the commit was made")
	}
}

// person logs in without a browser, as one would.
type person struct {
	t      *testing.T
	client *http.Client
}

func newPerson(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t, &http.Client{Jar: jar, Timeout: loginTimeout}}
}

// open reads a page.
func (p *person) open(address string) (status int, page string) {
	p.t.Helper()
	resp, err := p.client.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.read(resp)
}

func (p *person) read(resp *http.Response) (status int, page string) {
	p.t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// logIn opens the login page at an address and fills it in; action is allow or
// deny. It returns the last page.
func (p *person) logIn(address, email, action string) (status int, page string) {
	p.t.Helper()
	_, form := p.open(address)
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(form)
	if id == nil {
		p.t.Fatalf("%s: no login page:\n%s", address, form)
	}
	at, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := p.client.PostForm("http://"+at.Host+"/login", url.Values{"id": {id[1]}, "email": {email}, "action": {action}})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.read(resp)
}
