package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/verifier/openpgp"
	"github.com/git-seal/git-seal/verifier/policy/strictyaml"
)

// Path is the file of the policy in a commit that supplies it. Its key files are
// in the same directory or below.
const Path = ".git-seal/policy.yaml"

// Policy says who may sign, until when, and what evidence is asked for. It is
// read once and safe for parallel use. docs/policy.md is its specification.
type Policy struct {
	source      string
	text        []byte
	digest      [sha256.Size]byte
	Rules       []rule
	revocations []revocation
	require     []Evidence
	oneOff      bool
	SignerKeys  keySet
	forgeKeys   keySet
	keyFiles    []KeyFile
	openPGP     *openpgp.Keyring
	keyWarnings []KeyWarning
	history     History
	forgeRules  bool // history has rules about the forge
}

// Identity is one whom a policy allows. Everything that is set has to
// match.
type Identity struct {
	// Name is what people call the signer; reports give it as the rule that
	// allowed an object.
	Name string
	// Subject is the certificate's whole subject alternative name, or a
	// pattern for it: * is any text without / and @, ** is any text. E-mail
	// addresses are compared without regard to the case of ASCII letters,
	// everything else byte by byte.
	Subject string
	// Issuer is the URL of the OpenID provider, compared byte by byte.
	Issuer string
	// Committers are the e-mail addresses, beside a subject that is one
	// itself, that the commit's committer or the tag's tagger may have. For
	// another kind of subject the committer is compared only where there are
	// some.
	Committers []string
	// From and Until bound the proven time: From is inside, Until is not. The
	// zero value is no bound.
	From, Until time.Time
	// Extensions are values that the certificate's extensions have to have,
	// byte by byte, under the names of ExtensionNames.
	Extensions map[string]string
	// Tags are patterns, where there are some, for the names of the tags that
	// the identity may sign; it then signs nothing else.
	Tags []string
	// Trust is the name of the trusted root that has to have judged; empty
	// for any.
	Trust string

	// SubjectRegexp and IssuerRegexp stand in for Subject and Issuer in a
	// one-off policy (NewPolicy) and match the whole name. A file has none.
	SubjectRegexp, IssuerRegexp string
}

// Revocation withdraws a signer: what was signed inside its window is revoked,
// whoever allows it.
type Revocation struct {
	// Subject and Issuer are those of a PolicyIdentity.
	Subject, Issuer string
	// From and Until bound the proven time: From is inside, Until is not. The
	// zero value is no bound.
	From, Until time.Time
	// Reason is for people; it may be empty.
	Reason string
}

// Evidence is a kind of evidence that a policy can require.
type Evidence string

// The kinds of evidence.
const (
	EvidenceLog       Evidence = "log"
	EvidenceTimestamp Evidence = "timestamp"
)

// defaultRequire is what is required where nothing is said, and without a
// policy.
var defaultRequire = []Evidence{EvidenceLog}

// New returns a one-off policy that allows ids, as the flags of one
// command line name them: whole names in which * is a plain character, or
// regular expressions. The committer is not compared, because the flags name
// none, and fields that the flags do not have must be empty; a policy with
// more in it is a file (ParsePolicy). Source says where it came from, for
// reports.
func New(source string, ids ...Identity) (*Policy, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("policy %q: names nobody", source)
	}
	p := &Policy{source: source, require: defaultRequire, oneOff: true, history: History{HistoryRules: defaultHistory}}
	var text strings.Builder
	for _, id := range ids {
		r, err := newOneOffRule(id)
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", source, err)
		}
		p.Rules = append(p.Rules, r)
		for _, f := range []struct{ flag, value string }{
			{"certificate-identity", id.Subject}, {"certificate-identity-regexp", id.SubjectRegexp},
			{"certificate-oidc-issuer", id.Issuer}, {"certificate-oidc-issuer-regexp", id.IssuerRegexp},
		} {
			if f.value != "" {
				fmt.Fprintf(&text, "%s: %s\n", f.flag, strictyaml.Quote(f.value))
			}
		}
	}
	p.text = []byte(text.String())
	p.digest = sha256.Sum256(p.text)
	return p, nil
}

// Source says where the policy came from.
func (p *Policy) Source() string { return p.source }

// Digest is the SHA-256 of Text.
func (p *Policy) Digest() [sha256.Size]byte { return p.digest }

// Text returns the policy as YAML, byte by byte as it was parsed; of a one-off
// policy the flags that make it up.
func (p *Policy) Text() []byte { return slices.Clone(p.text) }

// Identities returns whom the policy allows, in the order of its text.
func (p *Policy) Identities() []Identity {
	ids := make([]Identity, 0, len(p.Rules))
	for i := range p.Rules {
		ids = append(ids, p.Rules[i].clone())
	}
	return ids
}

// Revocations returns whom the policy withdraws, in the order of its text.
func (p *Policy) Revocations() []Revocation {
	var rs []Revocation
	for i := range p.revocations {
		rs = append(rs, p.revocations[i].Revocation)
	}
	return rs
}

// Require returns the evidence that the policy asks for beside what every good
// verdict needs.
func (p *Policy) Require() []Evidence { return slices.Clone(p.require) }

// Requires says whether a good verdict needs this evidence; without a policy
// it is the default that counts.
func (p *Policy) Requires(e Evidence) bool {
	if p == nil {
		return slices.Contains(defaultRequire, e)
	}
	return slices.Contains(p.require, e)
}

func (id Identity) clone() Identity {
	id.Committers, id.Tags = slices.Clone(id.Committers), slices.Clone(id.Tags)
	id.Extensions = maps.Clone(id.Extensions)
	return id
}

// equal compares everything but the name.
func (id Identity) equal(other Identity) bool {
	return id.Subject == other.Subject && id.Issuer == other.Issuer &&
		id.SubjectRegexp == other.SubjectRegexp && id.IssuerRegexp == other.IssuerRegexp &&
		slices.Equal(id.Committers, other.Committers) && slices.Equal(id.Tags, other.Tags) &&
		id.From.Equal(other.From) && id.Until.Equal(other.Until) &&
		maps.Equal(id.Extensions, other.Extensions) && id.Trust == other.Trust
}

// same compares everything.
func (id Identity) same(other Identity) bool {
	return id.Name == other.Name && id.equal(other)
}

func (r Revocation) equal(other Revocation) bool {
	return r.Subject == other.Subject && r.Issuer == other.Issuer && r.Reason == other.Reason &&
		r.From.Equal(other.From) && r.Until.Equal(other.Until)
}

// ErrNoPolicy is why nothing is good without a policy.
var ErrNoPolicy = errors.New("there is no policy that says who may sign")
