package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Diff says in words what changes for whom when the policy next takes the place
// of p, a line each; it is empty when nobody would be judged differently.
// Identities are told apart by their names, as people do.
func (p *Policy) Diff(next *Policy) []string {
	var lines []string
	if before, after := requireWords(p.require), requireWords(next.require); before != after {
		lines = append(lines, fmt.Sprintf("every signature needs %s, where it needed %s", after, before))
	}
	for i := range next.Rules {
		r := &next.Rules[i]
		if old := p.rule(r.Name); old == nil {
			lines = append(lines, "allows "+r.Name+", as "+r.signerWords())
			lines = append(lines, indent(r.limitWords())...)
		} else if !old.equal(r.Identity) {
			lines = append(lines, "changes "+r.Name)
			lines = append(lines, indent(changes(old, r))...)
		}
	}
	for i := range p.Rules {
		if r := &p.Rules[i]; next.rule(r.Name) == nil {
			lines = append(lines, "no longer allows "+r.Name+", who was "+r.signerWords())
		}
	}
	for _, r := range difference(next.Revocations(), p.Revocations()) {
		lines = append(lines, "revokes "+r.words())
	}
	for _, r := range difference(p.Revocations(), next.Revocations()) {
		lines = append(lines, "no longer revokes "+r.words())
	}
	return append(lines, p.historyDiff(next)...)
}

// historyDiff says what changes of the keys of other schemes and the rules for
// histories. A key file is compared together with whom it may sign for, and the
// rules for refs in their order, of which the first that matches counts.
func (p *Policy) historyDiff(next *Policy) []string {
	before := whole(append(p.keyWords(), p.history.words()...))
	after := whole(append(next.keyWords(), next.history.words()...))
	var lines []string
	for _, l := range before {
		if !slices.Contains(after, l) {
			lines = append(lines, "no longer: "+l)
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			lines = append(lines, "from here on: "+l)
		}
	}
	if order := next.history.refWords(); len(lines) == 0 && !slices.Equal(order, p.history.refWords()) {
		lines = append(lines, "from here on, in this order:")
		lines = append(lines, indent(order)...)
	}
	for _, f := range next.keyFiles {
		if i := slices.IndexFunc(p.keyFiles, func(k KeyFile) bool { return k.Name == f.Name }); i >= 0 && p.keyFiles[i].SHA256 != f.SHA256 {
			lines = append(lines, fmt.Sprintf("other keys in %s, sha256:%x", f.Name, f.SHA256))
		}
	}
	return lines
}

func (p *Policy) rule(name string) *rule {
	for i := range p.Rules {
		if p.Rules[i].Name == name {
			return &p.Rules[i]
		}
	}
	return nil
}

// changes says what one identity may do that it might not, and the other way
// round.
func changes(old, next *rule) []string {
	words := func(r *rule) []string { return append([]string{"as " + r.signerWords()}, r.limitWords()...) }
	before, after := words(old), words(next)
	var lines []string
	for _, l := range before {
		if !slices.Contains(after, l) {
			lines = append(lines, "no longer: "+l)
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			lines = append(lines, "from here on: "+l)
		}
	}
	return lines
}

// whole joins what is indented to the line above.
func whole(lines []string) []string {
	var joined []string
	for _, l := range lines {
		if more, ok := strings.CutPrefix(l, "    "); ok {
			joined[len(joined)-1] += ", " + more
		} else {
			joined = append(joined, l)
		}
	}
	return joined
}

// difference is what is in a and not in b.
func difference(a, b []Revocation) []Revocation {
	return slices.DeleteFunc(a, func(r Revocation) bool { return slices.ContainsFunc(b, r.equal) })
}

func indent(lines []string) []string {
	for i, l := range lines {
		lines[i] = strings.Repeat(" ", 4) + l
	}
	return lines
}
