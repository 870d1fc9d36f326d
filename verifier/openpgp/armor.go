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

// base64Digits are the characters of the armor's data and checksum.
const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// readBlock reads the armor that text begins with, and returns the text after
// it. It accepts what gpg accepts: armor headers with any name, or no value;
// lines of any length with white space in them; a checksum on a line of its own
// or on the data's, or none; any END line, or none. What is wrong for gpg is an
// error: a header without a colon, a character that is not base64, a checksum
// that does not match. Headers are not signed and not kept.
func readBlock(text []byte) (b block, rest []byte, err error) {
	line, rest := cutLine(text)
	kind, ok := beginLine(line)
	if !ok {
		return block{}, nil, errors.New("armor: no -----BEGIN line")
	}
	b.kind = kind
	if rest, err = skipHeaders(rest); err != nil {
		return block{}, nil, err
	}
	encoded, sum, rest, err := cutData(rest)
	if err != nil {
		return block{}, nil, err
	}
	if b.body, err = base64.RawStdEncoding.DecodeString(encoded); err != nil {
		return block{}, nil, fmt.Errorf("armor: %w", err)
	}
	if sum != "" && sum != crc24(b.body) {
		return block{}, nil, errors.New("armor: the checksum does not match")
	}
	return b, rest, nil
}

// beginLine returns the kind of armor that a line begins.
func beginLine(line string) (kind string, ok bool) {
	kind, begins := strings.CutPrefix(line, armorBegin)
	kind, ends := strings.CutSuffix(kind, armorDash)
	return kind, begins && ends
}

// skipHeaders returns the text after the blank line that ends the headers.
func skipHeaders(text []byte) ([]byte, error) {
	for len(text) > 0 {
		line, rest := cutLine(text)
		if line == "" {
			return rest, nil
		}
		if _, value, ok := strings.Cut(line, ":"); !ok || value != "" && value[0] != ' ' {
			return nil, fmt.Errorf("armor: %.40q is not an armor header, and there is no blank line before it", line)
		}
		text = rest
	}
	return nil, errors.New("armor: no blank line after the headers")
}

// cutData returns the data without white space and padding, the checksum if
// there is one, and the text after the END line.
func cutData(text []byte) (encoded, sum string, rest []byte, err error) {
	var data strings.Builder
	for len(text) > 0 {
		line, next := cutLine(text)
		if strings.HasPrefix(line, armorDash) {
			return data.String(), "", skipEnd(text), nil
		}
		for i, c := range []byte(line) {
			switch {
			case c == ' ' || c == '\t' || c == '\r':
			case c == '=':
				sum, rest, err := cutChecksum(text[i:])
				return data.String(), sum, rest, err
			case strings.IndexByte(base64Digits, c) < 0:
				return "", "", nil, fmt.Errorf("armor: the character %q in the data", c)
			default:
				data.WriteByte(c)
			}
		}
		text = next
	}
	return data.String(), "", nil, nil
}

// cutChecksum reads the checksum in text, which begins with the "=" of the
// padding or of the checksum, and returns the text after the END line.
func cutChecksum(text []byte) (sum string, rest []byte, err error) {
	text = bytes.TrimLeft(text, "= \t\r\n")
	digits := len(text) - len(bytes.TrimLeft(text, base64Digits))
	if digits > 0 && digits < 4 {
		return "", nil, errors.New("armor: the checksum is cut off")
	}
	if digits > 0 {
		sum = string(text[:4])
	}
	return sum, skipEnd(text), nil
}

// skipEnd returns the text after the next END line. Armor without one ends
// where the next armor begins, or with the text.
func skipEnd(text []byte) []byte {
	for len(text) > 0 {
		line, rest := cutLine(text)
		if _, begins := beginLine(line); begins {
			return text
		}
		if text = rest; strings.HasPrefix(line, armorDash) {
			break
		}
	}
	return text
}

// cutLine returns a line without its end and the white space before that, which
// mail programs add (RFC 9580, section 6.2.1), and the text after it.
func cutLine(text []byte) (string, []byte) {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimRight(string(line), " \t\r"), rest
}

// crc24 returns the armor's checksum as it is written there (RFC 9580, section
// 6.1.1). It protects against accidents only.
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
