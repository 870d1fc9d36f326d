package host

import (
	"fmt"
	"io"
	"time"

	"github.com/git-seal/git-seal/verifier/display"
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

// Output writes a command's data.
type Output = display.Output

// NewOutput returns an Output to w, which errors call stdout.
func NewOutput(w io.Writer) *Output { return display.NewOutput(w) }

// MaxMessage is display.MaxLine.
const MaxMessage = display.MaxLine

// Printable is display.Value.
func Printable(s string) string { return display.Value(s) }

// Message is display.Line.
func Message(s string) string { return display.Line(s) }

// Stamp is display.Time.
func Stamp(t time.Time) string { return display.Time(t) }

// Day is display.Day.
func Day(t time.Time) string { return display.Day(t) }

// EncodeJSON is display.EncodeJSON.
func EncodeJSON(v any) ([]byte, error) { return display.EncodeJSON(v) }
