package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func (h *host) whyCommand() *cobra.Command {
	format := formatText
	cmd := &cobra.Command{
		Use:   "why",
		Short: "Explain why the last signature failed",
		Long: `Explain at length why the last signature failed, and say what to try. Git and
editors show a line of it at best, and a git older than 2.41 none at all. Kept
is the last failure, of whatever repository, without tokens or other secrets: in
git-seal/last-failure.json under $XDG_STATE_HOME (~/.local/state).`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return h.why(format) },
	}
	addFormat(cmd, &format)
	return cmd
}

// jsonWhy is what --format json prints.
type jsonWhy struct {
	Version int          `json:"version"`
	Failure *jsonFailure `json:"failure"`
}

type jsonFailure struct {
	keptFailure
	Explanation string   `json:"explanation"`
	Try         []string `json:"try"`
}

func (h *host) why(format outputFormat) error {
	path, err := h.lastFailurePath()
	if err != nil {
		return fail(exitUnknown, "nothing is kept about failures: %w", err).withHint("set HOME")
	}
	l, err := readLastFailure(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(exitUnknown, "what is kept about the last failure: %w", err).
			withHint("the next failure replaces it; until then its error stands where git ran")
	}
	out := newOutput(h.stdout)
	if format == formatJSON {
		out.json(jsonOfFailure(l))
		return out.close()
	}
	if l == nil {
		out.printf("No signature has failed, as far as %s knows.\n", printable(path))
		return out.close()
	}
	h.tellWhy(out, l)
	return out.close()
}

func jsonOfFailure(l *lastFailure) jsonWhy {
	if l == nil {
		return jsonWhy{Version: jsonVersion}
	}
	e := explained(l.Reason)
	return jsonWhy{jsonVersion, &jsonFailure{l.keptFailure, e.What, slices.Concat(e.Try, meanwhile)}}
}

// explained is the explanation of a kind of failure, which may be one that only
// another version of git-seal knows.
func explained(r reason) explanation {
	if e, ok := explanations[r]; ok {
		return e
	}
	return explanations[whyUnexplained]
}

// tellWhy writes what is kept and what there is to say about it. Nothing in the
// file is trusted: it is shown escaped.
func (h *host) tellWhy(out *output, l *lastFailure) {
	e := explained(l.Reason)
	out.printf("The last signature that failed: %s\nin %s\n\n", ago(l.Time, h.now()), printable(l.Directory))
	for _, w := range l.Warnings {
		out.printf("    %s\n", message(w))
	}
	out.printf("    error: %s\n", message(l.Error))
	if l.Hint != "" {
		out.printf("    hint: %s\n", message(l.Hint))
	}
	if l.Over != nil {
		out.printf("\nIt is over: a signature succeeded there %s.\n", ago(*l.Over, h.now()))
	}
	out.printf("\nWhat it means (%s)\n\n", message(string(l.Reason)))
	out.paragraph("    ", e.What)
	out.printf("\nWhat to try\n\n")
	for _, try := range e.Try {
		out.paragraph("  - ", try)
	}
	out.printf("\nMeanwhile\n\n")
	for _, line := range meanwhile {
		out.paragraph("  - ", line)
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

// paragraph writes text in lines behind a mark and under it. What stands between
// backticks is a command, to be copied, and stays on one line.
func (o *output) paragraph(mark, text string) {
	line := mark
	for i, word := range words(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth:
			o.printf("%s\n", line)
			line = strings.Repeat(" ", len(mark)) + word
		default:
			line += " " + word
		}
	}
	o.printf("%s\n", line)
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
