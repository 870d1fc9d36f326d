package host

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Host is the program's environment. No other code reads environment variables, the
// clock or the standard streams in any other way.
type Host struct {
	Args   []string // without the program's name
	Env    []string // as os.Environ returns it
	Dir    string   // the working directory
	Stdin  io.Reader
	Stdout *os.File // data
	Stderr *os.File // lines for people
	Now    func() time.Time

	LoginWait    time.Duration // how long a login waits for a person; 0 is signer/login's default
	PublicDomain string        // one more domain whose logs everyone can read; for tests

	Trace    *os.File // nil: no trace
	Warnings []string // the warnings so far
	told     int      // how many of them were printed on the terminal

	Loaded map[any]any // what is read once per process, by the reader's key
}

// Getenv returns the last value of an environment variable, as the kernel and git
// read it; ok is false if the variable is not set.
func (h *Host) Getenv(key string) (value string, ok bool) {
	for _, kv := range h.Env {
		if v, found := strings.CutPrefix(kv, key+"="); found {
			value, ok = v, true
		}
	}
	return value, ok
}

// Say writes one line for people.
func (h *Host) Say(format string, args ...any) {
	fmt.Fprintln(h.Stderr, "git-seal: "+Message(fmt.Sprintf(format, args...)))
}

// Warn writes a warning: something to know that stops nothing. It is not safe for
// concurrent use.
func (h *Host) Warn(format string, args ...any) {
	w := "warning: " + fmt.Sprintf(format, args...)
	h.Warnings = append(h.Warnings, w)
	h.Say("%s", w)
}

// WarnOnce is Warn, unless the same warning was given before.
func (h *Host) WarnOnce(format string, args ...any) {
	if !slices.Contains(h.Warnings, "warning: "+fmt.Sprintf(format, args...)) {
		h.Warn(format, args...)
	}
}

// Report prints a failure. It prints nothing if the failure has no error, only an
// exit code: then the output, such as a verdict, is printed already.
func (h *Host) Report(f *Failure) {
	if f.Err == nil {
		return
	}
	for _, line := range f.lines() {
		fmt.Fprintln(h.Stderr, line)
	}
}
