package host

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxShown is the number of characters of one value that a line for people
	// shows. An identity may be as long as a certificate; a terminal line may not.
	maxShown = 400
	// MaxMessage limits a whole message, which may name several values.
	MaxMessage = 4000
)

// Printable returns one value in a form that is safe to show: one line, with
// nothing that a terminal would act on. Control characters, escape sequences,
// bidirectional overrides, invisible and unassigned characters, spaces other than
// U+0020 and invalid UTF-8 become \xNN or \u{N}; a backslash becomes \\, so that no
// value can look like the escape of another. A value that is too long is cut and
// ends with an ellipsis.
func Printable(s string) string {
	return Escape(strings.ReplaceAll(s, `\`, `\\`), maxShown)
}

// Message returns a composed message in a form that is safe to show, as Printable
// does. It leaves backslashes alone, because the values in the message are quoted
// already, and writes other spaces as U+0020 (protobuf's errors are full of them).
func Message(s string) string {
	return Escape(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, s), MaxMessage)
}

// Escape escapes s and cuts it to limit characters. It also removes tokens: an
// error names the wrong value, and that value may be a token in the wrong setting.
func Escape(s string, limit int) string {
	s = WithoutTokens(s)
	var b strings.Builder
	for i, shown := 0, 0; i < len(s); shown++ {
		if shown == limit {
			b.WriteString("…")
			break
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteString(s[i : i+n])
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		i += n
	}
	return b.String()
}

// WithoutTokens replaces the ID tokens in s with "[token]".
func WithoutTokens(s string) string {
	if !strings.Contains(s, "eyJ") { // the usual case
		return s
	}
	return jwt().ReplaceAllString(s, "[token]")
}

// jwt matches an ID token: header and payload, which are JSON objects in base64url,
// and a signature.
var jwt = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[\w-]{8,}\.e[yw][\w-]{8,}(\.[\w-]*)*`)
})

// Stamp formats a time for people and programs.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Day formats a date and time for people.
func Day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
