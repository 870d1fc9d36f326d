package signer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// idToken is an ID token that was read, but not verified: Fulcio verifies that the
// issuer signed it. This package checks what Fulcio would refuse with an error that says
// less, and what the certificate is compared with.
type idToken struct {
	raw       string // a secret: anyone who has it can sign as its subject
	claims    claims
	issuer    string // iss
	subject   string // sub
	email     string // "" in tokens of machines
	expiry    time.Time
	notBefore time.Time // zero if it does not say
	audience  []string
}

// claims are the members of the token's payload by their exact names; a struct would
// match names in upper and lower case.
type claims map[string]json.RawMessage

// text returns a claim that is a string, or "".
func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return s
}

// object returns a claim that is an object, or nil.
func (c claims) object(name string) claims {
	var o claims
	if json.Unmarshal(c[name], &o) != nil {
		return nil
	}
	return o
}

// parseToken parses a JWT in compact form (RFC 7515 §3.1) with the claims that an ID
// token must have (OpenID Connect Core §2).
func parseToken(raw string) (*idToken, error) {
	malformed := func(format string, args ...any) error {
		return &TokenError{Reason: TokenMalformed, Detail: fmt.Sprintf(format, args...)}
	}
	if len(raw) > maxToken {
		return nil, malformed("is longer than %d bytes", maxToken)
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, malformed("is not a JWT: %d parts, want 3", len(parts))
	}
	var decoded [3][]byte
	for i, name := range []string{"header", "payload", "signature"} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		// The decoder skips line breaks, which a header line must not contain.
		if err != nil || len(b) == 0 || strings.ContainsAny(parts[i], "\r\n") {
			return nil, malformed("is not a JWT: its %s is not base64url", name)
		}
		decoded[i] = b
	}
	var header, payload claims
	if json.Unmarshal(decoded[0], &header) != nil || header == nil {
		return nil, malformed("is not a JWT: its header is not a JSON object")
	}
	if json.Unmarshal(decoded[1], &payload) != nil || payload == nil {
		return nil, malformed("is not a JWT: its payload is not a JSON object")
	}
	t := &idToken{
		raw:     raw,
		claims:  payload,
		issuer:  payload.text("iss"),
		subject: payload.text("sub"),
		email:   payload.text("email"),
	}
	if t.issuer == "" {
		return nil, malformed("names no issuer (iss)")
	}
	if t.email == "" && t.subject == "" {
		return nil, malformed("names no one (neither email nor sub)")
	}
	var err error
	if t.audience, err = parseAudience(payload["aud"]); err != nil {
		return nil, malformed("%v", err)
	}
	if t.expiry, err = parseDate(payload["exp"]); err != nil {
		return nil, malformed("its expiry (exp) is %v", err)
	}
	if nbf, ok := payload["nbf"]; ok {
		if t.notBefore, err = parseDate(nbf); err != nil {
			return nil, malformed("its beginning (nbf) is %v", err)
		}
	}
	return t, nil
}

// parseAudience parses a string or an array of strings (RFC 7519 §4.1.3).
func parseAudience(raw json.RawMessage) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}, nil
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		return many, nil
	}
	return nil, errors.New("names no audience (aud)")
}

// parseDate parses a NumericDate (RFC 7519 §2): seconds since 1970, possibly with a
// fraction.
func parseDate(raw json.RawMessage) (time.Time, error) {
	var seconds float64
	if raw == nil {
		return time.Time{}, errors.New("missing")
	}
	// The upper limit is the year 9999; time.Time does not print later years.
	if json.Unmarshal(raw, &seconds) != nil || seconds <= 0 || seconds > 253402300799 {
		return time.Time{}, errors.New("not a time")
	}
	return time.Unix(int64(math.Floor(seconds)), 0).UTC(), nil
}

// check returns an error for a token that Fulcio would refuse, before it is sent. now is
// the local clock, which may be off by an hour.
func (t *idToken) check(now time.Time, audience string, issuers []string) error {
	switch {
	case len(issuers) > 0 && !slices.ContainsFunc(issuers, t.issuedBy):
		return &TokenError{Reason: TokenIssuer, Detail: fmt.Sprintf("is issued by %q, want %s", t.issuer, quotedOr(issuers))}
	case !slices.Contains(t.audience, audience):
		return &TokenError{Reason: TokenAudience, Detail: fmt.Sprintf("is for the audience %q, want %q", t.audience, audience)}
	case now.After(t.expiry.Add(clockSkew)):
		return &TokenError{Reason: TokenExpired, Detail: fmt.Sprintf("expired at %s", t.expiry.Format(time.RFC3339))}
	case now.Add(clockSkew).Before(t.notBefore):
		return &TokenError{Reason: TokenNotYetValid, Detail: fmt.Sprintf("is not valid before %s", t.notBefore.Format(time.RFC3339))}
	}
	if raw, ok := t.claims["email_verified"]; ok && t.email != "" {
		// Some issuers write the boolean as a string.
		if v := strings.ToLower(strings.Trim(string(raw), `"`)); v != "true" {
			return &TokenError{Reason: TokenUnverified, Detail: fmt.Sprintf("the issuer has not verified the address %q", t.email)}
		}
	}
	return nil
}

// issuedBy reports whether an entry of Options.Issuers allows the token's issuer.
func (t *idToken) issuedBy(want string) bool {
	parent, below := strings.CutSuffix(want, "/*")
	if !below {
		return t.issuer == want
	}
	segment, ok := strings.CutPrefix(t.issuer, parent+"/")
	return ok && segment != "" && !strings.ContainsAny(segment, "/?#")
}

// quotedOr returns a list of names for people.
func quotedOr(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, " or ")
}

// challenge returns what the key signs to show Fulcio that the token's holder has the
// key: the e-mail address, or the subject of a machine.
func (t *idToken) challenge() string {
	if t.email != "" {
		return t.email
	}
	return t.subject
}
