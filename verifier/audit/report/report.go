// Package report prints audits: each result as it comes, and the report at the
// end, as text for a terminal, JSON lines for programs, Markdown for a page of a
// forge, and an HTML page that needs nothing else. It is a pure function of what it
// is given.
package report

import (
	"io"
	"slices"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
)

// Form is a form of the report.
type Form string

// The forms.
const (
	Text     Form = "text"
	JSON     Form = "json"
	Markdown Form = "markdown"
	HTML     Form = "html"
)

// Forms returns the names of all forms.
func Forms() []string { return []string{string(Text), string(JSON), string(Markdown), string(HTML)} }

// Known reports whether there is such a form.
func (f Form) Known() bool { return slices.Contains(Forms(), string(f)) }

// Writer writes one report in one form.
type Writer interface {
	// Result is called for each result, in order, before it is counted. A
	// result that cannot be written becomes unknown.
	Result(*audit.Result)
	// Broken returns the error, if any, because of which going on is in vain.
	Broken() error
	// End writes the report.
	End(*audit.Report) error
}

// Options say how a report looks.
type Options struct {
	Name  string // of what is written to, in errors; empty for stdout
	Color bool   // text has colors
}

// New returns a Writer of one form.
func New(form Form, w io.Writer, o Options) Writer {
	out := display.NewOutput(w)
	if o.Name != "" {
		out.Name = o.Name
	}
	switch form {
	case JSON:
		return &jsonReport{out: out}
	case Markdown:
		return &markdownReport{out: out}
	case HTML:
		return &htmlReport{out: out}
	}
	return &textReport{Out: out, Color: o.Color}
}
