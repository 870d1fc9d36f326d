package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier/audit"
)

const (
	formatMarkdown outputFormat = "markdown"
	formatHTML     outputFormat = "html"
)

var auditFormatNames = []string{"text", "json", "markdown", "html"}

// auditFormat is a form of the report, and the file that it goes to; empty is
// standard output.
type auditFormat struct {
	format outputFormat
	file   string
}

// auditFormats is the value of --format of an audit: every form that was asked
// for.
type auditFormats []auditFormat

func (f *auditFormats) Type() string { return "FORMAT[=FILE]" }

func (f *auditFormats) String() string {
	words := make([]string, len(*f))
	for i, one := range *f {
		words[i] = strings.TrimSuffix(string(one.format)+"="+one.file, "=")
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
		case file == "" && other.file == "":
			return fmt.Errorf("%s goes to standard output already: a second form needs =FILE", other.format)
		case file != "" && filepath.Clean(other.file) == filepath.Clean(file):
			return fmt.Errorf("%s goes to this file already", other.format)
		}
	}
	*f = append(*f, auditFormat{outputFormat(name), file})
	return nil
}

func addAuditFormats(cmd *cobra.Command, f *auditFormats) {
	cmd.Flags().Var(f, "format", "report in this `FORMAT[=FILE]`: text, json, markdown or html, to standard output or into FILE; may be given several times")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(auditFormatNames, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// openFormats begins every form that was asked for, text where none was: a file
// that cannot be written is found before the history is read. What it returns
// has to be closed.
func (a *auditing) openFormats() (auditOutputs, error) {
	formats := a.formats
	if len(formats) == 0 {
		formats = auditFormats{{format: formatText}}
	}
	var outs auditOutputs
	for _, f := range formats {
		if f.file == "" {
			out := newOutput(a.host.stdout)
			outs = append(outs, &auditForm{auditOutput: f.format.auditOutput(out, a.host.colors(a.host.stdout))})
			continue
		}
		file, err := createReportFile(f.file)
		if err != nil {
			outs.close()
			return nil, fmt.Errorf("--format %s: %w", f.format, err)
		}
		out := newOutput(file)
		out.name = f.file
		outs = append(outs, &auditForm{f.format.auditOutput(out, false), file})
	}
	return outs, nil
}

func (f outputFormat) auditOutput(out *output, color bool) auditOutput {
	switch f {
	case formatJSON:
		return &auditJSON{out: out}
	case formatMarkdown:
		return &auditMarkdown{out: out}
	case formatHTML:
		return &auditHTML{out: out}
	}
	return &auditText{out: out, color: color}
}

// auditForm is one form of the report, on its way to where it goes.
type auditForm struct {
	auditOutput
	file *reportFile // nil: standard output
}

// auditOutputs is an auditOutput of several forms.
type auditOutputs []*auditForm

func (o auditOutputs) result(r *audit.Result) {
	for _, form := range o {
		form.result(r)
	}
}

func (o auditOutputs) broken() error {
	for _, form := range o {
		if err := form.broken(); err != nil {
			return err
		}
	}
	return nil
}

// end writes every form, those too that come after one that could not be
// written, and returns the first error.
func (o auditOutputs) end(r *audit.Report) (first error) {
	for _, form := range o {
		err := form.end(r)
		if err == nil && form.file != nil {
			err = form.file.commit()
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
			form.file.discard()
		}
	}
}
