package display

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONVersion is the version of what --format json prints. It changes when a
// reader of the last one would go wrong.
const JSONVersion = 1

// Output writes a command's data. The first error stays, and close returns it:
// a report that was not written whole is a failure.
type Output struct {
	W    *bufio.Writer
	Name string // in errors
	err  error
}

// NewOutput returns an Output to w, which errors call stdout.
func NewOutput(w io.Writer) *Output { return &Output{W: bufio.NewWriter(w), Name: "stdout"} }

// Printf writes text.
func (o *Output) Printf(format string, args ...any) {
	if _, err := fmt.Fprintf(o.W, format, args...); err != nil {
		o.Fail(err)
	}
}

// Fail keeps the first error.
func (o *Output) Fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// Broken is the error that close will return, if one is there already.
func (o *Output) Broken() error {
	if o.err != nil {
		return fmt.Errorf("%s: %w", o.Name, o.err)
	}
	return nil
}

// JSON writes v on one line.
func (o *Output) JSON(v any) {
	line, err := EncodeJSON(v)
	if err != nil {
		o.Fail(err)
		return
	}
	o.Printf("%s", line)
}

// EncodeJSON returns v on one line, with its newline.
func EncodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return plainJSON(b.Bytes()), nil
}

// Close flushes what is buffered.
func (o *Output) Close() error {
	if err := o.W.Flush(); err != nil {
		o.Fail(err)
	}
	return o.Broken()
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
