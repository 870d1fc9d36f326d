package why

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier/display"
)

// jsonWhy is the output of git seal why --format json.
type jsonWhy struct {
	Version int          `json:"version"`
	Failure *JSONFailure `json:"failure"`
}

// JSONFailure is a saved failure with its explanation.
type JSONFailure struct {
	keptFailure
	Explanation string   `json:"explanation"`
	Try         []string `json:"try"`
}

// Tell prints the last failure and its explanation.
func Tell(h *host.Host, format host.Format) error {
	path, err := lastFailurePath(h)
	if err != nil {
		return host.Fail(host.ExitUnknown, "cannot find the last failure: %w", err).WithHint("set HOME")
	}
	l, err := readLastFailure(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return host.Fail(host.ExitUnknown, "cannot read the last failure: %w", err).
			WithHint("run the git command again to see its error; the next failure replaces this file")
	}
	if err := canKeep(path); err != nil {
		if l == nil {
			return host.Fail(host.ExitUnknown, "no failure could be recorded: %w", err).
				WithHint("make room there, or make it writable, and run the git command again to see its error")
		}
		h.Warn("a later failure may not have been recorded: %v", err)
	}
	out := host.NewOutput(h.Stdout)
	if format == host.FormatJSON {
		out.JSON(jsonOfFailure(l))
		return out.Close()
	}
	if l == nil {
		out.Printf("No failed signature is recorded in %s.\n", host.Printable(path))
		return out.Close()
	}
	TellText(h, out, l)
	return out.Close()
}

func jsonOfFailure(l *lastFailure) jsonWhy {
	if l == nil {
		return jsonWhy{Version: display.JSONVersion}
	}
	e := explained(l.Reason)
	return jsonWhy{display.JSONVersion, &JSONFailure{l.keptFailure, e.What, slices.Concat(e.Try, meanwhile)}}
}

// explained returns the explanation of a kind of failure. The kind may be one that
// only another version of git-seal knows.
func explained(r host.Reason) explanation {
	if e, ok := Explanations[r]; ok {
		return e
	}
	return Explanations[Unexplained]
}

// TellText prints a saved failure and its explanation for people. It escapes what
// comes from the file, because nothing in it is trusted.
func TellText(h *host.Host, out *host.Output, l *lastFailure) {
	e := explained(l.Reason)
	out.Printf("Last failed signature: %s\nin %s\n\n", ago(l.Time, h.Now()), host.Printable(l.Directory))
	for _, w := range l.Warnings {
		out.Printf("    %s\n", host.Message(w))
	}
	out.Printf("    error: %s\n", host.Message(l.Error))
	if l.Hint != "" {
		out.Printf("    hint: %s\n", host.Message(l.Hint))
	}
	if l.Over != nil {
		out.Printf("\nResolved: a later signature there succeeded, %s.\n", ago(*l.Over, h.Now()))
	}
	out.Printf("\nWhat it means (%s)\n\n", host.Message(string(l.Reason)))
	Paragraph(out, "    ", e.What)
	out.Printf("\nWhat to try\n\n")
	for _, try := range e.Try {
		Paragraph(out, "  - ", try)
	}
	out.Printf("\nMeanwhile\n\n")
	for _, line := range meanwhile {
		Paragraph(out, "  - ", line)
	}
}

// ago formats a time and how long ago it is, for people.
func ago(t, now time.Time) string {
	const day = 24 * time.Hour
	past := ""
	switch d := now.Sub(t); {
	case d < 0: // the clock was set back
	case d < time.Minute:
		past = " (just now)"
	case d < time.Hour:
		past = fmt.Sprintf(" (%d min ago)", d/time.Minute)
	case d < 2*day:
		past = fmt.Sprintf(" (%d h ago)", d/time.Hour)
	default:
		past = fmt.Sprintf(" (%d days ago)", d/day)
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC") + past
}

// lineWidth is the width of paragraphs.
const lineWidth = 80

// Paragraph prints text in lines after a mark, and indented as far as it. Text
// between backticks is a command that people copy, so it stays on one line.
func Paragraph(o *host.Output, mark, text string) {
	line := mark
	for i, word := range words(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth:
			o.Printf("%s\n", line)
			line = strings.Repeat(" ", len(mark)) + word
		default:
			line += " " + word
		}
	}
	o.Printf("%s\n", line)
}

// words splits a text at spaces that are not between backticks.
func words(text string) []string {
	code := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '`' {
			code = !code
		}
		return r == ' ' && !code
	})
}
