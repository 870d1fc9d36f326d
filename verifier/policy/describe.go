package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
)

// Describe says in words what the policy allows, a line each, for people who
// read it before they trust it.
func (p *Policy) Describe() []string {
	lines := []string{"Every signature needs " + requireWords(p.require) + "."}
	if !p.SignerKeys.Named.empty() || !p.forgeKeys.Named.empty() {
		lines[0] += " Those by the keys below have none of it, and prove no time."
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		lines = append(lines, r.Name+" may sign as "+r.signerWords())
		for _, l := range r.limitWords() {
			lines = append(lines, "    "+l)
		}
	}
	for i := range p.revocations {
		lines = append(lines, "Revoked: "+p.revocations[i].words())
	}
	lines = append(lines, p.keyWords()...)
	return append(lines, p.history.words()...)
}

// keyWords say which keys of other schemes count, a line each.
func (p *Policy) keyWords() []string {
	var lines []string
	for _, f := range p.SignerKeys.Named.OpenPGP {
		lines = append(lines, "Whoever holds a key in "+f.Name+" may sign with OpenPGP, at a time that nothing proves", "    "+f.committerWords())
	}
	if f := p.SignerKeys.Named.SSH; f.Name != "" {
		lines = append(lines, "Whoever "+f.Name+" allows may sign with SSH, at a time that nothing proves")
		lines = append(lines, f.words()...)
	}
	for _, f := range p.forgeKeys.Named.OpenPGP {
		lines = append(lines, "The forge signs with the keys in "+f.Name, "    "+f.committerWords())
	}
	if f := p.forgeKeys.Named.SSH; f.Name != "" {
		lines = append(lines, "The forge signs with the SSH keys in "+f.Name)
		lines = append(lines, f.words()...)
	}
	return lines
}

// words say what else it takes to sign by a file of allowed signers.
func (f SSHFile) words() []string {
	var lines []string
	if f.TouchRequired {
		lines = append(lines, "    only with a security key that somebody touched")
	}
	for _, name := range slices.Sorted(maps.Keys(f.Committers)) {
		lines = append(lines, fmt.Sprintf("    where %q may have the address %s", name, strings.Join(f.Committers[name], " or ")))
	}
	return lines
}

func (f *OpenPGPFile) committerWords() string {
	words := "where the committer or tagger is one of the key's own addresses"
	if len(f.Committers) > 0 {
		words += " or " + strings.Join(f.Committers, " or ")
	}
	return words
}

// words say what counts of whole histories, a line each; none where the policy
// says nothing.
func (h *History) words() []string {
	var lines []string
	for _, id := range h.After {
		lines = append(lines, "History up to "+id+" is counted, not judged")
	}
	for _, e := range h.Exempt {
		lines = append(lines, "Not held against the history: "+e.Commit+": "+e.Reason)
	}
	if h.HistoryRules != defaultHistory {
		lines = append(lines, "In a history "+h.HistoryRules.words())
	}
	return append(lines, h.refWords()...)
}

// refWords say what counts on some refs, a line each.
func (h *History) refWords() []string {
	var lines []string
	for _, r := range h.Refs {
		lines = append(lines, "On refs like "+strings.Join(r.Patterns, " or ")+" "+r.HistoryRules.words())
	}
	return lines
}

func (r HistoryRules) words() string {
	forge := "nothing"
	var kinds []string
	for _, k := range []struct {
		allowed bool
		words   string
	}{{r.Merge, "merges that add nothing"}, {r.Squash, "squash merges"}, {r.Edit, "edits"}} {
		if k.allowed {
			kinds = append(kinds, k.words)
		}
	}
	if len(kinds) > 0 {
		forge = strings.Join(kinds, " and ")
	}
	unsigned := "may not"
	if r.Unsigned {
		unsigned = "may"
	}
	return "objects " + unsigned + " be unsigned, and the forge's own key may sign " + forge
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
	for _, name := range fulcio.SortedKeys(r.Extensions) {
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
		return s.kind == fulcio.Email
	}
	return fulcio.KindOf(s.subject) == fulcio.Email
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
		return "at or after " + Stamp(from)
	case from.IsZero():
		return "before " + Stamp(until)
	}
	return "at or after " + Stamp(from) + " and before " + Stamp(until)
}
