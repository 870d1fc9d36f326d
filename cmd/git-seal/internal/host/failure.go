package host

import (
	"fmt"
	"strings"
)

// Exit codes, the same for every command.
const (
	ExitGood    = 0 // all good
	ExitNotGood = 1 // something is not good, or was not done
	ExitUsage   = 2 // wrong usage
	ExitUnknown = 3 // could not tell
)

// Failure is an error on its way to the user: what went wrong, what to do
// about it, and the exit code that says so.
type Failure struct {
	Code   int
	Err    error  // nil: the output has said it already
	Hint   string // what to do next; may be empty
	Usage  string // usage text, for wrong usage alone
	Reason Reason // its kind, which git seal why explains; may be empty
	Kept   bool   // and git seal why knows of it
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit code %d", f.Code)
	}
	return f.Err.Error()
}

func (f *Failure) Unwrap() error { return f.Err }

// Fail makes a failure without a hint.
func Fail(code int, format string, args ...any) *Failure {
	return &Failure{Code: code, Err: fmt.Errorf(format, args...)}
}

// WithHint says what to do next.
func (f *Failure) WithHint(format string, args ...any) *Failure {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

// WithCode gives the failure another exit code: the same error stops a
// signature, and leaves a verdict open.
func (f *Failure) WithCode(code int) *Failure {
	g := *f
	g.Code = code
	return &g
}

// Because names the kind of the failure.
func (f *Failure) Because(r Reason) *Failure {
	f.Reason = r
	return f
}

// lines is the failure as it is printed: the error, the hint, where to read
// more, and the usage text.
func (f *Failure) lines() []string {
	lines := []string{"git-seal: error: " + Message(f.Err.Error())}
	if f.Hint != "" {
		lines = append(lines, "git-seal: hint: "+Message(f.Hint))
	}
	if f.Kept {
		lines = append(lines, "git-seal: git seal why explains it, and says what to try")
	}
	if f.Usage != "" {
		lines = append(lines, strings.TrimRight(f.Usage, "\n"))
	}
	return lines
}

// Worse is the exit code of two judgements together: what is certainly not
// good outweighs what could not be told, and that outweighs what is good.
func Worse(a, b int) int {
	switch {
	case a == ExitNotGood || b == ExitNotGood:
		return ExitNotGood
	case a == ExitGood:
		return b
	}
	return a
}

// Reason is the kind of a failure: the key of its explanation in why_texts.go.
// It is stable, since a failure that one version has kept is explained by the
// next.
type Reason string
