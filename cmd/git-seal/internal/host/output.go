package host

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

// Format is the value of --format.
type Format string

const (
	FormatText Format = "text"
	FormatJSON Format = "json"
)

func (f *Format) String() string { return string(*f) }

func (f *Format) Type() string { return "text|json" }

func (f *Format) Set(s string) error {
	switch Format(s) {
	case FormatText, FormatJSON:
		*f = Format(s)
		return nil
	}
	return fmt.Errorf(`must be "text" or "json"`)
}

// Output writes a command's data. It keeps the first error, and Close returns it: a
// report that is not complete is a failure.
type Output struct {
	W    *bufio.Writer
	Name string // in errors
	err  error
}

func NewOutput(w io.Writer) *Output { return &Output{W: bufio.NewWriter(w), Name: "stdout"} }

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

// Broken returns the error that Close will return, if there is one already.
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

// EncodeJSON returns v as one line of JSON, including the newline.
func EncodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return plainJSON(b.Bytes()), nil
}

// Close flushes the buffer and returns the first error.
func (o *Output) Close() error {
	if err := o.W.Flush(); err != nil {
		o.Fail(err)
	}
	return o.Broken()
}

// plainJSON escapes what a terminal would act on. In JSON every character that is
// not printable, except the newline between values, is inside a string.
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

// JSONVersion is the version of the JSON output. It changes if programs written for
// the previous version would misread the new one.
const JSONVersion = 1
