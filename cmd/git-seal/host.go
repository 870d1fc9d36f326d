package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// host is what the program takes from the world: nothing below it reads the
// environment, the clock or the standard streams in any other way.
type host struct {
	args   []string // without the program's name
	env    []string // as os.Environ has it
	dir    string   // the working directory
	stdin  io.Reader
	stdout *os.File // data
	stderr *os.File // lines for people
	now    func() time.Time

	trace    *os.File // nil: no trace
	warnings []string // that were given so far
	told     int      // how many of them the terminal has seen

	instances map[instanceKey]*instance // that were loaded
}

// run does what the arguments ask for and returns the exit code.
func (h *host) run() int {
	h.openTrace()
	if speaksGPG(h.args) {
		return h.runGPG()
	}
	help := newOutput(h.stdout) // and completions: what cobra prints itself
	cmd := h.command()
	cmd.SetOut(help.w)
	err := cmd.ExecuteContext(context.Background())
	if lost := help.close(); err == nil {
		err = lost
	}
	if err == nil {
		return exitGood
	}
	f := asFailure(err, exitNotGood)
	h.report(f)
	return f.code
}

// runGPG answers git's calls.
func (h *host) runGPG() int {
	call, err := parseGPG(h.args)
	if err != nil {
		f := &failure{code: exitUsage, err: err, usage: gpgUsage, reason: whyCall}
		if slices.Contains(h.args, "--verify") {
			h.report(f)
		} else {
			h.notSigned(context.Background(), f)
		}
		return exitUsage
	}
	if call.Verify {
		return h.verifyForGit(call)
	}
	return h.signForGit(call)
}

// getenv is the last value of an environment variable, as the kernel's and
// git's reading has it; ok is false where it is not set.
func (h *host) getenv(key string) (value string, ok bool) {
	for _, kv := range h.env {
		if v, found := strings.CutPrefix(kv, key+"="); found {
			value, ok = v, true
		}
	}
	return value, ok
}

// say writes one line for people.
func (h *host) say(format string, args ...any) {
	fmt.Fprintln(h.stderr, "git-seal: "+message(fmt.Sprintf(format, args...)))
}

// warn writes a warning: something to know that stops nothing. It is not for
// parallel use.
func (h *host) warn(format string, args ...any) {
	w := "warning: " + fmt.Sprintf(format, args...)
	h.warnings = append(h.warnings, w)
	h.say("%s", w)
}

// warnOnce is warn, unless the same was told before.
func (h *host) warnOnce(format string, args ...any) {
	if !slices.Contains(h.warnings, "warning: "+fmt.Sprintf(format, args...)) {
		h.warn(format, args...)
	}
}

// report tells the user about a failure. An exit code that says it all, such as
// that of a verdict already printed, comes without an error.
func (h *host) report(f *failure) {
	if f.err == nil {
		return
	}
	for _, line := range f.lines() {
		fmt.Fprintln(h.stderr, line)
	}
}
