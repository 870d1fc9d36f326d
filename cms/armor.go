package cms

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

const (
	armorBegin = "-----BEGIN SIGNED MESSAGE-----\n"
	armorEnd   = "-----END SIGNED MESSAGE-----\n"
	armorWidth = 64
)

// ParsePEM parses a signature as git stores it: one PEM block "SIGNED MESSAGE"
// in the spelling of docs/format.md §1, which leaves open only how many
// newlines end it (none, one or two), and in it what Parse accepts. Errors are
// those of Parse; the Offset of an error about the armor counts bytes of armored.
func ParsePEM(armored []byte) (*SignedData, error) {
	der, err := decodePEM(armored)
	if err != nil {
		return nil, err
	}
	return Parse(der)
}

// EncodePEM returns der in the armor of docs/format.md §1, with the final
// newline.
func EncodePEM(der []byte) []byte {
	body := base64.StdEncoding.EncodeToString(der)
	out := make([]byte, 0, len(armorBegin)+len(body)+len(body)/armorWidth+1+len(armorEnd))
	out = append(out, armorBegin...)
	for len(body) > 0 {
		n := min(armorWidth, len(body))
		out = append(append(out, body[:n]...), '\n')
		body = body[n:]
	}
	return append(out, armorEnd...)
}

func decodePEM(armored []byte) ([]byte, error) {
	bad := func(offset int, reason string) error {
		return &MalformedError{Field: "armor", Offset: offset, Reason: reason}
	}
	if len(armored) == 0 {
		return nil, bad(0, "empty")
	}
	if len(armored) > MaxArmored {
		return nil, bad(MaxArmored, fmt.Sprintf("longer than %d bytes", MaxArmored))
	}
	body, ok := bytes.CutPrefix(armored, []byte(armorBegin))
	if !ok {
		return nil, bad(0, `does not begin with a "-----BEGIN SIGNED MESSAGE-----" line`)
	}
	end := bytes.IndexByte(body, '-')
	if end < 0 {
		return nil, bad(len(armored), `ends without an "-----END SIGNED MESSAGE-----" line`)
	}
	// The decoder skips line breaks anywhere; the comparison below checks where
	// they are.
	der := make([]byte, base64.StdEncoding.DecodedLen(end))
	n, err := base64.StdEncoding.Strict().Decode(der, body[:end])
	if err != nil {
		return nil, bad(len(armorBegin), "not base64")
	}
	der = der[:n]
	// git writes one newline after the last line, tools that cut the signature
	// out of a commit write none, and libgit2 stores one more.
	want := append(EncodePEM(der), '\n')
	if n := len(want) - len(armored); n >= 0 && n <= 2 && bytes.Equal(armored, want[:len(armored)]) {
		return der, nil
	}
	return nil, bad(difference(armored, want), "not in the one spelling of docs/format.md §1")
}

// difference returns the first offset at which a and b differ.
func difference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
