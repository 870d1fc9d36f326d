package policy

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// Signing is what a policy judges: who signed what, and when.
type Signing struct {
	Identity fulcio.CertificateIdentity
	Cert     *x509.Certificate
	Root     string    // the name of the trusted root
	At       time.Time // proven; zero when it is not
	Object   Object
}

// part is a part of a rule, in the order of comparison: the later the part in
// which a rule differs, the nearer it was.
type part int

const (
	PartNone    part = iota // nothing differs
	partSubject             // somebody else
	partIssuer              // the same name by another provider
	partTrust
	partExtensions
	partTime
	partTags
	partCommitter
)

// rule is an identity of a policy, ready to be compared.
type rule struct {
	Identity
	signer signer
	tags   []*pattern
	oneOff bool
}

// signer compares name and provider.
type signer struct {
	subject  string          // as it is written; empty where there is a regexp
	folded   string          // in lower case
	pattern  *pattern        // of the subject, in lower case for e-mail; nil where it is none
	kind     fulcio.NameKind // that the pattern is for
	issuer   string
	subjects *regexp.Regexp
	issuers  *regexp.Regexp
}

func newRule(id Identity) (rule, error) {
	r := rule{Identity: id.clone()}
	if err := id.check(); err != nil {
		return rule{}, err
	}
	var err error
	if r.signer, err = newSigner(id.Subject, id.Issuer); err != nil {
		return rule{}, err
	}
	for _, t := range id.Tags {
		p, err := parsePattern(t)
		if err != nil {
			return rule{}, &fieldError{"tags", err}
		}
		r.tags = append(r.tags, p)
	}
	return r, nil
}

func newSigner(subject, issuer string) (signer, error) {
	s := signer{subject: subject, folded: FoldAddress(subject), issuer: issuer}
	if !isPattern(subject) {
		return s, nil
	}
	var err error
	if s.kind, err = checkSubjectPattern(subject); err != nil {
		return signer{}, &fieldError{"subject", err}
	}
	text := subject
	if s.kind == fulcio.Email {
		text = s.folded
	}
	if s.pattern, err = parsePattern(text); err != nil {
		return signer{}, &fieldError{"subject", err}
	}
	return s, nil
}

// newOneOffRule compiles what flags give.
func newOneOffRule(id Identity) (rule, error) {
	r := rule{Identity: id, oneOff: true}
	if !id.equal(Identity{Subject: id.Subject, Issuer: id.Issuer, SubjectRegexp: id.SubjectRegexp, IssuerRegexp: id.IssuerRegexp}) {
		return rule{}, errors.New("flags name subject and issuer alone")
	}
	r.signer = signer{subject: id.Subject, folded: FoldAddress(id.Subject), issuer: id.Issuer}
	for _, f := range []struct {
		name, exact, re string
		compiled        **regexp.Regexp
		probes          []string
	}{
		{"subject", id.Subject, id.SubjectRegexp, &r.signer.subjects, []string{"\x00@a.invalid", "https://b.invalid/\x00", "\x00!c.invalid"}},
		{"issuer", id.Issuer, id.IssuerRegexp, &r.signer.issuers, []string{"https://a.invalid", "https://b.invalid/\x00"}},
	} {
		switch {
		case (f.exact == "") == (f.re == ""):
			return rule{}, fmt.Errorf("%s: one of the whole name and a regular expression is needed", f.name)
		case f.re == "":
			if err := checkText(f.exact); err != nil {
				return rule{}, &fieldError{f.name, err}
			}
		default:
			re, err := compileWhole(f.re, f.probes)
			if err != nil {
				return rule{}, &fieldError{f.name, err}
			}
			*f.compiled = re
		}
	}
	if id.Issuer != "" {
		if err := checkIssuer(id.Issuer); err != nil {
			return rule{}, &fieldError{"issuer", err}
		}
	}
	if err := checkText(id.Name); err != nil {
		return rule{}, &fieldError{"name", err}
	}
	return r, nil
}

// compileWhole compiles a regular expression (RE2) for matchesWhole, and
// refuses one that matches all the probes, which have nothing in common.
func compileWhole(expression string, probes []string) (*regexp.Regexp, error) {
	if err := checkText(expression); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	re.Longest()
	for _, p := range probes {
		if !matchesWhole(re, p) {
			return re, nil
		}
	}
	return nil, fmt.Errorf("%q matches everybody", expression)
}

// matchesWhole asks whether the whole of s matches. Longest makes the match
// that begins first the longest one, so that nothing has to be written around
// the expression, which could change it.
func matchesWhole(re *regexp.Regexp, s string) bool {
	loc := re.FindStringIndex(s)
	return loc != nil && loc[0] == 0 && loc[1] == len(s)
}

// names says whether the certificate's name is the signer's. A name in a form
// that is another kind's is nobody's: who may choose his own username, say, must
// not become an e-mail address by it.
func (s *signer) names(id fulcio.CertificateIdentity) bool {
	switch {
	case id.SubjectAlternativeName == "" || id.Kind != fulcio.KindOf(id.SubjectAlternativeName):
		return false
	case s.subjects != nil:
		return matchesWhole(s.subjects, id.SubjectAlternativeName)
	case s.pattern != nil && id.Kind != s.kind:
		return false
	case s.pattern != nil && id.Kind == fulcio.Email:
		return s.pattern.matches(FoldAddress(id.SubjectAlternativeName))
	case s.pattern != nil:
		return s.pattern.matches(id.SubjectAlternativeName)
	case id.Kind == fulcio.Email:
		return len(s.folded) == len(id.SubjectAlternativeName) && s.folded == FoldAddress(id.SubjectAlternativeName)
	}
	return s.subject == id.SubjectAlternativeName
}

// vouched says whether the certificate's provider is the signer's.
func (s *signer) vouched(id fulcio.CertificateIdentity) bool {
	switch {
	case id.Issuer == "":
		return false
	case s.issuers != nil:
		return matchesWhole(s.issuers, id.Issuer)
	}
	return s.issuer == id.Issuer
}

// Differs returns the first part in which the rule does not match, partNone
// when all of it does.
func (r *rule) Differs(s *Signing) part {
	switch {
	case !r.signer.names(s.Identity):
		return partSubject
	case !r.signer.vouched(s.Identity):
		return partIssuer
	case r.Trust != "" && r.Trust != s.Root:
		return partTrust
	case r.missingExtension(s.Cert) != "":
		return partExtensions
	case !within(r.From, r.Until, s.At):
		return partTime
	case !r.maySign(s.Object):
		return partTags
	case !r.committed(s):
		return partCommitter
	}
	return PartNone
}

// missingExtension returns the name of an extension that the certificate does
// not have as the rule wants it.
func (r *rule) missingExtension(cert *x509.Certificate) string {
	for _, name := range fulcio.SortedKeys(r.Extensions) {
		if value, ok := fulcio.FulcioValue(cert, name); !ok || value != r.Extensions[name] {
			return name
		}
	}
	return ""
}

// maySign says whether the rule is for objects of this kind.
func (r *rule) maySign(o Object) bool {
	if len(r.Tags) == 0 {
		return true
	}
	return o.Type == Tag && o.TagName != "" &&
		slices.ContainsFunc(r.tags, func(p *pattern) bool { return p.matches(o.TagName) })
}

// committed says whether the object names a committer or tagger whom the rule
// lets the signer be.
func (r *rule) committed(s *Signing) bool {
	own := s.Identity.Kind == fulcio.Email
	if r.oneOff || s.Object.Type == PushCertificate || !own && len(r.Committers) == 0 {
		return true
	}
	if s.Object.Committer == "" {
		return false
	}
	address := FoldAddress(s.Object.Committer)
	return own && address == FoldAddress(s.Identity.SubjectAlternativeName) ||
		slices.ContainsFunc(r.Committers, func(c string) bool { return FoldAddress(c) == address })
}

// within says whether a proven time lies in [from, until). A time that is not
// proven lies in no window that has a bound.
func within(from, until, at time.Time) bool {
	if from.IsZero() && until.IsZero() {
		return true
	}
	return !at.IsZero() && !at.Before(from) && (until.IsZero() || at.Before(until))
}

// revocation is a revocation of a policy, ready to be compared.
type revocation struct {
	Revocation
	signer signer
}

func newRevocation(r Revocation) (revocation, error) {
	if err := r.check(); err != nil {
		return revocation{}, err
	}
	s, err := newSigner(r.Subject, r.Issuer)
	return revocation{r, s}, err
}

// withdraws says whether what was signed is revoked. Only a proven time can
// tell: what is not proven is never good anyway.
func (r *revocation) withdraws(s *Signing) bool {
	return !s.At.IsZero() && r.signer.names(s.Identity) && r.signer.vouched(s.Identity) && within(r.From, r.Until, s.At)
}

// FoldAddress returns an e-mail address as policies compare it, with A to Z in
// lower case. Those alone: under Unicode's folding the Kelvin sign is a k,
// and another mailbox's owner would pass.
func FoldAddress(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
