package policy

import (
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// decision is what a policy says about one signing.
type decision struct {
	Rule       *rule       // that allows it; nil when none does
	revocation *revocation // that withdraws it, whoever allows it
	nearest    *rule       // that differs last, when none allows it and one has the same name
	differs    part        // in which nearest differs
}

// Decide compares a signing with the policy. The first identity that matches
// allows it; a revocation beats them all.
func (p *Policy) Decide(s *Signing) decision {
	var d decision
	for i := range p.revocations {
		if p.revocations[i].withdraws(s) {
			d.revocation = &p.revocations[i]
			break
		}
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		part := r.Differs(s)
		if part == PartNone {
			d.Rule, d.nearest = r, nil
			break
		}
		if part > partSubject && part > d.differs {
			d.nearest, d.differs = r, part
		}
	}
	return d
}

// Err says why the policy does not allow the signing, nil when it does.
func (d *decision) Err(s *Signing, p *Policy) error {
	switch {
	case d.revocation != nil:
		return &RevokedError{d.revocation.Revocation}
	case d.Rule != nil:
		return nil
	}
	err := &NotAllowedError{Reason: fmt.Sprintf("policy does not allow %q (%q)", s.Identity.SubjectAlternativeName, s.Identity.Issuer)}
	if kind := s.Identity.Kind; kind != fulcio.NoName && kind != fulcio.KindOf(s.Identity.SubjectAlternativeName) {
		err.Reason += ": the certificate gives that name as one of another kind"
		return err
	}
	if d.nearest != nil {
		err.Reason += fmt.Sprintf(": %q does not match: %s", d.nearest.Name, d.nearest.Why(d.differs, s))
		err.Hint = d.nearest.hint(d.differs, s)
	}
	if p.oneOff {
		err.Hint = p.partly(s.Identity)
	}
	return err
}

// NotAllowedError is the policy's no.
type NotAllowedError struct{ Reason, Hint string }

func (e *NotAllowedError) Error() string { return e.Reason }

// RevokedError is the policy's no to whom it has withdrawn.
type RevokedError struct{ Revocation }

func (e *RevokedError) Error() string {
	text := fmt.Sprintf("policy withdraws %q (%q)", e.Subject, e.Issuer)
	if w := windowWords(e.From, e.Until); w != "" {
		text += " for what was signed " + w
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Why says in a few words what is different in the part in which the rule
// differs. What the certificate or the object say is escaped.
func (r *rule) Why(differs part, s *Signing) string {
	switch differs {
	case partSubject:
		if r.signer.subjects != nil {
			return fmt.Sprintf("the name is not all of what %q matches", r.SubjectRegexp)
		}
		return fmt.Sprintf("the name is not %s", r.Subject)
	case partIssuer:
		if r.signer.issuers != nil {
			return fmt.Sprintf("the provider is not all of what %q matches", r.IssuerRegexp)
		}
		return fmt.Sprintf("the provider is not %s", r.Issuer)
	case partTrust:
		if s.Root == "" {
			return fmt.Sprintf("no trusted root has judged, and it has to be %q", r.Trust)
		}
		return fmt.Sprintf("the trusted root is %q, not %q", s.Root, r.Trust)
	case partExtensions:
		name := r.missingExtension(s.Cert)
		value, ok := fulcio.FulcioValue(s.Cert, name)
		if !ok {
			return fmt.Sprintf("the certificate has no %s, and it has to be %q", name, r.Extensions[name])
		}
		return fmt.Sprintf("the certificate's %s is %q, not %q", name, value, r.Extensions[name])
	case partTags:
		if s.Object.Type != Tag {
			return fmt.Sprintf("it signs tags alone, and this is %s", s.Object.Kind())
		}
		return fmt.Sprintf("the tag's name is %q, not like %s", s.Object.TagName, strings.Join(r.Tags, ", "))
	case partCommitter:
		role := s.Object.CommitterRole()
		switch {
		case s.Object.Type == "":
			return "it is not known to be a commit, a tag or a push, so nothing tells who its committer is"
		case s.Object.Committer == "":
			return fmt.Sprintf("the %s has no address that could be compared", role)
		}
		return fmt.Sprintf("the %s is %q, not the signer and none of its committers", role, s.Object.Committer)
	case partTime:
		if s.At.IsZero() {
			return "it allows only what was signed " + windowWords(r.From, r.Until) + ", and no time is proven"
		}
		return "it allows only what was signed " + windowWords(r.From, r.Until) + ", and this was at " + Stamp(s.At)
	}
	return ""
}

// hint says what to do when the rule was meant to match.
func (r *rule) hint(differs part, s *Signing) string {
	switch differs {
	case partIssuer:
		return "a name counts only with its provider: if this one vouches for the same person, name both"
	case partTrust:
		return "evidence of one instance never stands in for that of another"
	case partCommitter:
		if s.Object.Committer == "" {
			return "have it made again, with the signer's address for its committer"
		}
		return fmt.Sprintf("if the address is the signer's too, add it to the committers of %q", r.Name)
	case partTime:
		return fmt.Sprintf("if the signer may still sign, change from or until of %q", r.Name)
	}
	return ""
}

// partly says, where regular expressions had matched if they did not have to
// match whole names, how to write them.
func (p *Policy) partly(id fulcio.CertificateIdentity) string {
	for i := range p.Rules {
		s := &p.Rules[i].signer
		if s.subjects == nil && s.issuers == nil {
			continue
		}
		subject, issuer := s.names(id), s.vouched(id)
		if !subject && s.subjects != nil && s.subjects.MatchString(id.SubjectAlternativeName) && (issuer || s.issuers != nil && s.issuers.MatchString(id.Issuer)) {
			return fmt.Sprintf("regular expressions match whole names here, and %q matches only a part of this one: write .* where anything may stand", p.Rules[i].SubjectRegexp)
		}
		if subject && !issuer && s.issuers != nil && s.issuers.MatchString(id.Issuer) {
			return fmt.Sprintf("regular expressions match whole names here, and %q matches only a part of the provider: write .* where anything may stand", p.Rules[i].IssuerRegexp)
		}
	}
	return ""
}

// Kind names the object's type in a sentence.
func (o Object) Kind() string {
	if o.Type == "" {
		return "something else, or not known"
	}
	return "a " + string(o.Type)
}
