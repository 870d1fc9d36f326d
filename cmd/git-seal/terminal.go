package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
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

// tellTerminal repeats the lines of a failed signature on the terminal, where
// stderr is git's and git is too old to show it.
func (h *host) tellTerminal(ctx context.Context, lines []string) {
	if term.IsTerminal(int(h.stderr.Fd())) {
		return
	}
	tty, err := openTerminal()
	if err != nil {
		return // nobody is there to read
	}
	defer tty.Close()
	for _, line := range lines {
		fmt.Fprintf(tty, "%s\n", line)
	}
}
