package sshsig

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// AllowedSigners is a file of allowed signers. It is safe for parallel use.
type AllowedSigners struct {
	signers []Signer
}

// Signer is one line of the file: a key, and whom it may sign for.
type Signer struct {
	// Line is the line's number in the file, from 1.
	Line int
	// Principals are the names for which the key signs, as the line has them:
	// patterns with commas between.
	Principals string
	// ValidAfter and ValidBefore bound the time of signatures, both inside.
	// The zero value is no bound.
	ValidAfter, ValidBefore time.Time

	key        ssh.PublicKey
	principals patternList
	namespaces patternList // empty: all
}

// Signers returns the file's lines, in their order.
func (a *AllowedSigners) Signers() []Signer { return append([]Signer(nil), a.signers...) }

// Find returns the lines with the key that the signature names. Whether that
// key made it, Signature.Verify tells, and what else the line asks for, Check.
func (a *AllowedSigners) Find(s *Signature) []*Signer {
	var found []*Signer
	blob := s.parsed.PublicKey.Marshal()
	for i := range a.signers {
		if bytes.Equal(a.signers[i].key.Marshal(), blob) {
			found = append(found, &a.signers[i])
		}
	}
	return found
}

// Fingerprint is the key's, as ssh-keygen -l prints it: SHA256:….
func (s *Signer) Fingerprint() string { return ssh.FingerprintSHA256(s.key) }

// ErrPrincipal: the line does not name the principal.
var ErrPrincipal = errors.New("its principals do not name the committer")

// Check says whether the line lets its key sign for a principal in a namespace
// at a time. ErrPrincipal comes last, so that nothing else was wrong. A line
// with a bound allows no unknown time, which is the zero time.
func (s *Signer) Check(principal, namespace string, at time.Time) error {
	switch {
	case len(s.namespaces) > 0 && !s.namespaces.matches(namespace):
		return fmt.Errorf("its namespaces do not hold %q", namespace)
	case at.IsZero() && !(s.ValidAfter.IsZero() && s.ValidBefore.IsZero()):
		return errors.New("it has a time, and the object names none")
	case !s.ValidAfter.IsZero() && at.Before(s.ValidAfter):
		return fmt.Errorf("it is valid only after %s", s.ValidAfter.Format(time.RFC3339))
	case !s.ValidBefore.IsZero() && at.After(s.ValidBefore):
		return fmt.Errorf("it is valid only before %s", s.ValidBefore.Format(time.RFC3339))
	case principal == "" || len(principal) > maxName || !s.principals.matches(principal):
		return ErrPrincipal
	}
	return nil
}

// patternList is a list of patterns as ssh_config(5) describes it, PATTERNS: *
// is any text, ? any one byte, and a pattern behind ! takes away.
type patternList []string

func parsePatternList(text string) (patternList, error) {
	patterns := strings.Split(text, ",")
	if len(patterns) > maxPatterns {
		return nil, fmt.Errorf("%d patterns, at most %d are read", len(patterns), maxPatterns)
	}
	positive := false
	for _, p := range patterns {
		name := strings.TrimPrefix(p, "!")
		switch {
		case name == "":
			return nil, errors.New("an empty pattern")
		case strings.ContainsAny(name, "! \t\"\\"):
			return nil, fmt.Errorf("%q is no pattern", p)
		}
		positive = positive || name == p
	}
	if !positive {
		return nil, fmt.Errorf("%q matches nobody: it only takes away", text)
	}
	return patterns, nil
}

// matches compares whole names, with regard to case, as ssh-keygen does.
func (l patternList) matches(name string) bool {
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
