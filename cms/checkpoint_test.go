package cms

import (
	"errors"
	"strings"
	"testing"
)

func TestParseCheckpoint(t *testing.T) {
	t.Parallel()
	const (
		root = "lYf6jJ1wP7yFpXGzJp3eO8dMZ2mWgk3iZ0sY2m0v3aA="
		sig  = "LK7VxSmgls/aiUdk9be+176OMRw5UQAFI2qkELJAwFs3UyMmnkCxPdWk0uSbPD75LQwqCMkD5xyuVBSPtIrcDiIXwwE="
		v1   = "rekor.example.com - 42\n7\n" + root + "\n\n\u2014 rekor.example.com " + sig + "\n"
		v2   = "log.example.com\n7\n" + root + "\n\n\u2014 log.example.com " + sig + "\n"
	)
	edit := func(s, old, new string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%q is not in the checkpoint", old)
		}
		return strings.Replace(s, old, new, 1)
	}
	for _, test := range []struct {
		name, note, want string // want: "v1", "v2", "malformed", "unsupported"
	}{
		{"Rekor v1", v1, "v1"},
		{"Rekor v2", v2, "v2"},
		{"further line", edit(v1, root+"\n", root+"\nTimestamp: 1\n"), "v1"},
		{"empty", "", "malformed"},
		{"over-long", v1 + strings.Repeat("x", maxCheckpoint), "malformed"},
		{"no signature", edit(v1, "\n\n", "\n"), "malformed"},
		{"two lines", edit(v1, root+"\n", ""), "malformed"},
		{"tree that is no number", edit(v1, " - 42", " - 4x"), "unsupported"},
		{"no tree", edit(v1, " - 42", " - "), "unsupported"},
		{"no name", edit(v2, "log.example.com", ""), "unsupported"},
		{"name with a plus", edit(v2, "log", "log+"), "unsupported"},
		{"name with a space", edit(v2, "log", "log "), "unsupported"},
		{"size 0", edit(v1, "\n7\n", "\n0\n"), "malformed"},
		{"negative size", edit(v1, "\n7\n", "\n-7\n"), "malformed"},
		{"size with a zero in front", edit(v1, "\n7\n", "\n07\n"), "malformed"},
		{"size with a sign", edit(v1, "\n7\n", "\n+7\n"), "malformed"},
		{"size past 63 bits", edit(v1, "\n7\n", "\n9223372036854775808\n"), "malformed"},
		{"short root", edit(v1, root, "AAAA"), "malformed"},
		{"root with padding bits", edit(v1, "aA=\n", "aB=\n"), "malformed"},
		{"root with a carriage return", edit(v1, root, root+"\r"), "malformed"},
		{"signature with padding bits", edit(v1, "wwE=", "wwF="), "malformed"},
		{"signature of a key id alone", edit(v1, sig, "LK7VxQ=="), "malformed"},
		{"signature by another name", edit(v1, "\u2014 rekor", "\u2014 other"), "malformed"},
		{"hyphen for the dash", edit(v1, "\u2014", "-"), "malformed"},
		{"two signatures", v1 + "\u2014 witness.example.com " + sig + "\n", "unsupported"},
		{"no final newline", strings.TrimSuffix(v1, "\n"), "malformed"},
		{"empty line at the end", v1 + "\n", "unsupported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := parseCheckpoint(test.note)
			got := "malformed"
			switch {
			case err == nil && c.rekorV1:
				got = "v1"
			case err == nil:
				got = "v2"
			case errors.As(err, new(*UnsupportedError)):
				got = "unsupported"
			}
			if got != test.want {
				t.Errorf("%s (%v), want %s", got, err, test.want)
			}
			if err == nil && (c.size != 7 || len(c.root) != 32) {
				t.Errorf("size %d, root %x", c.size, c.root)
			}
		})
	}
}
