package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// outputFormat is the value of --format.
type outputFormat string

const (
	formatText outputFormat = "text"
	formatJSON outputFormat = "json"
)

func (f *outputFormat) String() string { return string(*f) }
func (f *outputFormat) Type() string   { return "text|json" }

func (f *outputFormat) Set(s string) error {
	switch outputFormat(s) {
	case formatText, formatJSON:
		*f = outputFormat(s)
		return nil
	}
	return fmt.Errorf(`known formats are "text" and "json"`)
}

func addFormat(cmd *cobra.Command, f *outputFormat) {
	cmd.Flags().Var(f, "format", "print `text|json`")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// output writes a command's data. The first error stays, and close returns it:
// a report that was not written whole is a failure.
type output struct {
	w    *bufio.Writer
	name string // in errors
	err  error
}

func newOutput(w io.Writer) *output { return &output{w: bufio.NewWriter(w), name: "stdout"} }

func (o *output) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(o.w, format, args...); err != nil {
		o.fail(err)
	}
}

// fail keeps the first error.
func (o *output) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// broken is the error that close will return, if one is there already.
func (o *output) broken() error {
	if o.err != nil {
		return fmt.Errorf("%s: %w", o.name, o.err)
	}
	return nil
}

// json writes v on one line.
func (o *output) json(v any) {
	line, err := encodeJSON(v)
	if err != nil {
		o.fail(err)
		return
	}
	o.printf("%s", line)
}

// encodeJSON returns v on one line, with its newline.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return plainJSON(b.Bytes()), nil
}

// close flushes what is buffered.
func (o *output) close() error {
	if err := o.w.Flush(); err != nil {
		o.fail(err)
	}
	return o.broken()
}

// plainJSON escapes what a terminal would act on: everything in JSON that is
// not printable, but for the newline between values, stands inside a string.
func plainJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out = append(out, text[:n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}
