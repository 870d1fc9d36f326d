package host

import (
	"fmt"
	"strings"
)

// Exit codes, the same for every command.
const (
	ExitGood    = 0 // all good
	ExitNotGood = 1 // at least one object is not good, or the command failed
	ExitUsage   = 2 // wrong usage
	ExitUnknown = 3 // undecided: data is missing
)

// Failure is an error as the user gets it: what went wrong, what to do about it,
// and the exit code.
type Failure struct {
	Code   int
	Err    error  // nil: the output contains it already
	Hint   string // what to do next; may be empty
	Usage  string // usage text, only for wrong usage
	Reason Reason // its kind, which git seal why explains; may be empty
	Kept   bool   // saved for git seal why
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit code %d", f.Code)
	}
	return f.Err.Error()
}

func (f *Failure) Unwrap() error { return f.Err }

// Fail returns a failure without a hint.
func Fail(code int, format string, args ...any) *Failure {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...)}
}

// WithHint sets the hint and returns f.
func (f *Failure) WithHint(format string, args ...any) *Failure {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

// WithCode returns a copy of the failure with another exit code: the same error
// that stops a signature leaves a verdict undecided.
func (f *Failure) WithCode(code int) *Failure {
	g := *f
	g.Code = code
	return &g
}

// Because sets the kind of the failure and returns f.
func (f *Failure) Because(r Reason) *Failure {
	f.Reason = r
	return f
}

// lines returns the failure as it is printed: the error, the hint, where to read
// more, and the usage text.
func (f *Failure) lines() []string {
	lines := []string{"git-seal: error: " + Message(f.Err.Error())}
	if f.Hint != "" {
		lines = append(lines, "git-seal: hint: "+Message(f.Hint))
	}
	if f.Kept {
		lines = append(lines, "git-seal: for an explanation, run: git seal why")
	}
	if f.Usage != "" {
		lines = append(lines, strings.TrimRight(f.Usage, "\n"))
	}
	return lines
}

// Worse returns the exit code for two results together: "not good" outweighs
// "undecided", and "undecided" outweighs "good".
func Worse(a, b int) int {
	switch {
	case a == ExitNotGood || b == ExitNotGood:
		return ExitNotGood
	case a == ExitGood:
		return b
	}
	return a
}

// Reason is the kind of a failure: the key of its explanation in why/texts.go. It
// is stable, because the next version explains failures that this one has saved.
type Reason string
