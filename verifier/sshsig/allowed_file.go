package sshsig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Warning says what was passed over in a line of a file of allowed signers, or
// how the line was read.
type Warning struct {
	Line   int // from 1
	Reason string
}

// ParseAllowedSigners reads a file of allowed signers (ssh-keygen(1), ALLOWED
// SIGNERS): a line for each key, of principals, options, key type and key, and a
// comment. Blank lines and lines that begin with # are skipped.
//
// A line only ever allows more, so a line that cannot be used is passed over with
// a warning: certificate authorities, because certificates are not verified;
// options that are not known; keys that are too weak or of an unknown type;
// characters that cannot be seen. Times without a zone, which ssh-keygen reads in
// the zone of the machine, are read so that they allow the least. The error is
// for a file that has no signer or is too long.
func ParseAllowedSigners(text []byte) (*AllowedSigners, error) {
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("%d bytes; at most %d are read", len(text), maxFileSize)
	}
	a := &AllowedSigners{byKey: make(map[string][]*Signer), passedOver: make(map[string]Warning)}
	number, lines := 0, 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		line = strings.Trim(line, " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		if lines++; lines > maxSigners {
			return nil, fmt.Errorf("more than %d signers", maxSigners)
		}
		a.add(number, line)
	}
	if lines == 0 {
		return nil, errors.New("no signer")
	}
	return a, nil
}

// add reads one line.
func (a *AllowedSigners) add(number int, line string) {
	s := &Signer{Line: number}
	blob, err := s.parse(line)
	switch {
	case err != nil:
		w := Warning{number, "passed over: " + err.Error()}
		a.warnings = append(a.warnings, w)
		if _, known := a.passedOver[string(blob)]; blob != nil && !known {
			a.passedOver[string(blob)] = w
		}
		return
	case s.zoneless:
		a.warnings = append(a.warnings, Warning{number, "a time without a zone, which is another moment on each machine, is read so that it allows the least: write it with Z"})
	}
	a.signers = append(a.signers, s)
	a.byKey[string(blob)] = append(a.byKey[string(blob)], s)
}

// parse reads a line. The key's blob is returned also with an error, if the line
// has one.
func (s *Signer) parse(line string) (blob []byte, err error) {
	if len(line) > maxLine {
		return nil, fmt.Errorf("%d bytes; at most %d are read", len(line), maxLine)
	}
	head, keyType, encoded, err := splitLine(line)
	if err != nil {
		return nil, err
	}
	if blob, err = base64.StdEncoding.Strict().DecodeString(encoded); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if strings.ContainsFunc(line, unseen) || !utf8.ValidString(head.principals+head.options) {
		return blob, errors.New("a character that cannot be seen, or that is not UTF-8")
	}
	s.Principals = head.principals
	if s.principals, err = parsePatternList(foldASCII(head.principals)); err != nil {
		return blob, fmt.Errorf("principals: %w", err)
	}
	if head.options != "" {
		if err := s.parseOptions(head.options); err != nil {
			return blob, err
		}
	}
	if s.key, err = parseKey(blob); err != nil {
		return blob, err
	}
	if s.key.Type() != keyType {
		return blob, fmt.Errorf("the key is of the type %q, and the line says %q", s.key.Type(), keyType)
	}
	return blob, nil
}

// lineHead is what stands in a line before the key.
type lineHead struct{ principals, options string }

// splitLine cuts a line into its fields.
func splitLine(line string) (head lineHead, keyType, key string, err error) {
	var rest string
	if head.principals, rest, err = cutPrincipals(line); err != nil {
		return head, "", "", err
	}
	keyType, rest2 := cutWord(rest)
	if !isKeyType(keyType) {
		if head.options, rest2, err = cutOptions(rest); err != nil {
			return head, "", "", err
		}
		keyType, rest2 = cutWord(rest2)
	}
	if key, _ = cutWord(rest2); !isKeyType(keyType) || key == "" {
		return head, "", "", fmt.Errorf("%.40q is not a key type with a key after it", keyType)
	}
	return head, keyType, key, nil
}

// unseen characters are control characters, and those that change the order in
// which others are shown or split lines for some programs only.
func unseen(r rune) bool {
	return r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

const blanks = " \t"

func cutWord(text string) (word, rest string) {
	end := strings.IndexAny(text, blanks)
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeft(text[end:], blanks)
}

// cutPrincipals takes the first field, which may be in quotes and then have
// spaces in it.
func cutPrincipals(line string) (principals, rest string, err error) {
	if inside, quoted := strings.CutPrefix(line, `"`); quoted {
		var closed bool
		if principals, rest, closed = strings.Cut(inside, `"`); !closed || rest == "" || !strings.ContainsAny(rest[:1], blanks) {
			return "", "", errors.New("principals: quotes that do not close before a space")
		}
		rest = strings.TrimLeft(rest, blanks)
	} else {
		principals, rest = cutWord(line)
	}
	if rest == "" {
		return "", "", errors.New("no key after the principals")
	}
	return principals, rest, nil
}

// cutOptions takes the options: the text before the first space that is not in
// quotes.
func cutOptions(text string) (options, rest string, err error) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '\\':
			return "", "", errors.New("options: a backslash")
		case c == '"':
			quoted = !quoted
		case !quoted && strings.ContainsRune(blanks, c):
			return text[:i], strings.TrimLeft(text[i:], blanks), nil
		}
	}
	return "", "", errors.New("no key: neither a key type nor options with a key after them")
}

func (s *Signer) parseOptions(options string) error {
	seen := make(map[string]bool)
	for rest := options; ; {
		name, value, next, err := cutOption(rest)
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("option %s: twice", name)
		}
		seen[name] = true
		switch name {
		case "cert-authority":
			return errors.New("option cert-authority: certificates are not verified; name each key in a line of its own")
		case "namespaces":
			s.namespaces, err = parsePatternList(value)
		case "valid-after":
			s.ValidAfter, err = s.parseTime(value, latestZone)
		case "valid-before":
			s.ValidBefore, err = s.parseTime(value, earliestZone)
		default:
			return fmt.Errorf("option %q: not known", name)
		}
		if err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
		if next == "" {
			break
		}
		rest = next[1:]
	}
	if !s.ValidAfter.IsZero() && !s.ValidBefore.IsZero() && !s.ValidAfter.Before(s.ValidBefore) {
		return errors.New("option valid-before: no moment is surely after valid-after and before it")
	}
	return nil
}

// cutOption takes one option, name or name="value", and returns what follows:
// nothing, or a comma and the next one.
func cutOption(text string) (name, value, next string, err error) {
	end := strings.IndexAny(text, `=,"`)
	if end < 0 {
		end = len(text)
	}
	name, next = strings.ToLower(text[:end]), text[end:]
	if inside, ok := strings.CutPrefix(next, `="`); ok {
		var closed bool
		if value, next, closed = strings.Cut(inside, `"`); !closed || value == "" {
			return "", "", "", fmt.Errorf("option %s: no value in quotes", name)
		}
	}
	if next != "" && (next[0] != ',' || next == ",") || name == "" {
		return "", "", "", fmt.Errorf("options: %.40q is not an option", text)
	}
	return name, value, next, nil
}

// The zones that bound what a time without one may mean: a moment comes last in
// the west, at UTC-12, and first in the east, at UTC+14.
const (
	latestZone   = 12 * time.Hour
	earliestZone = -14 * time.Hour
)

// timeForms are those of ssh-keygen(1), by their lengths.
var timeForms = map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}

// parseTime reads YYYYMMDD, HHMM or HHMMSS if there is more, and Z or UTC. Without
// those it is the local time of a machine, and the moment in zone is returned.
func (s *Signer) parseTime(text string, zone time.Duration) (time.Time, error) {
	upper := strings.ToUpper(text)
	digits, utc := strings.CutSuffix(upper, "Z")
	if !utc {
		digits, utc = strings.CutSuffix(upper, "UTC")
	}
	t, err := time.Parse(timeForms[len(digits)], digits)
	if err != nil || timeForms[len(digits)] == "" || t.Unix() <= 0 {
		return time.Time{}, fmt.Errorf("%q is not a time: write YYYYMMDDZ or YYYYMMDDHHMMSSZ", text)
	}
	if !utc {
		s.zoneless = true
		t = t.Add(zone)
	}
	return t, nil
}

// isKeyType reports whether a word is the type of a key, of whatever strength, and
// not an option.
func isKeyType(word string) bool {
	for _, prefix := range []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-", "webauthn-"} {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return signatureFormats[word] != nil || strings.Contains(word, "-cert-v0")
}
