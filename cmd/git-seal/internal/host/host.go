package host

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Host is what the program takes from the world: nothing below it reads the
// environment, the clock or the standard streams in any other way.
type Host struct {
	Args   []string // without the program's name
	Env    []string // as os.Environ has it
	Dir    string   // the working directory
	Stdin  io.Reader
	Stdout *os.File // data
	Stderr *os.File // lines for people
	Now    func() time.Time

	LoginWait    time.Duration // how long a login waits for a person; 0 is signer/login's default
	PublicDomain string        // one more domain whose logs everyone can read; tests have no real one

	Trace    *os.File // nil: no trace
	Warnings []string // that were given so far
	told     int      // how many of them the terminal has seen

	Loaded map[any]any // what is read once for each process, by the key of who reads it
}

// Getenv is the last value of an environment variable, as the kernel's and
// git's reading has it; ok is false where it is not set.
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

// Warn writes a warning: something to know that stops nothing. It is not for
// parallel use.
func (h *Host) Warn(format string, args ...any) {
	w := "warning: " + fmt.Sprintf(format, args...)
	h.Warnings = append(h.Warnings, w)
	h.Say("%s", w)
}

// WarnOnce is warn, unless the same was told before.
func (h *Host) WarnOnce(format string, args ...any) {
	if !slices.Contains(h.Warnings, "warning: "+fmt.Sprintf(format, args...)) {
		h.Warn(format, args...)
	}
}

// Report tells the user about a failure. An exit code that says it all, such as
// that of a verdict already printed, comes without an error.
func (h *Host) Report(f *Failure) {
	if f.Err == nil {
		return
	}
	for _, line := range f.lines() {
		fmt.Fprintln(h.Stderr, line)
	}
}
