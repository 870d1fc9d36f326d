package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// MinVersion is the oldest git that this package works with.
const MinVersion = "2.39"

// Options say which git is run, where and in which environment.
type Options struct {
	Dir string   // where git runs; empty is the current directory
	Env []string // git's whole environment, as os.Environ gives it; PATH finds the program
	Git string   // the program, by name or absolute path; empty is "git"

	TempDir string // where temporary repositories are made; only MergesCleanly makes one

	// Trace, if set, is called with the arguments of each call of git as it
	// begins, and what it returns when the call has ended. The caller has the
	// clock and the place to write to.
	Trace func(args []string) (ended func())
}

// readEnv is what every call adds to the environment: history as it is stored,
// whatever grafts say; nothing fetched, nothing asked, nothing written beside;
// messages that causeOf can read.
//
// GIT_NO_LAZY_FETCH is known to git 2.45, and to older ones where they have its
// security fixes (2.39.4). Others start the fetch of a missing object, which
// then finds every protocol forbidden.
var readEnv = []string{
	"GIT_GRAFT_FILE=/dev/null",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_TERMINAL_PROMPT=0",
	"LC_ALL=C",
	"LANGUAGE=",
}

// objectArgs precede the subcommand that reads objects: refs/replace may name
// others in their place, and a commit-graph file other parents than the commits.
var objectArgs = []string{"--no-replace-objects", "-c", "core.commitGraph=false"}

// command prepares a call of git, which ctx kills.
func (o Options) command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	program, err := o.program()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = o.Dir
	cmd.Env = append(append(make([]string, 0, len(o.Env)+len(readEnv)), o.Env...), readEnv...)
	cmd.WaitDelay = 2 * time.Second // a child of git's that keeps the pipes open must not keep us
	return cmd, nil
}

// program finds git on the PATH of Env, as git's own children will.
func (o Options) program() (string, error) {
	name := o.Git
	if name == "" {
		name = "git"
	}
	if strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	var path string
	for _, v := range o.Env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			path = value
		}
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // a program of the work tree's must not stand in for git
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%w: no %q on PATH %q", ErrNoGit, name, path)
}

// run calls git and returns its standard output, of which more than max bytes
// are a *SizeError.
func (o Options) run(ctx context.Context, max int, args ...string) ([]byte, error) {
	out, _, err := o.runHeard(ctx, max, args...)
	return out, err
}

// runHeard is run that also returns what git had to say although it succeeded.
func (o Options) runHeard(ctx context.Context, max int, args ...string) (out []byte, said string, err error) {
	cmd, err := o.command(ctx, args...)
	if err != nil {
		return nil, "", err
	}
	stdout, stderr := &limitedBuffer{max: max}, &tailBuffer{max: maxStderrSize}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ended := o.trace(args)
	err = cmd.Run()
	ended()
	if err != nil && stdout.overflow {
		return nil, "", &SizeError{What: "answer of git " + subcommand(args), Size: int64(stdout.wanted), Max: int64(max)}
	}
	if err != nil {
		return nil, "", o.failure(ctx, args, stderr.String(), err)
	}
	return stdout.kept, stderr.String(), nil
}

// failure says why a call of git did not succeed.
func (o Options) failure(ctx context.Context, args []string, stderr string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("git %s: %w", subcommand(args), cause)
	}
	if cause := causeOf(stderr); cause != nil {
		return &CommandError{Args: args, Stderr: stderr, Err: cause}
	}
	var path *fs.PathError
	if errors.As(err, &path) && path.Op == "chdir" {
		return path
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) && stderr == "" {
		return fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	return &CommandError{Args: args, Stderr: stderr, Err: err}
}

// trace tells of a call of git that begins; what it returns tells of its end.
func (o Options) trace(args []string) (ended func()) {
	if o.Trace == nil {
		return func() {}
	}
	return o.Trace(args)
}

// limitedBuffer keeps up to max bytes; more are an error to the writer, which
// ends the program that writes them. It is a writer and nothing else: a
// bytes.Buffer would read from the program itself, without end.
type limitedBuffer struct {
	kept     []byte
	max      int
	overflow bool
	wanted   int
}

var errOverflow = errors.New("output too large")

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.wanted += len(p)
	if len(p) > b.max-len(b.kept) {
		b.overflow = true
		return 0, errOverflow
	}
	b.kept = append(b.kept, p...)
	return len(p), nil
}

// tailBuffer keeps the last max bytes.
type tailBuffer struct {
	kept []byte
	max  int
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p...)
	if over := len(b.kept) - b.max; over > 0 {
		b.kept = append(b.kept[:0], b.kept[over:]...)
	}
	return len(p), nil
}

func (b *tailBuffer) String() string { return string(b.kept) }
