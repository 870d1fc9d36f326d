package signer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// jwt is a token with these claims; set changes claims, nil removes one.
func jwt(t testing.TB, set map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": "https://issuer.example.com", "sub": "42", "aud": "sigstore", "exp": testNow.Add(time.Minute).Unix(),
		"email": "ana@example.com", "email_verified": true,
	}
	for k, v := range set {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return jwtOf(`{"alg":"ES256"}`, string(payload))
}

func jwtOf(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("a signature that nobody checks"))
}

func testToken(t testing.TB, set map[string]any) *idToken {
	t.Helper()
	token, err := parseToken(jwt(t, set))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokenChecks(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	for _, test := range []struct {
		name   string
		token  string
		reason TokenProblem // "": it passes
		text   string
	}{
		{name: "good", token: jwt(t, nil)},
		{name: "audience among others", token: jwt(t, map[string]any{"aud": []string{"other", "sigstore"}})},
		{name: "of a machine", token: jwt(t, map[string]any{"email": nil, "email_verified": nil})},
		{name: "verified as a string", token: jwt(t, map[string]any{"email_verified": "true"})},
		{name: "says nothing about verified", token: jwt(t, map[string]any{"email_verified": nil})},
		{name: "expired half an hour ago by a clock that may be ahead", token: jwt(t, map[string]any{"exp": at(-30 * time.Minute)})},
		{name: "not yet valid by a clock that may be behind", token: jwt(t, map[string]any{"nbf": at(time.Hour)})},
		{name: "fractions of a second", token: jwt(t, map[string]any{"exp": 1.9e9 + 0.5})},

		{"empty", "", TokenMalformed, "1 parts, want 3"},
		{"two parts", "e30.e30", TokenMalformed, "2 parts, want 3"},
		{"encrypted", "e30.e30.e30.e30.e30", TokenMalformed, "5 parts, want 3"},
		{"unsigned", "e30.e30.", TokenMalformed, "its signature is not base64url"},
		{"padded", "e30=.e30.e30", TokenMalformed, "its header is not base64url"},
		{"line break", "e3\n0.e30.e30", TokenMalformed, "its header is not base64url"},
		{"header line", "e30.e30.e30\r\nX-Evil: 1", TokenMalformed, "its signature is not base64url"},
		{"header of another kind", jwtOf("7", "{}"), TokenMalformed, "its header is not a JSON object"},
		{"payload of another kind", jwtOf("{}", "null"), TokenMalformed, "its payload is not a JSON object"},
		{"payload with trailing text", jwtOf("{}", "{} {}"), TokenMalformed, "its payload is not a JSON object"},
		{"too long", jwt(t, map[string]any{"groups": strings.Repeat("g", maxToken)}), TokenMalformed, "longer than 65536 bytes"},
		{"no issuer", jwt(t, map[string]any{"iss": nil}), TokenMalformed, "names no issuer"},
		{"an issuer in capitals", jwt(t, map[string]any{"iss": nil, "ISS": "https://issuer.example.com"}), TokenMalformed, "names no issuer"},
		{"nobody", jwt(t, map[string]any{"sub": nil, "email": nil}), TokenMalformed, "names no one"},
		{"no audience", jwt(t, map[string]any{"aud": nil}), TokenMalformed, "names no audience"},
		{"an audience that is a number", jwt(t, map[string]any{"aud": 7}), TokenMalformed, "names no audience"},
		{"no expiry", jwt(t, map[string]any{"exp": nil}), TokenMalformed, "its expiry (exp) is missing"},
		{"an expiry that is text", jwt(t, map[string]any{"exp": "tomorrow"}), TokenMalformed, "its expiry (exp) is not a time"},
		{"an expiry before time", jwt(t, map[string]any{"exp": -1}), TokenMalformed, "its expiry (exp) is not a time"},
		{"an expiry after time", jwt(t, map[string]any{"exp": 1e18}), TokenMalformed, "its expiry (exp) is not a time"},
		{"a beginning that is text", jwt(t, map[string]any{"nbf": "now"}), TokenMalformed, "its beginning (nbf) is not a time"},

		{"expired", jwt(t, map[string]any{"exp": at(-2 * time.Hour)}), TokenExpired, "expired at 2026-11-22T10:00:00Z"},
		{"from tomorrow", jwt(t, map[string]any{"nbf": at(24 * time.Hour)}), TokenNotYetValid, "is not valid before 2026-11-23T12:00:00Z"},
		{"for somebody else", jwt(t, map[string]any{"aud": "npm:registry"}), TokenAudience, `is for the audience ["npm:registry"], want "sigstore"`},
		{"not verified", jwt(t, map[string]any{"email_verified": false}), TokenUnverified, `has not verified the address "ana@example.com"`},
		{"not verified, as a string", jwt(t, map[string]any{"email_verified": "false"}), TokenUnverified, "has not verified"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token, err := parseToken(test.token)
			if err == nil {
				err = token.check(testNow, DefaultAudience, nil)
			}
			if test.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkTokenError(t, err, test.reason, test.text)
			for part := range strings.SplitSeq(test.token, ".") {
				if len(part) >= minSecret && strings.Contains(err.Error(), part) {
					t.Errorf("holds a part of the token: %q", err)
				}
			}
		})
	}
}

func checkTokenError(t *testing.T, err error, reason TokenProblem, text string) {
	t.Helper()
	var e *TokenError
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a TokenError", err, err)
	}
	if e.Reason != reason || !strings.HasPrefix(err.Error(), "ID token: ") || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %q, want %s: %q", e.Reason, err, reason, text)
	}
}

func TestFileToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) FileToken {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return FileToken(path)
	}
	loop := FileToken(filepath.Join(dir, "loop")) // unreadable to root as well
	if err := os.Symlink("loop", string(loop)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		source FileToken
		want   string
		reason TokenProblem
		text   string
	}{
		{name: "bare", source: file("bare", "a.b.c"), want: "a.b.c"},
		{name: "white space around it", source: file("space", " a.b.c\r\n\n"), want: "a.b.c"},
		{name: "longest", source: file("longest", strings.Repeat("a", maxToken)), want: strings.Repeat("a", maxToken)},
		{name: "missing", source: FileToken(filepath.Join(dir, "missing")), reason: TokenMissing, text: `missing" does not exist`},
		{name: "empty", source: file("empty", ""), reason: TokenMissing, text: `empty" is empty`},
		{name: "blank", source: file("blank", " \n"), reason: TokenMissing, text: `blank" is empty`},
		{name: "too long", source: file("long", strings.Repeat("a", maxToken+1)), reason: TokenMalformed, text: "longer than 65536 bytes"},
		{name: "a directory", source: FileToken(dir), reason: TokenUnreadable, text: "is a directory"},
		{name: "unreadable", source: loop, reason: TokenUnreadable, text: "too many levels of symbolic links"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.source.Token(t.Context())
			if test.reason != "" {
				checkTokenError(t, err, test.reason, test.text)
				return
			}
			if err != nil || got != test.want {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestStaticTokenDoesNotPrintItself(t *testing.T) {
	t.Parallel()
	secret := StaticToken("header.payload.signature")
	for _, format := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x"} {
		if text := fmt.Sprintf(format, secret); strings.Contains(text, "payload") || strings.Contains(text, fmt.Sprintf("%x", "payload")) {
			t.Errorf("%s prints %q", format, text)
		}
	}
	if token, err := secret.Token(t.Context()); err != nil || token != "header.payload.signature" {
		t.Errorf("%q, %v", token, err)
	}
	_, err := StaticToken("").Token(t.Context())
	checkTokenError(t, err, TokenMissing, "is empty")
}

func TestTokenIsOfItsIssuer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		issuer  string
		issuers []string
		ok      bool
	}{
		{"any", "https://issuer.example.com", nil, true},
		{"the one", "https://issuer.example.com", []string{"https://issuer.example.com"}, true},
		{"one of several", "https://issuer.example.com", []string{"https://other.example.com", "https://issuer.example.com"}, true},
		{"below", "https://issuer.example.com/octo", []string{"https://issuer.example.com/*"}, true},

		{"another", "https://issuer.example.org", []string{"https://issuer.example.com"}, false},
		{"a part of it", "https://issuer.example.com", []string{"issuer.example.com"}, false},
		{"beginning alike", "https://issuer.example.com.evil.example.org", []string{"https://issuer.example.com"}, false},
		{"beginning alike, below", "https://issuer.example.com.evil.example.org/octo", []string{"https://issuer.example.com/*"}, false},
		{"with a slash", "https://issuer.example.com/", []string{"https://issuer.example.com"}, false},
		{"in capitals", "https://ISSUER.example.com", []string{"https://issuer.example.com"}, false},
		{"not below", "https://issuer.example.com", []string{"https://issuer.example.com/*"}, false},
		{"below, empty", "https://issuer.example.com/", []string{"https://issuer.example.com/*"}, false},
		{"two below", "https://issuer.example.com/a/b", []string{"https://issuer.example.com/*"}, false},
		{"a query below", "https://issuer.example.com/a?b", []string{"https://issuer.example.com/*"}, false},
		{"below the one", "https://issuer.example.com/octo", []string{"https://issuer.example.com"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := testToken(t, map[string]any{"iss": test.issuer}).check(testNow, DefaultAudience, test.issuers)
			if test.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkTokenError(t, err, TokenIssuer, fmt.Sprintf("is issued by %q, want %q", test.issuer, test.issuers[0]))
		})
	}
}

// The law: no panic; a token that is accepted says who, by whom, for whom and
// until when, and fits into a header line.
func FuzzParseToken(f *testing.F) {
	f.Add(jwt(f, nil))
	f.Add(jwt(f, map[string]any{"email": nil, "aud": []string{"a", "b"}, "nbf": 1}))
	f.Add(jwtOf("{}", `{"iss":7,"exp":[],"aud":{}}`))
	f.Add("e30.e30.e30")
	f.Add("..")
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := parseToken(raw)
		if err != nil {
			var e *TokenError
			if !errors.As(err, &e) {
				t.Fatalf("error %T", err)
			}
			return
		}
		if token.issuer == "" || token.challenge() == "" || len(token.audience) == 0 || token.expiry.IsZero() {
			t.Fatalf("accepted %+v", token)
		}
		if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("accepted %q", raw)
		}
		_ = token.check(testNow, DefaultAudience, nil)
		token.identities()
		token.issuers()
	})
}

// The law: nothing of a token in what is left, not even sixteen characters of
// it, wherever the text came from.
func FuzzRedact(f *testing.F) {
	token := jwt(f, nil)
	f.Add("bad token: " + token)
	f.Add(token[:len(token)/2] + "…")
	f.Add(token[20:] + token[:30])
	f.Add("token_" + token[3:60] + "_xyz")
	f.Add("nothing to see, a-rather-long-word_here")
	f.Add("of somebody else: eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.c2lnbmF0dXJl, and eyJ alone")
	f.Add(`{"error":"` + token[10:40] + `"}`)
	f.Fuzz(func(t *testing.T, text string) {
		left := redact(text, token)
		for i := 0; i+minSecret <= len(token); i++ {
			if piece := token[i : i+minSecret]; strings.Contains(left, piece) {
				t.Fatalf("%q is left in %q", piece, left)
			}
		}
		if looksLikeToken.MatchString(left) {
			t.Fatalf("something like a token is left in %q", left)
		}
	})
}
