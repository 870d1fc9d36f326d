package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"
)

// openTerminal opens the terminal the user sits at, wherever the standard
// streams lead: git keeps those of a program that it runs for itself.
func openTerminal() (*os.File, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if !term.IsTerminal(int(tty.Fd())) {
		tty.Close()
		return nil, fmt.Errorf("%s is no terminal", tty.Name())
	}
	return tty, nil
}

// confirm asks a question on the terminal; only "y" and "yes" are a yes.
func confirm(tty *os.File, question string) (bool, error) {
	if _, err := fmt.Fprintf(tty, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(tty).ReadString('\n')
	if err != nil {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// gitShowsSignerErrors is the first git 2.x that shows what a failing signing
// program wrote to stderr.
const gitShowsSignerErrors = 41

// tellTerminal repeats on the terminal what git keeps to itself of a signing
// program's stderr: warnings when the signature succeeded, whatever git's
// version, and the failure when git is too old to show it. f is nil when there
// is none. What has been told is not told again.
func (h *host) tellTerminal(ctx context.Context, f *failure) {
	if f == nil && len(h.warnings) == h.told || term.IsTerminal(int(h.stderr.Fd())) {
		return
	}
	tty, err := openTerminal()
	if err != nil {
		return // nobody is there to read
	}
	defer tty.Close()
	var lines []string
	for _, w := range h.warnings[h.told:] {
		lines = append(lines, "git-seal: "+message(w))
	}
	h.told = len(h.warnings)
	if f != nil && h.gitHidesSigners(ctx) {
		lines = append(lines, f.lines()...)
	}
	for _, line := range lines {
		fmt.Fprintf(tty, "%s\n", line)
	}
}

// gitHidesSigners tells whether git keeps the stderr of a failing signing
// program to itself. What is no version of git's is taken for an old one: to
// be told twice is better than never.
func (h *host) gitHidesSigners(ctx context.Context) bool {
	if h.trace != nil {
		defer h.traceGit([]string{"version"})()
	}
	out, err := exec.CommandContext(context.WithoutCancel(ctx), "git", "version").Output()
	var major, minor int
	if err == nil {
		_, err = fmt.Sscanf(string(out), "git version %d.%d", &major, &minor)
	}
	return err != nil || major < 2 || major == 2 && minor < gitShowsSignerErrors
}
