package verifier

import (
	"fmt"
	"strings"
	"time"
)

// Describe says in words what the policy allows, a line each, for people who
// read it before they trust it.
func (p *Policy) Describe() []string {
	lines := []string{"Every signature needs " + requireWords(p.require) + "."}
	for i := range p.rules {
		r := &p.rules[i]
		lines = append(lines, r.Name+" may sign as "+r.signerWords())
		for _, l := range r.limitWords() {
			lines = append(lines, "    "+l)
		}
	}
	for i := range p.revocations {
		lines = append(lines, "Revoked: "+p.revocations[i].words())
	}
	return lines
}

func requireWords(require []Evidence) string {
	var words []string
	for _, e := range require {
		switch e {
		case EvidenceLog:
			words = append(words, "an entry in a transparency log")
		case EvidenceTimestamp:
			words = append(words, "a timestamp by a timestamp authority")
		}
	}
	return strings.Join(words, " and ")
}

func (r *rule) signerWords() string {
	subject, issuer := nameWords(r.Subject), r.Issuer
	if r.SubjectRegexp != "" {
		subject = fmt.Sprintf("any name that is wholly matched by %q", r.SubjectRegexp)
	}
	if r.IssuerRegexp != "" {
		issuer = fmt.Sprintf("any provider that is wholly matched by %q", r.IssuerRegexp)
	}
	return subject + ", vouched for by " + issuer
}

// nameWords explains a pattern's stars where there are some.
func nameWords(subject string) string {
	switch {
	case !isPattern(subject):
		return subject
	case !strings.Contains(subject, doubleStar):
		return "any name like " + subject + " (* is any text without / and @)"
	case !strings.Contains(strings.ReplaceAll(subject, doubleStar, ""), star):
		return "any name like " + subject + " (** is any text)"
	}
	return "any name like " + subject + " (* is any text without / and @, ** is any text)"
}

// limitWords say what else has to match, a line each.
func (r *rule) limitWords() []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch own := r.signer.mayBeEmail(); {
	case r.oneOff:
		add("whoever the committer or tagger is")
	case own && len(r.Committers) > 0:
		add("where the committer or tagger is the signer or %s", strings.Join(r.Committers, " or "))
	case own:
		add("where the committer or tagger is the signer")
	case len(r.Committers) > 0:
		add("where the committer or tagger is %s", strings.Join(r.Committers, " or "))
	default:
		add("whoever the committer or tagger is")
	}
	if len(r.Tags) > 0 {
		add("only tags whose own name is like %s", strings.Join(r.Tags, " or "))
	}
	if w := windowWords(r.From, r.Until); w != "" {
		add("only what was signed %s, by the clock of a log or timestamp authority", w)
	}
	for _, name := range sortedKeys(r.Extensions) {
		add("only with a certificate whose %s is %q", name, r.Extensions[name])
	}
	if r.Trust != "" {
		add("only with evidence of the trusted root %s", r.Trust)
	}
	return lines
}

// mayBeEmail says whether the names that match can be e-mail addresses.
func (s *signer) mayBeEmail() bool {
	if s.pattern != nil {
		return s.kind == Email
	}
	return strings.Contains(s.subject, "@") && !strings.Contains(s.subject, "://")
}

func (r *Revocation) words() string {
	text := nameWords(r.Subject) + ", vouched for by " + r.Issuer
	if w := windowWords(r.From, r.Until); w != "" {
		text += ", for what was signed " + w
	} else {
		text += ", whenever it was signed"
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	return text
}

// windowWords is empty where there is no bound.
func windowWords(from, until time.Time) string {
	switch {
	case from.IsZero() && until.IsZero():
		return ""
	case until.IsZero():
		return "at or after " + stamp(from)
	case from.IsZero():
		return "before " + stamp(until)
	}
	return "at or after " + stamp(from) + " and before " + stamp(until)
}
