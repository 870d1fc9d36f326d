// Package gittest makes real git repositories for tests, cut off from the
// configuration and environment of whoever runs them.
package gittest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Date is the author's and committer's date of every commit and the tagger's
// of every tag, in git's own form.
const Date = "1700000000 +0000"

// Repo is a git repository in a directory of its own that goes with the test.
type Repo struct {
	Dir  string // the top of the work tree; of a bare repository its directory
	Home string // the HOME that git sees, outside of Dir

	t     testing.TB
	extra []string
}

// New makes an empty repository with a work tree and the branch main. The
// format is git's name for one: "sha1" or "sha256".
func New(t testing.TB, format string) *Repo {
	t.Helper()
	r := Outside(t)
	r.Git("init", "--quiet", "--object-format="+format, "-b", "main")
	return r
}

// NewBare makes an empty bare repository.
func NewBare(t testing.TB, format string) *Repo {
	t.Helper()
	r := Outside(t)
	r.Git("init", "--quiet", "--bare", "--object-format="+format, "-b", "main")
	return r
}

// Outside returns an empty directory that is in no repository, with a HOME.
func Outside(t testing.TB) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatalf("gittest: %v", err)
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &Repo{Dir: filepath.Join(base, "repo"), Home: filepath.Join(base, "home"), t: t}
	for _, dir := range []string{r.Dir, r.Home} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// In returns the same repository seen from another directory, which may be a
// linked worktree or a subfolder; a relative one starts at Dir.
func (r *Repo) In(dir string) *Repo {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Dir, dir)
	}
	return &Repo{Dir: dir, Home: r.Home, t: r.t, extra: r.extra}
}

// With returns the same repository with more in its environment, each of the
// form NAME=value. Of two settings of one name the later one counts.
func (r *Repo) With(env ...string) *Repo {
	return &Repo{Dir: r.Dir, Home: r.Home, t: r.t, extra: append(slices.Clip(r.extra), env...)}
}

// Env returns the whole environment that git runs in here: nothing of the
// caller's but PATH and where temporary files go, no system configuration, a
// HOME of the test's own, fixed people and dates, and no asking.
func (r *Repo) Env() []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"),
		"TMPDIR=" + os.TempDir(),
		"HOME=" + r.Home,
		"XDG_CONFIG_HOME=" + filepath.Join(r.Home, ".config"),
		"XDG_CACHE_HOME=" + filepath.Join(r.Home, ".cache"),
		"XDG_STATE_HOME=" + filepath.Join(r.Home, ".state"),
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + filepath.Join(r.Home, ".gitconfig"),
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_CEILING_DIRECTORIES=" + filepath.Dir(r.Home),
		"GIT_AUTHOR_NAME=Ana Author",
		"GIT_AUTHOR_EMAIL=ana@example.com",
		"GIT_AUTHOR_DATE=" + Date,
		"GIT_COMMITTER_NAME=Carl Committer",
		"GIT_COMMITTER_EMAIL=carl@example.com",
		"GIT_COMMITTER_DATE=" + Date,
		"GIT_TERMINAL_PROMPT=0",
		"GIT_PAGER=cat",
		"GIT_EDITOR=false",
		"LC_ALL=C",
		"TZ=UTC",
	}, r.extra...)
}

// Git runs git in the repository and returns its standard output without the
// final newline. The test ends if git fails.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return r.GitInput(nil, args...)
}

// GitInput is Git with something on standard input.
func (r *Repo) GitInput(stdin []byte, args ...string) string {
	r.t.Helper()
	out, stderr, err := r.Try(stdin, args...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return strings.TrimSuffix(out, "\n")
}

// Try runs git in the repository and returns all it printed. The error is an
// *exec.ExitError if git ran and failed.
func (r *Repo) Try(stdin []byte, args ...string) (stdout, stderr string, err error) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env(), bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// Write writes a file of the work tree, with its folders.
func (r *Repo) Write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// Commit commits a change to one file and returns the commit's id.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.Write("file.txt", message+"\n")
	r.Git("add", "file.txt")
	r.Git("commit", "--quiet", "--no-gpg-sign", "-m", message)
	return r.Git("rev-parse", "HEAD")
}

// Store stores raw bytes as an object of the given type, however odd they are,
// and returns its id.
func (r *Repo) Store(typ string, raw []byte) string {
	r.t.Helper()
	return r.GitInput(raw, "hash-object", "-w", "--literally", "-t", typ, "--stdin")
}

// Cat returns an object's raw bytes.
func (r *Repo) Cat(typ, id string) []byte {
	r.t.Helper()
	out, stderr, err := r.Try(nil, "cat-file", typ, id)
	if err != nil {
		r.t.Fatalf("git cat-file %s %s: %v\n%s", typ, id, err, stderr)
	}
	return []byte(out)
}
