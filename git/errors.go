package git

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

var (
	// ErrNoRevision: git knows no object by that name: no ref, id or
	// expression of which it makes one object.
	ErrNoRevision = errors.New("no such revision")

	// ErrMissing: no object has that name here. In a partial or shallow
	// clone it may exist elsewhere; it is never fetched.
	ErrMissing = errors.New("object missing")

	// ErrAmbiguousName: an abbreviated id that several objects share. For the
	// name of a ref there is AmbiguousRefError.
	ErrAmbiguousName = errors.New("several objects have this abbreviated id")

	// ErrCorrupt: the bytes that git delivered do not have the id that they
	// are stored under.
	ErrCorrupt = errors.New("object does not have the id it is stored under")

	// ErrBrokenRef: a ref that leads nowhere, because its name or what it
	// holds is none that git knows.
	ErrBrokenRef = errors.New("git cannot read the ref")

	// ErrNoRepository: the directory is in no repository.
	ErrNoRepository = errors.New("not in a git repository")

	// ErrUnsafeRepository: git refuses to read a repository that another
	// user owns (safe.directory), or a bare one (safe.bareRepository).
	ErrUnsafeRepository = errors.New("git does not trust this repository")

	// ErrNoGit: the git program could not be found or started.
	ErrNoGit = errors.New("git program not found")

	// ErrClosed: the Repository has been closed.
	ErrClosed = errors.New("repository closed")
)

// VersionError says that the git program is older than what this package needs.
type VersionError struct {
	Program string
	Version string // what `git version` prints
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s: %q is older than %s, the oldest supported", e.Program, e.Version, MinVersion)
}

// TypeError says that an object is of a type that was not asked for.
type TypeError struct {
	Type string // what it is: commit, tag, tree or blob
	Want string // what was asked for, in words
}

func (e *TypeError) Error() string { return fmt.Sprintf("a %s, not %s", e.Type, e.Want) }

// ObjectError says that an object cannot be used, of which the id is known.
type ObjectError struct {
	ID, Type string
	Err      error // which may name the id
}

func (e *ObjectError) Error() string { return e.Err.Error() }

func (e *ObjectError) Unwrap() error { return e.Err }

// SizeError says that something is larger than what is read.
type SizeError struct {
	What      string
	Size, Max int64 // in bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s of %d bytes: the limit is %d", e.What, e.Size, e.Max)
}

// CommandError is a call of git that failed, with what git said.
type CommandError struct {
	Args   []string // without the program
	Stderr string   // the end of git's messages, as they are: they may quote names from the repository
	Err    error    // *exec.ExitError, or one of this package's errors if git's message has one
}

func (e *CommandError) Error() string {
	var exit *exec.ExitError
	message := e.message()
	switch {
	case message == "":
		return fmt.Sprintf("git %s: %v", subcommand(e.Args), e.Err)
	case errors.As(e.Err, &exit), errors.Is(e.Err, ErrNoRepository): // of which git's words say as much
		return fmt.Sprintf("git %s: %s", subcommand(e.Args), message)
	}
	return fmt.Sprintf("git %s: %v: %s", subcommand(e.Args), e.Err, message)
}

// message returns the line of git's messages that says why it ended: the last
// fatal one, because a child's comes before git's own, or else the first error,
// or the first of all.
func (e *CommandError) message() string {
	lines := strings.Split(strings.TrimSpace(e.Stderr), "\n")
	for _, line := range slices.Backward(lines) {
		if text, ok := strings.CutPrefix(line, "fatal: "); ok {
			return text
		}
	}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "error: "); ok {
			return text
		}
	}
	return lines[0]
}

func (e *CommandError) Unwrap() error { return e.Err }

// subcommand returns git's subcommand among its arguments.
func subcommand(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return strings.Join(args, " ")
}

// causeOf tells by git's own words, which LC_ALL=C fixes, what a caller
// branches on; nil when they say none of it.
func causeOf(stderr string) error {
	switch {
	case strings.Contains(stderr, "dubious ownership in repository"),
		strings.Contains(stderr, "cannot use bare repository"):
		return ErrUnsafeRepository
	case strings.Contains(stderr, "not a git repository"),
		strings.Contains(stderr, "can only be used inside a git repository"):
		return ErrNoRepository
	case strings.Contains(stderr, "from promisor remote"):
		return ErrMissing
	}
	return nil
}
