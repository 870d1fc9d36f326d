package verifier

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policy says who may sign. It is read once and safe for parallel use.
type Policy struct {
	source     string
	text       []byte
	digest     [sha256.Size]byte
	identities []PolicyIdentity
}

// PolicyIdentity is one whom a policy allows.
type PolicyIdentity struct {
	// Name is what people call the signer; reports give it as the rule that
	// allowed an object.
	Name string
	// Subject is the certificate's whole subject alternative name. E-mail
	// addresses are compared without regard to the case of ASCII letters,
	// everything else byte by byte.
	Subject string
	// Issuer is the URL of the OpenID provider, compared byte by byte.
	Issuer string
}

// NewPolicy returns a policy that allows ids, such as one made from flags.
// Source says where it came from, for reports. Empty fields and duplicates are
// errors.
func NewPolicy(source string, ids ...PolicyIdentity) (*Policy, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("policy %q: names nobody", source)
	}
	var b strings.Builder
	b.WriteString("version: 1\nidentities:\n")
	for _, id := range ids {
		if err := id.check(); err != nil {
			return nil, fmt.Errorf("policy %q: %w", source, err)
		}
		b.WriteString(identityYAML(id, "  "))
	}
	return ParsePolicy(source, []byte(b.String()))
}

// Source says where the policy came from.
func (p *Policy) Source() string { return p.source }

// Digest is the SHA-256 of the policy's text.
func (p *Policy) Digest() [sha256.Size]byte { return p.digest }

// Text returns the policy as YAML, byte by byte as it was parsed.
func (p *Policy) Text() []byte { return slices.Clone(p.text) }

// Identities returns whom the policy allows, in the order of its text.
func (p *Policy) Identities() []PolicyIdentity { return slices.Clone(p.identities) }

// Allows returns the identity of the policy that id is, nil when it is none.
func (p *Policy) Allows(id CertificateIdentity) *PolicyIdentity {
	for i := range p.identities {
		if p.identities[i].allows(id) {
			return &p.identities[i]
		}
	}
	return nil
}

func (p *PolicyIdentity) allows(id CertificateIdentity) bool {
	if id.Issuer == "" || id.SubjectAlternativeName == "" || p.Issuer != id.Issuer {
		return false
	}
	if id.Kind == Email {
		return asciiLower(p.Subject) == asciiLower(id.SubjectAlternativeName)
	}
	return p.Subject == id.SubjectAlternativeName
}

// asciiLower maps A to Z alone: under Unicode's folding the Kelvin sign is a k,
// and another mailbox's owner would pass.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// check refuses an identity that could never match or says less than it
// seems to.
func (p *PolicyIdentity) check() error {
	for _, f := range []struct{ key, value string }{{"name", p.Name}, {"subject", p.Subject}, {"issuer", p.Issuer}} {
		switch {
		case f.value == "":
			return fmt.Errorf("%s: empty", f.key)
		case f.value != strings.TrimSpace(f.value):
			return fmt.Errorf("%s: %q begins or ends with a space", f.key, f.value)
		case strings.ContainsFunc(f.value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return fmt.Errorf("%s: %q holds a control character", f.key, f.value)
		case len(f.value) > maxNameLength:
			return fmt.Errorf("%s: longer than %d bytes", f.key, maxNameLength)
		}
	}
	if strings.Contains(p.Subject, "*") {
		return errors.New("subject: patterns are not supported: write the whole name")
	}
	if !strings.HasPrefix(p.Issuer, "https://") && !strings.HasPrefix(p.Issuer, "http://") {
		return fmt.Errorf("issuer: %q is not a URL", p.Issuer)
	}
	return nil
}

// Add returns the policy's text with id appended to its identities; comments
// and layout stay as they are. The policy itself does not change.
func (p *Policy) Add(id PolicyIdentity) ([]byte, error) {
	if err := id.check(); err != nil {
		return nil, err
	}
	at, indent, err := p.appendPosition()
	if err != nil {
		return nil, err
	}
	text := slices.Concat(p.text[:at], []byte(identityYAML(id, indent)), p.text[at:])
	if at > 0 && p.text[at-1] != '\n' {
		text = slices.Concat(p.text[:at], []byte("\n"+identityYAML(id, indent)), p.text[at:])
	}
	added, err := ParsePolicy(p.source, text)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(added.identities, append(p.Identities(), id)) {
		return nil, fmt.Errorf("policy %q: the identity cannot be added without rewriting the file; add it by hand", p.source)
	}
	return text, nil
}

// identityYAML returns one identity as an item of a block sequence.
func identityYAML(id PolicyIdentity, indent string) string {
	return fmt.Sprintf("%[1]s- name: %[2]s\n%[1]s  subject: %[3]s\n%[1]s  issuer: %[4]s\n",
		indent, quoteYAML(id.Name), quoteYAML(id.Subject), quoteYAML(id.Issuer))
}

// quoteYAML is a double-quoted scalar: no value is read as anything but the
// text that it is.
func quoteYAML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
