package display

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "alice@example.com", "alice@example.com"},
		{"other scripts", "Zoë Ñandú 山田", "Zoë Ñandú 山田"},
		{"newline", "a\n[GNUPG:] GOODSIG", `a\x0a[GNUPG:] GOODSIG`},
		{"escape sequence", "\x1b[2Jgood", `\x1b[2Jgood`},
		{"C1 control", "\u009b2J", `\u{9b}2J`},
		{"bidirectional override", "\u202emoc.elpmaxe", `\u{202e}moc.elpmaxe`},
		{"zero width", "al\u200bice", `al\u{200b}ice`},
		{"no-break space", "a\u00a0b", `a\u{a0}b`},
		{"invalid UTF-8", "a\xff", `a\xff`},
		{"backslash, or the escape could be forged", `a\x0a`, `a\\x0a`},
		{"token", "in eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.c2lnbmF0dXJl, as it were", "in [token], as it were"},
		{"token without a signature", "eyJhbGciOiJub25lIn0.ewogICJzdWIiOiI3In0.", "[token]"},
		{"no token", "/home/keyJournalling.d/eyJohnsonville@example.com", "/home/keyJournalling.d/eyJohnsonville@example.com"},
		{"too long", strings.Repeat("a", maxShown+1), strings.Repeat("a", maxShown) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Value(tc.in); got != tc.want {
				t.Errorf("printable(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

// The law: whatever goes in, one printable line of bounded length comes out.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"alice@example.com", "a\nb", "\x1b]0;x\a", "\u202e", "\xff\xfe", `\x0a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Value(s)
		if !utf8.ValidString(out) {
			t.Errorf("printable(%q) = %q: not UTF-8", s, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Errorf("printable(%q) = %q: holds %U", s, out, r)
			}
		}
		if n := utf8.RuneCountInString(out); n > maxShown*len(`\u{10ffff}`)+1 {
			t.Errorf("printable: %d characters", n)
		}
	})
}
