package auditing

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier/audit"
)

const (
	formatMarkdown host.Format = "markdown"
	FormatHTML     host.Format = "html"
)

var auditFormatNames = []string{"text", "json", "markdown", "html"}

// auditFormat is a form of the report, and the file that it goes to; empty is
// standard output.
type auditFormat struct {
	Format host.Format
	File   string
}

// auditFormats is the value of --format of an audit: every form that was asked
// for.
type auditFormats []auditFormat

func (f *auditFormats) Type() string { return "FORMAT[=FILE]" }

func (f *auditFormats) String() string {
	words := make([]string, len(*f))
	for i, one := range *f {
		words[i] = strings.TrimSuffix(string(one.Format)+"="+one.File, "=")
	}
	return strings.Join(words, ", ")
}

func (f *auditFormats) Set(s string) error {
	name, file, given := strings.Cut(s, "=")
	switch {
	case !slices.Contains(auditFormatNames, name):
		return errors.New(`known formats are "text", "json", "markdown" and "html", each with =FILE or without`)
	case given && file == "":
		return errors.New("names no file")
	}
	for _, other := range *f {
		switch {
		case file == "" && other.File == "":
			return fmt.Errorf("%s goes to standard output already: a second form needs =FILE", other.Format)
		case file != "" && filepath.Clean(other.File) == filepath.Clean(file):
			return fmt.Errorf("%s goes to this file already", other.Format)
		}
	}
	*f = append(*f, auditFormat{host.Format(name), file})
	return nil
}

func AddAuditFormats(cmd *cobra.Command, f *auditFormats) {
	cmd.Flags().Var(f, "format", "report in this `FORMAT[=FILE]`: text, json, markdown or html, to standard output or into FILE; may be given several times")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(auditFormatNames, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// openFormats begins every form that was asked for, text where none was: a file
// that cannot be written is found before the history is read. What it returns
// has to be closed.
func (a *Auditing) openFormats() (auditOutputs, error) {
	formats := a.Formats
	if len(formats) == 0 {
		formats = auditFormats{{Format: host.FormatText}}
	}
	var outs auditOutputs
	for _, f := range formats {
		if f.File == "" {
			out := host.NewOutput(a.Host.Stdout)
			outs = append(outs, &auditForm{Output: OutputOf(f.Format, out, a.Host.Colors(a.Host.Stdout))})
			continue
		}
		file, err := host.CreateReportFile(f.File)
		if err != nil {
			outs.close()
			return nil, fmt.Errorf("--format %s: %w", f.Format, err)
		}
		out := host.NewOutput(file)
		out.Name = f.File
		outs = append(outs, &auditForm{OutputOf(f.Format, out, false), file})
	}
	return outs, nil
}

func OutputOf(f host.Format, out *host.Output, color bool) Output {
	switch f {
	case host.FormatJSON:
		return &auditJSON{out: out}
	case formatMarkdown:
		return &auditMarkdown{out: out}
	case FormatHTML:
		return &auditHTML{out: out}
	}
	return &AuditText{Out: out, Color: color}
}

// auditForm is one form of the report, on its way to where it goes.
type auditForm struct {
	Output
	file *host.ReportFile // nil: standard output
}

// auditOutputs is an auditOutput of several forms.
type auditOutputs []*auditForm

func (o auditOutputs) Result(r *audit.Result) {
	for _, form := range o {
		form.Result(r)
	}
}

func (o auditOutputs) Broken() error {
	for _, form := range o {
		if err := form.Broken(); err != nil {
			return err
		}
	}
	return nil
}

// end writes every form, those too that come after one that could not be
// written, and returns the first error.
func (o auditOutputs) End(r *audit.Report) (first error) {
	for _, form := range o {
		err := form.End(r)
		if err == nil && form.file != nil {
			err = form.file.Commit()
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// close takes away what was not written to its end.
func (o auditOutputs) close() {
	for _, form := range o {
		if form.file != nil {
			form.file.Discard()
		}
	}
}
