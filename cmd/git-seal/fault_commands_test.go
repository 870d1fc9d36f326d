//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/signer/signertest"
)

// faultyInstance is what a script calls the Sigstore of its own that fails.
const faultyInstance = "FAULTY"

// endsWithin is what a commit may take beyond the timeout of the service that
// fails: git, the services that work, and a busy machine.
const endsWithin = 15 * time.Second

func (s *scripts) faulty(ts *testscript.TestScript) *signertest.Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.own[ts.Name()+" "+faultyInstance]
	if own == nil {
		ts.Fatalf("instance start %s comes first", faultyInstance)
	}
	return own
}

func (s *scripts) fault(ts *testscript.TestScript, args []string) {
	s.faulty(ts).Fault(s.t, args[0], args[1], args[2:]...)
}

// address is what error messages call a service, and its URL.
func (s *scripts) address(ts *testscript.TestScript, service string) string {
	own := s.faulty(ts)
	switch service {
	case "oidc":
		return fmt.Sprintf("%s (%s)", login.OpenIDProvider, own.OIDC)
	case "fulcio":
		return fmt.Sprintf("%s (%s)", signer.Fulcio, own.Fulcio)
	case "rekor":
		return fmt.Sprintf("%s (%s)", signer.Rekor, own.Rekor)
	case "rekor-v2":
		return fmt.Sprintf("%s (%s)", signer.Rekor, own.RekorV2)
	case "timestamp":
		return fmt.Sprintf("%s (%s)", signer.TimestampAuthority, own.Timestamp)
	}
	ts.Fatalf("no messages about the service %q", service)
	return ""
}

// recorder is a signing program that keeps what git-seal says, since not every
// git shows it.
const recorder = `#!/bin/sh
git-seal "$@" >"$WORK/said.stdout" 2>"$WORK/said.stderr"
code=$?
cat "$WORK/said.stdout"
cat "$WORK/said.stderr" >&2
exit $code
`

// repoState is what a commit that fails must leave as it was.
func repoState(ts *testscript.TestScript) string {
	var state strings.Builder
	for _, command := range [][]string{
		{"rev-parse", "--verify", "--quiet", "HEAD"}, {"ls-files", "--stage"}, {"status", "--porcelain=v2"}, {"stash", "list"},
	} {
		_ = ts.Exec("git", command...)
		state.WriteString(ts.ReadFile("stdout"))
	}
	return state.String()
}

// unsigned commits and expects that git-seal stops it with one message about a
// service, in time, and that nothing is lost and nothing kept.
func (s *scripts) unsigned(ts *testscript.TestScript, args []string) {
	service, cause, hint := args[0], args[1], args[2]
	program := filepath.Join(ts.Getenv("WORK"), "recorder")
	ts.Check(os.WriteFile(program, []byte(recorder), 0o755))
	message := "A message to keep\n\nwritten before " + service + " failed.\n"
	file := filepath.Join(ts.Getenv("WORK"), "message")
	ts.Check(os.WriteFile(file, []byte(message), 0o644))
	ts.Check(ts.Exec("git", "config", "seal.timeout"))
	timeout, err := time.ParseDuration(strings.TrimSpace(ts.ReadFile("stdout")))
	ts.Check(err)

	before := repoState(ts)
	start := time.Now()
	code := exitCodeOf(ts, "git", "-c", "gpg.x509.program="+program, "commit", "-S", "-F", file)
	if took := time.Since(start); took > timeout+endsWithin {
		ts.Fatalf("git commit took %s, with a timeout of %s", took, timeout)
	}
	said := ts.ReadFile(filepath.Join(ts.Getenv("WORK"), "said.stderr"))
	if code != 128 {
		ts.Fatalf("git commit: exit code %d, want 128\n%s", code, said)
	}
	checkOneMessage(ts, said, s.address(ts, service), cause, hint)
	if stdout := ts.ReadFile(filepath.Join(ts.Getenv("WORK"), "said.stdout")); stdout != "" || strings.Contains(said, "SIG_CREATED") {
		ts.Fatalf("git was given %q", stdout)
	}
	if after := repoState(ts); after != before {
		ts.Fatalf("the repository was\n%s\nand is\n%s", before, after)
	}
	if kept := ts.ReadFile(".git/COMMIT_EDITMSG"); kept != message {
		ts.Fatalf("the message is %q", kept)
	}
	ts.Check(ts.Exec("git", "seal", "why"))
	if explained := ts.ReadFile("stdout"); strings.Contains(explained, "("+string(why.Unexplained)+")") {
		ts.Fatalf("git seal explained has no explanation:\n%s", explained)
	}
}

// checkOneMessage holds what was said to one error and one hint: which service,
// where, what, how long, what to try, and how to commit without a signature.
func checkOneMessage(ts *testscript.TestScript, said, address, cause, hint string) {
	var lines []string
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "git-seal: warning: ") {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "")
	const howLong = ` (\(after \d\S*s\)|\(\d attempts in \d\S*s\)|after \d\S*s( \(\d attempts\))?)\n`
	pattern := `^git-seal: error: ` + regexp.QuoteMeta(address) + `: (` + cause + `)( \(after \S+\))?\n` +
		`git-seal: hint: (` + hint + `); to commit without a signature, use --no-gpg-sign\n` +
		`git-seal: for an explanation, run: git seal why\n$`
	for _, p := range []string{howLong, pattern} {
		if !regexp.MustCompile(p).MatchString(text) {
			ts.Fatalf("said\n%swant\n%s", said, p)
		}
	}
}

// interrupted commits, waits until a service that hangs has been asked, and
// presses Ctrl-C: git and git-seal end at once, and nothing is lost.
func (s *scripts) interrupted(ts *testscript.TestScript, args []string) {
	before := repoState(ts)
	ts.Check(ts.Exec("env"))
	environment := strings.Split(ts.ReadFile("stdout"), "\n")
	alive, held, err := os.Pipe() // which ends when the last who has inherited it does
	ts.Check(err)
	defer alive.Close()
	cmd := exec.Command("git", "commit", "-S", "-m", "interrupted")
	cmd.Dir, cmd.Env, cmd.ExtraFiles = ts.MkAbs("."), environment, []*os.File{held}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	ts.Check(errors.Join(err, held.Close()))
	defer func() {
		if cmd.ProcessState == nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait()
		}
	}()
	s.faulty(ts).AwaitFault(s.t, args[0])
	ts.Check(syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)) // a terminal sends it to everybody in the foreground
	ts.Check(alive.SetReadDeadline(time.Now().Add(endsWithin)))
	if _, err := alive.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		ts.Fatalf("git or git-seal goes on: %v", err)
	}
	if err := cmd.Wait(); err == nil {
		ts.Fatalf("a commit was made")
	}
	if after := repoState(ts); after != before {
		ts.Fatalf("the repository was\n%s\nand is\n%s", before, after)
	}
}

// Every fault that a service can have has its row in a script.
func TestFaultScriptsCoverEveryFault(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/script/fault_*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string][]string)
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^fault (\S+) (\S+)`).FindAllStringSubmatch(string(text), -1) {
			rows[m[1]] = append(rows[m[1]], m[2])
		}
	}
	for service, kinds := range signertest.Start(t).Faults(t) {
		for _, kind := range kinds {
			if !slices.Contains(rows[service], kind) {
				t.Errorf("no row: fault %s %s", service, kind)
			}
		}
	}
}
