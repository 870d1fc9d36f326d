package main

import (
	"errors"
	"fmt"
	"strings"
)

// Exit codes, the same for every command.
const (
	exitGood    = 0 // all good
	exitNotGood = 1 // something is not good, or was not done
	exitUsage   = 2 // wrong usage
	exitUnknown = 3 // could not tell
)

// failure is an error on its way to the user: what went wrong, what to do
// about it, and the exit code that says so.
type failure struct {
	code   int
	err    error  // nil: the output has said it already
	hint   string // what to do next; may be empty
	usage  string // usage text, for wrong usage alone
	reason reason // its kind, which git seal why explains; may be empty
	kept   bool   // and git seal why knows of it
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// fail makes a failure without a hint.
func fail(code int, format string, args ...any) *failure {
	return &failure{code: code, err: fmt.Errorf(format, args...)}
}

// withHint says what to do next.
func (f *failure) withHint(format string, args ...any) *failure {
	f.hint = fmt.Sprintf(format, args...)
	return f
}

// withCode gives the failure another exit code: the same error stops a
// signature, and leaves a verdict open.
func (f *failure) withCode(code int) *failure {
	g := *f
	g.code = code
	return &g
}

// because names the kind of the failure.
func (f *failure) because(r reason) *failure {
	f.reason = r
	return f
}

// because makes an error of one step a failure, of the step's kind unless it
// has one of its own.
func because(r reason, err error) error {
	if err == nil {
		return nil
	}
	f := *asFailure(err, exitNotGood)
	if f.reason == "" || f.reason == whyUnexplained {
		f.reason = r
	}
	return &f
}

// lines is the failure as it is printed: the error, the hint, where to read
// more, and the usage text.
func (f *failure) lines() []string {
	lines := []string{"git-seal: error: " + message(f.err.Error())}
	if f.hint != "" {
		lines = append(lines, "git-seal: hint: "+message(f.hint))
	}
	if f.kept {
		lines = append(lines, "git-seal: git seal why explains it, and says what to try")
	}
	if f.usage != "" {
		lines = append(lines, strings.TrimRight(f.usage, "\n"))
	}
	return lines
}

// asFailure gives an error its hint, and the exit code unless it carries one.
func asFailure(err error, code int) *failure {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	return &failure{code: code, err: err, hint: hintFor(err), reason: reasonFor(err)}
}
