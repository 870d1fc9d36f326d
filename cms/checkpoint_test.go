package cms

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
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

		witness = "\u2014 witness.example.com " + sig
		other   = "AAAAAAE="
	)
	witnesses := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "\u2014 witness%d.example.com %s\n", i, sig)
		}
		return b.String()
	}
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
		{"witness after the log", v1 + witness + "\n", "v1"},
		{"witness before the log", edit(v2, "\n\n", "\n\n"+witness+"\n"), "v2"},
		{"two keys of the log's name", v2 + "\u2014 log.example.com " + other + "\n", "v2"},
		{"as many lines as there may be", v1 + witnesses(maxNoteSignatures-1), "v1"},
		{"one line more", v1 + witnesses(maxNoteSignatures), "unsupported"},
		{"witnesses alone", edit(v1, "\u2014 rekor.example.com "+sig+"\n", witness+"\n"), "malformed"},
		{"witness with a name that begins alike", edit(v2, "\u2014 log.example.com", "\u2014 log.example.com.example.org"), "malformed"},
		{"one line twice", v1 + witness + "\n" + witness + "\n", "malformed"},
		{"witness without a name", v1 + "\u2014  " + sig + "\n", "malformed"},
		{"witness with a plus", v1 + "\u2014 a+b " + sig + "\n", "malformed"},
		{"witness without a signature", v1 + "\u2014 witness.example.com\n", "malformed"},
		{"witness with two signatures", v1 + witness + " " + sig + "\n", "malformed"},
		{"witness with padding bits", v1 + edit(witness, "wwE=", "wwF=") + "\n", "malformed"},
		{"witness with a carriage return", v1 + witness + "\r\n", "malformed"},
		{"witness line without an end", v1 + witness, "malformed"},
		{"words after the signatures", v1 + "words\n", "malformed"},
		{"no final newline", strings.TrimSuffix(v1, "\n"), "malformed"},
		{"empty line at the end", v1 + "\n", "malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := ParseCheckpoint(test.note)
			got := "malformed"
			switch {
			case err == nil && c.RekorV1:
				got = "v1"
			case err == nil:
				got = "v2"
			case errors.As(err, new(*UnsupportedError)):
				got = "unsupported"
			}
			if got != test.want {
				t.Errorf("%s (%v), want %s", got, err, test.want)
			}
			if err == nil && (c.TreeSize != 7 || len(c.RootHash) != 32) {
				t.Errorf("size %d, root %x", c.TreeSize, c.RootHash)
			}
			if err == nil && reassembled(c) != test.note {
				t.Errorf("parsed and written again: %q", reassembled(c))
			}
		})
	}
}

// reassembled writes a checkpoint from its parts: what it does not hold was not
// read.
func reassembled(c *Checkpoint) string {
	note := c.Text + "\n"
	for _, s := range c.Signatures {
		value := append(binary.BigEndian.AppendUint32(nil, s.KeyHash), s.Signature...)
		note += "\u2014 " + s.Name + " " + base64.StdEncoding.EncodeToString(value) + "\n"
	}
	return note
}
