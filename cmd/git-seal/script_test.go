//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier/trust"
)

// bin is the directory of the commands under test, each this test binary under
// another name: git-seal as users get it, two whose clock is an hour off, one that
// takes the sandbox for a public instance, and one that waits a second for a login.
var bin string

func TestMain(m *testing.M) {
	program := func(change func(*host.Host)) func() {
		return func() {
			h := newHost()
			change(h)
			os.Exit(runProgram(h))
		}
	}
	clock := func(offset time.Duration) func() {
		return program(func(h *host.Host) {
			h.Now = func() time.Time { return time.Now().Add(offset) }
		})
	}
	testscript.Main(suite{m}, map[string]func(){
		"git-seal":           program(func(*host.Host) {}),
		"git-seal-ahead":     clock(time.Hour),
		"git-seal-slow":      clock(-time.Hour),
		"git-seal-public":    program(func(h *host.Host) { h.PublicDomain = "127.0.0.1" }),
		"git-seal-impatient": program(func(h *host.Host) { h.LoginWait = time.Second }),
	})
}

// suite is the tests, run once the commands are in the first directory on PATH.
type suite struct{ *testing.M }

func (s suite) Run() int {
	leaveTerminal()
	heedSignals()
	bin = filepath.SplitList(os.Getenv("PATH"))[0]
	return s.M.Run()
}

// leaveTerminal lets go of the terminal that the tests were started from: what
// asks or warns on the terminal is to meet one of the test's own, or none.
func leaveTerminal() {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer tty.Close()
	signal.Ignore(syscall.SIGHUP) // which the leader of a session gets for it
	defer signal.Reset(syscall.SIGHUP)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCNOTTY, 0); errno != 0 {
		fmt.Fprintln(os.Stderr, "tests may ask on this terminal:", errno)
	}
}

// TestScripts runs each file of testdata with real git and the binary against
// the sandbox: one file for each promise.
func TestScripts(t *testing.T) {
	t.Parallel()
	sandbox := signertest.Start(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setup(env, sandbox) },
		Cmds:                scriptCommands(t, sandbox),
		Condition:           condition,
	})
}

// setup gives a script an environment of its own: no configuration and no
// variable of whoever runs the tests reaches git.
func setup(env *testscript.Env, sandbox *signertest.Sandbox) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	config := `[user]
	name = Alice
	email = alice@example.com
[init]
	defaultBranch = main
[advice]
	detachedHead = false
`
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o644); err != nil {
		return err
	}
	env.Vars = []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + home,
		"XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"XDG_DATA_HOME=" + filepath.Join(home, ".local", "share"),
		"WORK=" + env.WorkDir,
		"TMPDIR=" + env.WorkDir,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05Z",
		"GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
		"LC_ALL=C",
		"GOOS=" + runtime.GOOS,
		"OIDC=" + sandbox.OIDC,
		"TRUSTED_ROOT=" + sandbox.TrustedRoot(),
		"SIGNING_CONFIG=" + sandbox.SigningConfig(),
		"SIGNING_CONFIG_V2=" + sandbox.SigningConfigV2(),
		fmt.Sprintf("PUBLIC_GOOD_SHA256=%x", trust.PublicGood().Digest),
	}
	return nil
}

// heedSignals has the programs under test begin as a shell starts them, also
// where whoever runs the tests ignores the signals, as nohup does: what a process
// ignores its children ignore too, and what it listens to they do not.
func heedSignals() {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// condition knows what scripts may hang on beside testscript's own conditions.
func condition(name string) (bool, error) {
	if name == "vectors" {
		_, err := gittest.VectorsDir()
		if err != nil && os.Getenv("CI") == "true" {
			return false, err
		}
		return err == nil, nil
	}
	if name != "git-hides-signers" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	return new(host.Host).GitHidesSigners(context.Background()), nil
}
