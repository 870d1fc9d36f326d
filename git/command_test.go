package git_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// program writes a script that stands in for git or for what git runs, and
// returns its path. Another process writes it: a descriptor of ours could be
// open for writing in a child of another test when the script is started.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `cat >"$0" && chmod +x "$0"`, path)
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// A program that never stops talking is ended, whatever it says.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	_, err := git.ReadConfig(t.Context(), git.Options{Git: program(t, "#!/bin/sh\nexec yes\n"), Env: []string{"PATH=" + os.Getenv("PATH")}})
	var size *git.SizeError
	if !errors.As(err, &size) || size.Size <= size.Max || size.Size > size.Max+1<<20 {
		t.Errorf("%v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	outside := gittest.Outside(t)
	bare := gittest.NewBare(t, "sha1")
	for _, c := range []struct {
		name    string
		options git.Options
		is      error
		as      any
		says    string
	}{
		{"no repository", git.Options{Dir: outside.Dir, Env: outside.Env()}, git.ErrNoRepository, nil, "not a git repository"},
		{"GIT_DIR that is none", git.Options{Dir: repo.Dir, Env: repo.With("GIT_DIR=" + outside.Dir).Env()}, git.ErrNoRepository, nil, outside.Dir},
		{"another user's repository", git.Options{Dir: repo.Dir, Env: repo.With("GIT_TEST_ASSUME_DIFFERENT_OWNER=1").Env()}, git.ErrUnsafeRepository, nil, "dubious ownership in repository at '" + repo.Dir},
		{"bare repository that is not named", git.Options{Dir: bare.Dir, Env: bare.With("GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.bareRepository", "GIT_CONFIG_VALUE_0=explicit").Env()}, git.ErrUnsafeRepository, nil, "safe.bareRepository"},
		{"no git on PATH", git.Options{Dir: repo.Dir, Env: []string{"PATH=" + outside.Dir}}, git.ErrNoGit, nil, outside.Dir},
		{"relative PATH", git.Options{Dir: repo.Dir, Env: []string{"PATH=."}}, git.ErrNoGit, nil, "PATH"},
		{"no environment", git.Options{Dir: repo.Dir}, git.ErrNoGit, nil, "PATH"},
		{"no program", git.Options{Dir: repo.Dir, Env: repo.Env(), Git: filepath.Join(outside.Dir, "git")}, git.ErrNoGit, nil, outside.Dir},
		{"no directory", git.Options{Dir: filepath.Join(outside.Dir, "x"), Env: repo.Env()}, fs.ErrNotExist, new(*fs.PathError), filepath.Join(outside.Dir, "x")},
		{"old git", git.Options{Dir: repo.Dir, Env: repo.Env(), Git: program(t, "#!/bin/sh\necho git version 2.38.5\n")}, nil, new(*git.VersionError), `"git version 2.38.5" is older than 2.39`},
		{"no git at all", git.Options{Dir: repo.Dir, Env: repo.Env(), Git: program(t, "#!/bin/sh\necho hello\n")}, nil, new(*git.VersionError), "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := git.Open(t.Context(), c.options)
			if err == nil || r != nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, want %q", err, c.says)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not %v", err, c.is)
			}
			if c.as != nil && !errors.As(err, c.as) {
				t.Errorf("%v is not a %T", err, c.as)
			}
		})
	}
}

func TestReadsWithoutOpenTellTheSameErrors(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	outside := gittest.Outside(t)
	for _, c := range []struct {
		name    string
		options git.Options
		is      error
	}{
		{"no repository", git.Options{Dir: outside.Dir, Env: outside.Env()}, git.ErrNoRepository},
		{"another user's repository", git.Options{Dir: repo.Dir, Env: repo.With("GIT_TEST_ASSUME_DIFFERENT_OWNER=1").Env()}, git.ErrUnsafeRepository},
		{"no git", git.Options{Dir: repo.Dir, Env: []string{"PATH=" + outside.Dir}}, git.ErrNoGit},
		{"no directory", git.Options{Dir: filepath.Join(outside.Dir, "x"), Env: repo.Env()}, fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := git.New(c.options)
			defer r.Close()
			if _, _, err := r.ReadObject(t.Context(), "HEAD"); !errors.Is(err, c.is) {
				t.Errorf("%v, want %v", err, c.is)
			}
		})
	}
}

func TestEveryCallOfGitHasAReadersEnvironment(t *testing.T) {
	t.Parallel()
	outside := gittest.Outside(t)
	env := filepath.Join(t.TempDir(), "env")
	r := git.New(git.Options{Dir: outside.Dir, Git: program(t, "#!/bin/sh\nenv >"+env+"\n"),
		Env: outside.With("GIT_NO_LAZY_FETCH=0", "GIT_ALLOW_PROTOCOL=file", "LC_ALL=de_DE.UTF-8", "KEPT=yes").Env()})
	defer r.Close()
	for name, call := range map[string]func() error{
		"object": func() error { _, _, err := r.ReadObject(t.Context(), "HEAD"); return err },
		"config": func() error { _, err := r.ReadConfig(t.Context()); return err },
	} {
		_ = call() // the program answers nothing
		got, err := os.ReadFile(env)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"GIT_GRAFT_FILE=/dev/null", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "GIT_OPTIONAL_LOCKS=0",
			"GIT_TERMINAL_PROMPT=0", "LC_ALL=C", "LANGUAGE=", "KEPT=yes", "HOME=" + outside.Home} {
			if !slices.Contains(strings.Split(string(got), "\n"), want) {
				t.Errorf("%s: no %q in %q", name, want, got)
			}
		}
	}
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	repo := gittest.Outside(t)
	for _, c := range []struct {
		version string
		ok      bool
	}{
		{"git version 2.39.0", true},
		{"git version 2.39.5 (Apple Git-154)", true},
		{"git version 2.39.2.windows.1", true},
		{"git version 2.50.1", true},
		{"git version 3.0.0", true},
		{"git version 2.53.0.381.g628a66ccf6", true},
		{"git version 2.4.0", false},
		{"git version 2.38.99", false},
		{"git version 1.99", false},
		{"git version 2", false},
		{"git version x.y", false},
		{"", false},
	} {
		t.Run(c.version, func(t *testing.T) {
			t.Parallel()
			err := git.CheckVersion(t.Context(), git.Options{Env: repo.Env(), Git: program(t, "#!/bin/sh\necho '"+c.version+"'\n")})
			var old *git.VersionError
			if (err == nil) != c.ok || (err != nil && !errors.As(err, &old)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnswersThatAreNotGitsAreErrors(t *testing.T) {
	t.Parallel()
	repo := gittest.Outside(t)
	for _, c := range []struct{ name, script, says string }{
		{"no answer", "exit 0", "EOF"},
		{"nonsense", "echo nonsense", "unexpected answer"},
		{"endless line", "exec tr '\\0' x </dev/zero", "buffer full"},
		{"no id", "echo 1234 commit 5", "unexpected answer"},
		{"negative size", "echo " + someID + " commit -5", "unexpected answer"},
		{"another object", "echo " + someID + " commit 5; read x; echo " + emptyTree + " commit 5", "was commit of 5 bytes"},
		{"another size", "echo " + someID + " commit 5; read x; echo " + someID + " commit 6", "is commit of 6"},
		{"cut short", "echo " + someID + " commit 5; read x; echo " + someID + " commit 5; printf abc", "EOF"},
		{"no newline behind it", "echo " + someID + " commit 3; read x; echo " + someID + " commit 3; printf abcd; exec sleep 1000", "no newline"},
		{"a message and its end", "echo fatal: out of cheese >&2; exit 128", "git cat-file: out of cheese"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := git.New(git.Options{Dir: repo.Dir, Env: repo.Env(), Git: program(t, "#!/bin/sh\nread x\n"+c.script+"\n")})
			defer r.Close()
			if _, o, err := r.ReadObject(t.Context(), "HEAD"); err == nil || o != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}
