package openpgp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// block is one piece of ASCII armor (RFC 9580, section 6.2).
type block struct {
	kind string // "PGP SIGNATURE"
	body []byte
}

const (
	armorBegin = "-----BEGIN "
	armorEnd   = "-----END "
	armorDash  = "-----"
)

// readBlock reads the armor that text begins with, and returns what stands
// behind it. Unlike the library's reader it passes over nothing: not over what
// stands before the armor or between its lines, nor over a checksum that is
// wrong. Armor headers ("Version: …") are not signed and not kept.
func readBlock(text []byte) (b block, rest []byte, err error) {
	line, rest := cutLine(text)
	kind, ok := strings.CutPrefix(line, armorBegin)
	kind, dashes := strings.CutSuffix(kind, armorDash)
	if !ok || !dashes {
		return block{}, nil, errors.New("armor: does not begin with -----BEGIN")
	}
	b.kind = kind
	for line, rest = cutLine(rest); line != ""; line, rest = cutLine(rest) {
		if name, _, ok := strings.Cut(line, ": "); !ok || name == "" || strings.Contains(name, " ") {
			return block{}, nil, fmt.Errorf("armor: %.40q is no armor header", line)
		}
		if len(rest) == 0 {
			return block{}, nil, errors.New("armor: no blank line behind the headers")
		}
	}
	var encoded strings.Builder
	for line, rest = cutLine(rest); !strings.HasPrefix(line, "=") && !strings.HasPrefix(line, armorDash); line, rest = cutLine(rest) {
		if line == "" || len(line) > 76 {
			return block{}, nil, errors.New("armor: a line that is empty or longer than 76 characters")
		}
		encoded.WriteString(line)
	}
	if b.body, err = base64.StdEncoding.Strict().DecodeString(encoded.String()); err != nil {
		return block{}, nil, fmt.Errorf("armor: %w", err)
	}
	if sum, ok := strings.CutPrefix(line, "="); ok {
		if sum != crc24(b.body) {
			return block{}, nil, errors.New("armor: checksum does not match")
		}
		line, rest = cutLine(rest)
	}
	if line != armorEnd+kind+armorDash {
		return block{}, nil, errors.New("armor: does not end with -----END")
	}
	return b, rest, nil
}

// cutLine returns a line without its end and without the spaces before that,
// which mail programs add (RFC 9580, section 6.2.1), and what follows it.
func cutLine(text []byte) (string, []byte) {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimRight(string(line), " \t\r"), rest
}

// crc24 is the armor's checksum as it is written there (RFC 9580, section
// 6.1.1). It is against accidents alone.
func crc24(body []byte) string {
	crc := uint32(0xb704ce)
	for _, b := range body {
		crc ^= uint32(b) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return base64.StdEncoding.EncodeToString([]byte{byte(crc >> 16), byte(crc >> 8), byte(crc)})
}
