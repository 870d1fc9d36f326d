package signer

import (
	"regexp"
	"strings"
)

// redactedError is an error whose text has been redacted.
type redactedError struct {
	error
	text string
}

func (e redactedError) Error() string { return e.text }
func (e redactedError) Unwrap() error { return e.error }

// redactError redacts the text of an error from net/http, which may quote much of what
// it cannot read: a server may send back what it received.
func redactError(err error, token string) error {
	text := err.Error()
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
	}
	return redactedError{err, redact(text, token)}
}

// Redact returns a text from elsewhere without what looks like a token.
func Redact(text string) string { return redact(text, "") }

// redact removes a token from text that came back, also if it was cut. What remains
// contains no minSecret consecutive bytes of it, and nothing that looks like a token.
func redact(text, token string) string {
	secret := make([]bool, len(text))
	for _, jwt := range looksLikeToken.FindAllStringIndex(text, -1) {
		for i := jwt[0]; i < jwt[1]; i++ {
			secret[i] = true
		}
	}
	for i := range max(0, len(text)-minSecret+1) {
		if strings.Contains(token, text[i:i+minSecret]) {
			for j := range minSecret {
				secret[i+j] = true
			}
		}
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !secret[i]:
			b.WriteByte(text[i])
		case i == 0 || !secret[i-1]:
			b.WriteString("[token]")
		}
	}
	return b.String()
}

// looksLikeToken matches the beginning of a JWT, {" in base64url, and what may follow.
var looksLikeToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*`)

// minSecret is how many bytes of a token reveal something: any text may contain fewer.
const minSecret = 16
