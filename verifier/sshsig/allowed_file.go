package sshsig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// LineError says in which line a file of allowed signers was refused, and why.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ParseAllowedSigners reads a file of allowed signers (ssh-keygen(1), ALLOWED
// SIGNERS): a line for each key, of principals, options, key type and key, with
// a comment behind; blank lines and those that begin with # are passed over. At
// least one line has to be there.
//
// What could let in others than a reader of the file sees is a *LineError:
// cert-authority, because certificates are not judged; options that are not
// known, or twice; times without the Z that fixes them, which ssh-keygen reads
// in the zone of the machine; keys that are too weak; characters that cannot be
// seen.
func ParseAllowedSigners(text []byte) (*AllowedSigners, error) {
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(text), maxFileSize)
	}
	a := new(AllowedSigners)
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		line = strings.Trim(line, " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		if len(a.signers) == maxSigners {
			return nil, fmt.Errorf("more than %d signers", maxSigners)
		}
		if len(line) > maxLine {
			return nil, &LineError{number, fmt.Errorf("%d bytes, at most %d are read", len(line), maxLine)}
		}
		s, err := parseSigner(line)
		if err != nil {
			return nil, &LineError{number, err}
		}
		s.Line = number
		a.signers = append(a.signers, s)
	}
	if len(a.signers) == 0 {
		return nil, errors.New("no signer")
	}
	return a, nil
}

func parseSigner(line string) (s Signer, err error) {
	if !utf8.ValidString(line) || strings.ContainsFunc(line, unseen) {
		return s, errors.New("a character that cannot be seen, or that is not UTF-8")
	}
	var rest string
	if s.Principals, rest, err = cutPrincipals(line); err != nil {
		return s, err
	}
	if s.principals, err = parsePatternList(s.Principals); err != nil {
		return s, fmt.Errorf("principals: %w", err)
	}
	word, behind := cutWord(rest)
	if !isKeyType(word) {
		if word, behind, err = cutOptions(rest); err != nil {
			return s, err
		}
		if err := s.parseOptions(word); err != nil {
			return s, err
		}
		word, behind = cutWord(behind)
	}
	s.key, err = parseKey(word, behind)
	return s, err
}

// unseen characters are control characters, and those that change the order in
// which the others are shown or part lines for some programs alone.
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

// cutPrincipals takes the first field, which may stand in quotes.
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
		return "", "", errors.New("no key behind the principals")
	}
	return principals, rest, nil
}

// cutOptions takes the options: what stands before the first space that is not
// in quotes.
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
	return "", "", errors.New("no key: neither a type of key nor options with one behind")
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
			return errors.New("option cert-authority: certificates are not judged; name each key in a line of its own")
		case "namespaces":
			s.namespaces, err = parsePatternList(value)
		case "valid-after":
			s.ValidAfter, err = parseTime(value)
		case "valid-before":
			s.ValidBefore, err = parseTime(value)
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
		return errors.New("option valid-before: not after valid-after, so that nothing could be signed")
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
		return "", "", "", fmt.Errorf("options: %.40q is none", text)
	}
	return name, value, next, nil
}

// timeForms are those of ssh-keygen(1), by their lengths.
var timeForms = map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}

// parseTime reads YYYYMMDD, with HHMM or HHMMSS behind, and the Z that makes it
// UTC.
func parseTime(text string) (time.Time, error) {
	digits, utc := strings.CutSuffix(strings.ToUpper(text), "Z")
	t, err := time.Parse(timeForms[len(digits)], digits)
	switch {
	case err != nil || timeForms[len(digits)] == "" || t.Unix() <= 0:
		return time.Time{}, fmt.Errorf("%q is no time: write YYYYMMDDZ or YYYYMMDDHHMMSSZ", text)
	case !utc:
		return time.Time{}, fmt.Errorf("%q has no zone, and would mean another moment on each machine: write %sZ", text, text)
	}
	return t, nil
}

// isKeyType says whether a word is the type of a key, of whatever strength, and
// not options.
func isKeyType(word string) bool {
	for _, prefix := range []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"} {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return false
}

// parseKey reads a key in base64 with a comment behind, and holds it to the type
// that stands before it.
func parseKey(keyType, text string) (ssh.PublicKey, error) {
	encoded, _ := cutWord(text)
	if !isKeyType(keyType) || encoded == "" {
		return nil, fmt.Errorf("%.40q is no type of key with a key behind", keyType)
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if key.Type() != keyType {
		return nil, fmt.Errorf("key: of the type %q, and %q stands before it", key.Type(), keyType)
	}
	if err := checkKey(key); err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return key, nil
}
