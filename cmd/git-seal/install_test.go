//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// installed is what install.sh puts under its prefix.
var installed = []string{
	"bin/git-seal",
	"share/bash-completion/completions/git-seal",
	"share/fish/vendor_completions.d/git-seal.fish",
	"share/git-seal/installed",
	"share/man/man1/git-seal.1",
	"share/zsh/site-functions/_git-seal",
}

func TestInstallTakesBackExactlyWhatItPut(t *testing.T) {
	t.Parallel()
	in := newInstall(t)
	theirs := filepath.Join(in.prefix, "share", "man", "man1", "other.1")
	if err := os.MkdirAll(filepath.Dir(theirs), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(theirs, nil, 0o644); err != nil {
		t.Fatal(err)
	}

	for _, name := range []string{"the first time", "over itself"} {
		out := in.run(t, 0)
		if want := in.prefix + "/bin"; !strings.Contains(out, want) {
			t.Errorf("%s: does not say that %s belongs on PATH:\n%s", name, want, out)
		}
		want := slices.Sorted(slices.Values(append(slices.Clone(installed), "share/man/man1/other.1")))
		if got := filesBelow(t, in.prefix); !slices.Equal(got, want) {
			t.Errorf("%s: installed %q, want %q", name, got, want)
		}
	}
	version, err := exec.CommandContext(t.Context(), filepath.Join(in.prefix, "bin", "git-seal"), "version").CombinedOutput()
	if err != nil {
		t.Errorf("git-seal version: %v\n%s", err, version)
	}
	// go knows no version in an unpacked archive or a linked worktree.
	if info, err := os.Stat(filepath.Join(moduleRoot(t), ".git")); err == nil && info.IsDir() {
		head, err := exec.CommandContext(t.Context(), "git", "rev-parse", "HEAD").Output()
		if err != nil {
			t.Fatal(err)
		}
		if revision := strings.TrimSpace(string(head)); !strings.Contains(string(version), revision[:12]) {
			t.Errorf("git-seal version: %q does not name revision %s", version, revision)
		}
	}

	in.run(t, 0, "--uninstall")
	if got, want := filesBelow(t, in.prefix), []string{"share/man/man1/other.1"}; !slices.Equal(got, want) {
		t.Errorf("uninstalled: %q left, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(in.prefix, "bin")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("uninstalled: the directory bin, which was not there before, is left: %v", err)
	}
	if out := in.run(t, 1, "--uninstall"); !strings.Contains(out, "not installed under "+in.prefix) {
		t.Errorf("uninstalled twice: %s", out)
	}
	in.leftNothing(t)
}

func TestInstallMakesAndRemovesItsPrefix(t *testing.T) {
	t.Parallel()
	in := newInstall(t)
	in.prefix = filepath.Join(in.prefix, "a place", "of its own")
	in.run(t, 0)
	in.run(t, 0, "--uninstall")
	if _, err := os.Stat(filepath.Dir(in.prefix)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory made for the prefix is left: %v", err)
	}
}

// TestInstallSaysWhatIsMissing: nothing is built, and each error has a hint.
func TestInstallSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	version := func(v string) string { return "[ $1 != version ] || echo 'git version " + v + "'" }
	const oldGo = `case $* in *GOVERSION) echo go1.24.1 ;; *GOTOOLCHAIN) echo local ;; *) exit 1 ;; esac`
	for _, tc := range []struct {
		name string
		git  string // a script in its place; "" for none
		goes string // the same for go
		args []string
		want string
	}{
		{"no git", "", "exit 1", nil, "git is not on PATH"},
		{"git too old", version("2.30.2"), "exit 1", nil, "this is git 2.30.2; git-seal needs git 2.39 or newer"},
		{"git too old, with words after it", version("2.38.1 (Apple Git-140)"), "exit 1", nil, "this is git 2.38.1;"},
		{"no go", version("2.39.0"), "", nil, "go is not on PATH"},
		{"go too old", version("2.100.1.windows.1"), oldGo, nil, "this is Go 1.24.1; git-seal needs Go 1.2"},
		{"go too old for the demo", version("2.39.5"), strings.Replace(oldGo, "1.24.1", "1.25.9", 1), []string{"--demo"}, "this is Go 1.25.9; the demo's Sigstore needs Go 1.26"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := newInstall(t)
			in.path = t.TempDir()
			for _, tool := range []string{"sh", "sed", "sort", "head", "dirname", "uname", "cat", "mkdir", "rmdir", "ln", "rm", "mktemp", "mkfifo"} {
				real, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(real, filepath.Join(in.path, tool)); err != nil {
					t.Fatal(err)
				}
			}
			for name, script := range map[string]string{"git": tc.git, "go": tc.goes} {
				if script == "" {
					continue
				}
				if err := os.WriteFile(filepath.Join(in.path, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			out := in.run(t, 1, tc.args...)
			if !strings.Contains(out, "error: "+tc.want) || !strings.Contains(out, "hint: ") {
				t.Errorf("said %q, want an error %q and a hint", out, tc.want)
			}
			in.leftNothing(t)
		})
	}
}

func TestInstallRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" {
		closed = "/proc" // where not even root may write
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a file in the way", []string{"--prefix=" + file + "/below"}, 1, file + " is not a directory"},
		{"not writable", []string{"--prefix=" + closed}, 1, "no permission to write to " + closed},
		{"unknown argument", []string{"--fast"}, 2, `unknown argument "--fast"`},
		{"no prefix", []string{"--prefix"}, 2, "--prefix needs a directory"},
		{"two things at once", []string{"--demo", "--uninstall"}, 2, "cannot be used together"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := newInstall(t)
			if out := in.run(t, tc.code, tc.args...); !strings.Contains(out, "error: ") || !strings.Contains(out, tc.want) {
				t.Errorf("said %q, want %q", out, tc.want)
			}
			in.leftNothing(t)
		})
	}
}

// TestDemoShowsEveryVerdict: the demo itself fails where git or git-seal does
// not say what it shows; the environment here would break it if it got through.
func TestDemoShowsEveryVerdict(t *testing.T) {
	t.Parallel()
	in := newInstall(t)
	config := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(config, []byte("[gpg]\n\tformat = nonsense\n[seal]\n\tpolicy = /nowhere\n[core]\n\thooksPath = /nowhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	in.env = []string{
		"GIT_CONFIG_GLOBAL=" + config, "GIT_DIR=/nowhere", "GIT_AUTHOR_DATE=nonsense",
		"GIT_SEAL_POLICY=/nowhere", "GIT_SEAL_TRUSTED_ROOT=/nowhere", "SIGSTORE_ID_TOKEN=nonsense",
	}
	out := in.run(t, 0, "--demo")
	for _, want := range []string{
		"$ git commit -q -S ", "$ git tag -s ", "$ git verify-commit ", "$ git verify-tag ", "$ git log --show-signature ", "$ git seal verify ",
		"good: ", "untrusted: ", "bad: ", "unsigned: ", "250 MB", "each had the expected result",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not show %q", want)
		}
	}
	if strings.Contains(out, "\033") {
		t.Error("the demo sends escape sequences to what is not a terminal")
	}
	if t.Failed() {
		t.Log(out)
	}
	if got := filesBelow(t, in.prefix); !slices.Equal(got, installed) {
		t.Errorf("installed %q, want %q", got, installed)
	}
	in.leftNothing(t)
}

// TestDemoStoppedLeavesNothing: wherever it is stopped, and whether a signal
// reaches the script alone or, as from a terminal, all that it runs.
func TestDemoStoppedLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		signal syscall.Signal
		group  bool
		when   string // a line of the demo that begins so
		code   int
	}{
		{"Ctrl-C while building", syscall.SIGINT, true, "-- Build and install", 130},
		{"SIGTERM while building", syscall.SIGTERM, false, "-- Build and install", 143},
		{"Ctrl-C while signing", syscall.SIGINT, true, "$ git commit", 130},
		{"SIGINT while Sigstore starts", syscall.SIGINT, false, "$ sigstore-sandbox", 130},
		{"SIGHUP while verifying", syscall.SIGHUP, false, "$ git verify-commit", 129},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			in := newInstall(t)
			cmd := in.command(t, "--demo")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			start(t, cmd)
			to := cmd.Process.Pid
			if tc.group {
				to = -to
			}
			sent := false
			for lines := bufio.NewScanner(stdout); lines.Scan(); {
				if !sent && strings.HasPrefix(lines.Text(), tc.when) {
					sent = true
					if err := syscall.Kill(to, tc.signal); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait()
			if !sent || cmd.ProcessState.ExitCode() != tc.code {
				t.Errorf("signal sent: %v; %v, want exit code %d", sent, cmd.ProcessState, tc.code)
			}
			in.leftNothing(t)
		})
	}
}

// install is one way to call install.sh: a prefix, an empty home directory and
// an empty directory for temporary files, with the caches and the settings of
// the go that runs the tests.
type install struct {
	prefix, home, tmp string
	path              string   // PATH; "" for that of the tests
	env               []string // more of the environment

	alive *os.File // the end of a pipe whose other end is held by all that was started
}

func newInstall(t *testing.T) *install {
	t.Helper()
	return &install{prefix: t.TempDir(), home: t.TempDir(), tmp: t.TempDir()}
}

func (in *install) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOENV").Output()
	if err != nil {
		t.Fatal(err)
	}
	var goEnv map[string]string
	if err := json.Unmarshal(out, &goEnv); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(moduleRoot(t), "install.sh")
	cmd := exec.CommandContext(t.Context(), script, append([]string{"--prefix", in.prefix}, args...)...)
	path := in.path
	if path == "" {
		path = os.Getenv("PATH")
	}
	cmd.Env = append([]string{"PATH=" + path, "HOME=" + in.home, "TMPDIR=" + in.tmp}, in.env...)
	for name, value := range goEnv {
		cmd.Env = append(cmd.Env, name+"="+value)
	}

	// Descriptor 7 is one that the script does not use itself.
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{4: held}
	in.alive = alive
	t.Cleanup(func() { alive.Close(); held.Close() })
	return cmd
}

// start starts a command that can be interrupted even if whoever runs the tests
// ignores SIGINT, as a shell does for what it runs in the background: a signal
// that is caught here is back at its default there.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(c)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, held := range cmd.ExtraFiles {
		held.Close()
	}
}

// run runs the script to its end and returns what it said.
func (in *install) run(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := in.command(t, args...)
	var said strings.Builder
	cmd.Stdout = &said
	cmd.Stderr = &said
	start(t, cmd)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("install.sh %v: exit code %d, want %d\n%s", args, got, code, said.String())
	}
	return said.String()
}

// leftNothing shows that no process of the script's is left, and no file of its
// in the home directory or among the temporary files.
func (in *install) leftNothing(t *testing.T) {
	t.Helper()
	if err := in.alive.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := in.alive.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a process is left running: %v", err)
	}
	if left, err := os.ReadDir(in.tmp); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	// On macOS go keeps its usage counters in the home directory.
	if left, err := os.ReadDir(in.home); err != nil || len(left) > 0 && runtime.GOOS != "darwin" {
		t.Errorf("files are left in the home directory: %v, %v", left, err)
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		files = append(files, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}
