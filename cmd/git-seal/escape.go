package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// maxShown is how many characters of one value a line for people holds. An
	// identity may be as long as a certificate; a terminal line may not.
	maxShown = 400
	// maxMessage bounds a whole message, which may name several values.
	maxMessage = 4000
)

// printable makes one value fit to be shown: one line, nothing that a terminal
// would act on. Control characters, escape sequences, bidirectional overrides,
// invisible and unassigned characters, spaces that are not U+0020 and invalid
// UTF-8 become \xNN or \u{N}; a backslash becomes \\, so that no value can
// look like the escape of another. What is too long is cut with an ellipsis.
func printable(s string) string {
	return escape(strings.ReplaceAll(s, `\`, `\\`), maxShown)
}

// message makes a composed message fit to be shown, as printable does, but
// leaves backslashes alone, because the values in it have been quoted already,
// and writes other spaces as U+0020 (protobuf's errors are full of them).
func message(s string) string {
	return escape(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, s), maxMessage)
}

// escape takes tokens out too: errors name the value that is wrong, and who puts
// a token into the wrong setting has not meant it to be shown.
func escape(s string, limit int) string {
	s = withoutTokens(s)
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

func withoutTokens(s string) string {
	if !strings.Contains(s, "eyJ") { // as nearly always
		return s
	}
	return jwt().ReplaceAllString(s, "[token]")
}

// jwt is an ID token: header and payload, JSON objects in base64url, and a
// signature.
var jwt = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`eyJ[\w-]{8,}\.e[yw][\w-]{8,}(\.[\w-]*)*`)
})
