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

// jsonWhy is what --format json prints.
type jsonWhy struct {
	Version int          `json:"version"`
	Failure *JSONFailure `json:"failure"`
}

type JSONFailure struct {
	keptFailure
	Explanation string   `json:"explanation"`
	Try         []string `json:"try"`
}

func Tell(h *host.Host, format host.Format) error {
	path, err := lastFailurePath(h)
	if err != nil {
		return host.Fail(host.ExitUnknown, "nothing is kept about failures: %w", err).WithHint("set HOME")
	}
	l, err := readLastFailure(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return host.Fail(host.ExitUnknown, "what is kept about the last failure: %w", err).
			WithHint("the next failure replaces it; until then its error stands where git ran")
	}
	out := host.NewOutput(h.Stdout)
	if format == host.FormatJSON {
		out.JSON(jsonOfFailure(l))
		return out.Close()
	}
	if l == nil {
		out.Printf("No signature has failed, as far as %s knows.\n", host.Printable(path))
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

// explained is the explanation of a kind of failure, which may be one that only
// another version of git-seal knows.
func explained(r host.Reason) explanation {
	if e, ok := Explanations[r]; ok {
		return e
	}
	return Explanations[Unexplained]
}

// TellText writes what is kept and what there is to say about it. Nothing in the
// file is trusted: it is shown escaped.
func TellText(h *host.Host, out *host.Output, l *lastFailure) {
	e := explained(l.Reason)
	out.Printf("The last signature that failed: %s\nin %s\n\n", ago(l.Time, h.Now()), host.Printable(l.Directory))
	for _, w := range l.Warnings {
		out.Printf("    %s\n", host.Message(w))
	}
	out.Printf("    error: %s\n", host.Message(l.Error))
	if l.Hint != "" {
		out.Printf("    hint: %s\n", host.Message(l.Hint))
	}
	if l.Over != nil {
		out.Printf("\nIt is over: a signature succeeded there %s.\n", ago(*l.Over, h.Now()))
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

// ago is a time for people, and how long it is past.
func ago(t, now time.Time) string {
	const day = 24 * time.Hour
	past := ""
	switch d := now.Sub(t); {
	case d < 0: // by a clock that was set
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

// lineWidth is where paragraphs break.
const lineWidth = 80

// Paragraph writes text in lines behind a mark and under it. What stands between
// backticks is a command, to be copied, and stays on one line.
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

// words splits a text at its spaces, but not between backticks.
func words(text string) []string {
	code := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '`' {
			code = !code
		}
		return r == ' ' && !code
	})
}
