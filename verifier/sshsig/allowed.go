package sshsig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// AllowedSigners is a file of allowed signers. It is safe for parallel use.
type AllowedSigners struct {
	signers    []*Signer
	byKey      map[string][]*Signer // by the key's blob
	passedOver map[string]Warning   // the first such line with the key
	warnings   []Warning
}

// Signer is one line of the file: a key, and whom it may sign for.
type Signer struct {
	// Line is the line's number in the file, from 1.
	Line int
	// Principals are the names for which the key signs, as the line has them:
	// patterns with commas between.
	Principals string
	// ValidAfter and ValidBefore bound the time of signatures, both inclusive.
	// The zero value is no bound.
	ValidAfter, ValidBefore time.Time

	key        ssh.PublicKey
	principals patternList
	namespaces patternList // empty: all
	zoneless   bool        // a bound is written without a zone
}

// Signers returns the file's lines, in their order.
func (a *AllowedSigners) Signers() []*Signer { return slices.Clone(a.signers) }

// Warnings returns the lines that were passed over or are not read literally.
func (a *AllowedSigners) Warnings() []Warning { return slices.Clone(a.warnings) }

// Find returns the lines with the key that the signature names. Whether that
// key made it, Signature.Verify tells, and what else the line asks for, Check.
func (a *AllowedSigners) Find(s *Signature) []*Signer { return a.byKey[string(s.blob)] }

// PassedOver returns why a line with the signature's key does not count.
func (a *AllowedSigners) PassedOver(s *Signature) (Warning, bool) {
	w, ok := a.passedOver[string(s.blob)]
	return w, ok
}

// Fingerprint returns the key's, as ssh-keygen -l prints it: SHA256:….
func (s *Signer) Fingerprint() string { return ssh.FingerprintSHA256(s.key) }

// Check says whether the line lets its key sign in a namespace at a time. A line
// with a bound does not allow an unknown time, which is the zero time.
func (s *Signer) Check(namespace string, at time.Time) error {
	switch {
	case len(s.namespaces) > 0 && !s.namespaces.match(namespace):
		return fmt.Errorf("its namespaces do not include %q", namespace)
	case at.IsZero() && !(s.ValidAfter.IsZero() && s.ValidBefore.IsZero()):
		return errors.New("it is valid for some time only, and the object has no time")
	case !s.ValidAfter.IsZero() && at.Before(s.ValidAfter):
		return fmt.Errorf("it is valid only after %s", s.ValidAfter.Format(time.RFC3339))
	case !s.ValidBefore.IsZero() && at.After(s.ValidBefore):
		return fmt.Errorf("it is valid only before %s", s.ValidBefore.Format(time.RFC3339))
	}
	return nil
}

// Names reports whether the line's principals include a name. Unlike ssh-keygen
// it ignores the case of ASCII letters, as it is ignored in all addresses here:
// of names that a line takes away, too.
func (s *Signer) Names(principal string) bool {
	return principal != "" && len(principal) <= maxName && s.principals.match(foldASCII(principal))
}

// patternList is a list of patterns as ssh_config(5) describes it, PATTERNS: * is
// any text, ? any one byte, and a pattern after ! takes away.
type patternList []string

func parsePatternList(text string) (patternList, error) {
	patterns := strings.Split(text, ",")
	if len(patterns) > maxPatterns {
		return nil, fmt.Errorf("%d patterns; at most %d are read", len(patterns), maxPatterns)
	}
	positive := false
	for _, p := range patterns {
		name := strings.TrimPrefix(p, "!")
		switch {
		case name == "":
			return nil, errors.New("an empty pattern")
		case strings.ContainsAny(name, "!\"\\"):
			return nil, fmt.Errorf("%q is not a pattern", p)
		}
		positive = positive || name == p
	}
	if !positive {
		return nil, fmt.Errorf("%q matches no one: it only takes away", text)
	}
	return patterns, nil
}

// match compares whole names.
func (l patternList) match(name string) bool {
	found := false
	for _, p := range l {
		pattern, negated := strings.CutPrefix(p, "!")
		if !matchPattern(pattern, name) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

// foldASCII lowers the letters A to Z, and no others.
func foldASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// matchPattern takes time in proportion to both lengths: at a mismatch only the
// last star can have to take more.
func matchPattern(pattern, name string) bool {
	p, n, star, taken := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			taken++
			p, n = star+1, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
