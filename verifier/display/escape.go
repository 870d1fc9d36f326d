// Package display makes text from objects, certificates and policies fit to be
// shown: on one line, without anything that a terminal would act on, and without
// ID tokens. It also writes what a command prints, and keeps the first error.
package display

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
	// MaxLine bounds a whole message, which may name several values.
	MaxLine = 4000
)

// Value makes one value fit to be shown: one line, nothing that a terminal
// would act on. Control characters, escape sequences, bidirectional overrides,
// invisible and unassigned characters, spaces that are not U+0020 and invalid
// UTF-8 become \xNN or \u{N}; a backslash becomes \\, so that no value can
// look like the escape of another. What is too long is cut with an ellipsis.
func Value(s string) string {
	return escape(strings.ReplaceAll(s, `\`, `\\`), maxShown)
}

// Line makes a composed message fit to be shown, as printable does, but
// leaves backslashes alone, because the values in it have been quoted already,
// and writes other spaces as U+0020 (protobuf's errors are full of them).
func Line(s string) string {
	return escape(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, s), MaxLine)
}

// escape takes tokens out too: errors name the value that is wrong, and who puts
// a token into the wrong setting has not meant it to be shown.
func escape(s string, limit int) string {
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

// WithoutTokens replaces ID tokens.
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

// Time writes a time for people and machines alike.
func Time(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Day formats a date and time for people.
func Day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
