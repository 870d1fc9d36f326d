package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// maxPatternStars bounds the work of one comparison, which grows with the
// number of stars times the length of the name.
const maxPatternStars = 16

// pattern is a whole text, in which * is any text without / and @, and ** any
// text at all. There is no way to write a star that means itself.
type pattern struct {
	tokens []string // star, doubleStar, or text
}

const (
	star       = "*"
	doubleStar = "**"
)

func isPattern(s string) bool { return strings.Contains(s, star) }

func parsePattern(s string) (*pattern, error) {
	p := new(pattern)
	stars := 0
	for s != "" {
		n := len(s) - len(strings.TrimLeft(s, star))
		switch {
		case n > len(doubleStar):
			return nil, fmt.Errorf("%q is neither * nor **", s[:n])
		case n == 0:
			if n = strings.Index(s, star); n < 0 {
				n = len(s)
			}
		default:
			stars++
		}
		p.tokens = append(p.tokens, s[:n])
		s = s[n:]
	}
	if stars > maxPatternStars {
		return nil, fmt.Errorf("a pattern with more than %d stars", maxPatternStars)
	}
	return p, nil
}

// matches compares the whole of s.
func (p *pattern) matches(s string) bool {
	if len(p.tokens) > 0 && p.tokens[0][0] != star[0] && !strings.HasPrefix(s, p.tokens[0]) {
		return false
	}
	// reached[i] says that the tokens so far can match s[:i].
	reached := make([]bool, len(s)+1)
	reached[0] = true
	for _, t := range p.tokens {
		next := make([]bool, len(s)+1)
		for i := range next {
			switch t {
			case star:
				next[i] = reached[i] || i > 0 && next[i-1] && s[i-1] != '/' && s[i-1] != '@'
			case doubleStar:
				next[i] = reached[i] || i > 0 && next[i-1]
			default:
				next[i] = i >= len(t) && reached[i-len(t)] && s[i-len(t):i] == t
			}
		}
		reached = next
	}
	return reached[len(s)]
}

// checkSubjectPattern refuses a pattern that leaves open who vouches for the
// names that match it: the host and the owner of a URI, the domain of an
// address. A provider that many use would otherwise let in everybody.
func checkSubjectPattern(s string) (fulcio.NameKind, error) {
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		owner, _, deeper := strings.Cut(path, "/")
		switch {
		case isPattern(scheme) || isPattern(host) || host == "":
			return fulcio.NoName, errors.New("the pattern leaves the host open")
		case (scheme == "https" || scheme == "http") && (isPattern(owner) || owner == "" || !deeper):
			return fulcio.NoName, errors.New("the pattern leaves the owner, the first part of the path, open")
		}
		return fulcio.URI, nil
	}
	kind, at := fulcio.KindOf(s), strings.LastIndexAny(s, "@!")
	if at < 0 {
		return fulcio.NoName, errors.New("the pattern is of no kind of name: a URI, an e-mail address, a username with its domain")
	}
	domain := s[at+1:]
	if open := strings.LastIndex(domain, star); open >= 0 {
		rest := domain[open+1:]
		_, fixed, ok := strings.Cut(rest, ".")
		if !ok || !strings.Contains(strings.Trim(fixed, "."), ".") {
			return fulcio.NoName, errors.New("the pattern leaves the domain open")
		}
	} else if domain == "" {
		return fulcio.NoName, errors.New("the pattern has no domain")
	}
	return kind, nil
}

// checkTagPattern refuses a pattern that says nothing.
func checkTagPattern(s string) error {
	if strings.Trim(s, "*/@.-_") == "" {
		return fmt.Errorf("%q matches every tag", s)
	}
	return nil
}
