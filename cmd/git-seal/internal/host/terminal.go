package host

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"
)

// Colors reports whether a stream shows colors: a terminal does, unless NO_COLOR is
// set (no-color.org) or TERM is "dumb".
func (h *Host) Colors(f *os.File) bool {
	if no, _ := h.Getenv("NO_COLOR"); no != "" {
		return false
	}
	kind, _ := h.Getenv("TERM")
	return kind != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Tell writes lines for the person at the terminal.
func Tell(tty *os.File, format string, args ...any) error {
	_, err := fmt.Fprintf(tty, "git-seal: "+format+"\n", args...)
	return err
}

// AskPerson prompts on the terminal. Any answer except yes is an error.
func AskPerson(question, hint string) error {
	tty, err := OpenTerminal()
	if err != nil {
		return Fail(ExitNotGood, "no terminal to prompt on: %w", err).WithHint("%s", hint)
	}
	defer tty.Close()
	sure, err := confirm(tty, question)
	if err != nil {
		return Fail(ExitNotGood, "terminal: %w", err)
	}
	if !sure {
		return Fail(ExitNotGood, "cancelled: nothing was changed")
	}
	return nil
}

// AskLine prompts on the terminal and returns the answer in lower case; it is empty
// if the terminal was closed. AskLine ends with ctx, because nothing else stops a
// read that waits.
func AskLine(ctx context.Context, tty io.ReadWriter, question string) (string, error) {
	if _, err := fmt.Fprint(tty, question+" "); err != nil {
		return "", err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(tty).ReadString('\n')
		line <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(tty) // the next text begins a line
		return "", ctx.Err()
	case answer := <-line:
		return answer, nil
	}
}

// OpenTerminal opens the user's terminal, whatever the standard streams are: git
// keeps those of the programs that it runs.
func OpenTerminal() (*os.File, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if !term.IsTerminal(int(tty.Fd())) {
		tty.Close()
		return nil, fmt.Errorf("%s is not a terminal", tty.Name())
	}
	return tty, nil
}

// confirm prompts on the terminal and reports whether the answer is "y" or "yes".
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

// TellTerminal repeats on the terminal what git does not show of a signing
// program's stderr: warnings if the signature succeeded, in every version of git,
// and the failure f if git is too old to show it. f may be nil. Nothing is printed
// twice.
func (h *Host) TellTerminal(ctx context.Context, f *Failure) {
	if f == nil && len(h.Warnings) == h.told || term.IsTerminal(int(h.Stderr.Fd())) {
		return
	}
	tty, err := OpenTerminal()
	if err != nil {
		return // there is no one to read it
	}
	defer tty.Close()
	var lines []string
	for _, w := range h.Warnings[h.told:] {
		lines = append(lines, "git-seal: "+Message(w))
	}
	h.told = len(h.Warnings)
	if f != nil && h.GitHidesSigners(ctx) {
		lines = append(lines, f.lines()...)
	}
	for _, line := range lines {
		fmt.Fprintf(tty, "%s\n", line)
	}
}

// GitHidesSigners reports whether this git hides the stderr of a failing signing
// program. A version that does not parse counts as an old one: a message twice is
// better than no message.
func (h *Host) GitHidesSigners(ctx context.Context) bool {
	if h.Trace != nil {
		defer h.TraceGit([]string{"version"})()
	}
	out, err := exec.CommandContext(context.WithoutCancel(ctx), "git", "version").Output()
	var major, minor int
	if err == nil {
		_, err = fmt.Sscanf(string(out), "git version %d.%d", &major, &minor)
	}
	return err != nil || major < 2 || major == 2 && minor < gitShowsSignerErrors
}
