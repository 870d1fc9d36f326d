package auditing

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report"
)

// Format is a form of the report, and the file that it goes to; empty is
// standard output.
type Format struct {
	Form report.Form
	File string
}

// Formats is the value of --format of an audit: every form that was asked
// for.
type Formats []Format

func (f *Formats) Type() string { return "FORMAT[=FILE]" }

func (f *Formats) String() string {
	words := make([]string, len(*f))
	for i, one := range *f {
		words[i] = strings.TrimSuffix(string(one.Form)+"="+one.File, "=")
	}
	return strings.Join(words, ", ")
}

func (f *Formats) Set(s string) error {
	name, file, given := strings.Cut(s, "=")
	switch {
	case !report.Form(name).Known():
		return errors.New(`known formats are "text", "json", "markdown" and "html", each with =FILE or without`)
	case given && file == "":
		return errors.New("names no file")
	}
	for _, other := range *f {
		switch {
		case file == "" && other.File == "":
			return fmt.Errorf("%s goes to standard output already: a second form needs =FILE", other.Form)
		case file != "" && filepath.Clean(other.File) == filepath.Clean(file):
			return fmt.Errorf("%s goes to this file already", other.Form)
		}
	}
	*f = append(*f, Format{report.Form(name), file})
	return nil
}

func AddFormats(cmd *cobra.Command, f *Formats) {
	cmd.Flags().Var(f, "format", "report in this `FORMAT[=FILE]`: text, json, markdown or html, to standard output or into FILE; may be given several times")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Forms(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// openForms begins every form that was asked for, text where none was: a file
// that cannot be written is found before the history is read. What it returns
// must be closed.
func openForms(h *host.Host, config *git.Config, formats Formats) (outputs, error) {
	if len(formats) == 0 {
		formats = Formats{{Form: report.Text}}
	}
	var outs outputs
	for _, f := range formats {
		if f.File == "" {
			outs = append(outs, &output{Writer: report.New(f.Form, h.Stdout, report.Options{Color: h.Colors(h.Stdout)})})
			continue
		}
		file, err := createReport(h, config, f.File)
		if err != nil {
			outs.close()
			return nil, fmt.Errorf("--format %s: %w", f.Form, err)
		}
		outs = append(outs, &output{report.New(f.Form, file, report.Options{Name: f.File}), file})
	}
	return outs, nil
}

// createReport begins a file that the user named for a report or an archive.
func createReport(h *host.Host, config *git.Config, name string) (*host.ReportFile, error) {
	path, err := settings.Destination(h, config, name)
	if err != nil {
		return nil, err
	}
	return host.CreateReportFile(path, name)
}

// notWritten is the failure of an audit that cannot write what it was asked for.
func notWritten(err error) error {
	return host.Fail(host.ExitUnknown, "%w", err).WithHint("%s", why.From(err, host.ExitUnknown).Hint)
}

// output is one form of the report, on its way to where it goes.
type output struct {
	report.Writer
	file *host.ReportFile // nil: standard output
}

// outputs is a report.Writer of several forms.
type outputs []*output

var _ report.Writer = outputs(nil)

func (o outputs) Result(r *audit.Result) {
	for _, form := range o {
		form.Result(r)
	}
}

func (o outputs) Broken() error {
	for _, form := range o {
		if err := form.Broken(); err != nil {
			return err
		}
	}
	return nil
}

// end writes every form, those too that come after one that could not be
// written, and returns the first error.
func (o outputs) End(r *audit.Report) (first error) {
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
func (o outputs) close() {
	for _, form := range o {
		if form.file != nil {
			form.file.Discard()
		}
	}
}
