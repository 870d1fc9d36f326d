package auditing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
)

// lineage is what is known of a commit from those that lead to it: a bit for
// each rule of the policy's history that refs brought along.
type lineage uint64

const (
	wanted      lineage = 1 << 63 // a tip of the audit reaches it
	before      lineage = 1 << 62 // a commit under history: after: reaches it
	defaultRule lineage = 1       // a ref without a rule of its own reaches it
)

// historyWalk tells of each commit which of the history's rules are for it, and
// whether it is left out. It has to see every commit before its parents, and
// then keeps only what lies between those that it saw and those that it did not.
type historyWalk struct {
	history policy.History
	options git.WalkOptions
	known   map[string]lineage
	rules   map[lineage]*policy.HistoryRules
	before  int // objects that were left out
}

// NewHistoryWalk returns nil where the policy says the same of all objects, and
// they come from a repository. The commits under after are tips of the walk too,
// so that all that they reach is known in time.
func (a *Auditing) NewHistoryWalk(ctx context.Context) (*historyWalk, []git.Tip, error) {
	w := &historyWalk{
		history: a.Judge.Policy.History(), options: a.Walk, known: map[string]lineage{},
		rules: map[lineage]*policy.HistoryRules{},
	}
	if len(w.history.After) == 0 && len(w.history.Refs) == 0 && a.source == nil {
		return nil, a.Tips, nil
	}
	tips := a.Tips
	begin := func(id string, l lineage) (here bool, err error) {
		commit, err := a.commitOf(ctx, id)
		if errors.Is(err, git.ErrMissing) {
			return false, nil
		}
		w.known[commit] |= l
		return err == nil, err
	}
	for _, t := range a.Tips {
		if t.Excluded {
			continue
		}
		name, err := a.fullName(ctx, t.Name)
		if err != nil {
			return nil, nil, err
		}
		if _, err := begin(t.ID, wanted|w.ruleOf(name)); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range w.history.After {
		if tag, err := a.isTag(ctx, id); err != nil {
			return nil, nil, err
		} else if tag {
			continue
		}
		switch here, err := begin(id, before); {
		case err != nil:
			return nil, nil, err
		case !here:
			a.notes = append(a.notes, fmt.Sprintf("history: after: %s is not here: what came before it is judged", id))
		default:
			tips = append(tips[:len(tips):len(tips)], git.Tip{Name: id, ID: id, Type: git.Commit})
		}
	}
	return w, tips, nil
}

// fullName returns the full name of the ref that a tip's name means.
func (a *Auditing) fullName(ctx context.Context, name string) (string, error) {
	switch {
	case a.source == nil:
		return a.Repo.FullName(ctx, name)
	case strings.HasPrefix(name, "refs/"):
		return name, nil
	}
	return a.source.refs[name], nil
}

// commitOf returns the commit that an object is, or is a tag of.
func (a *Auditing) commitOf(ctx context.Context, id string) (string, error) {
	if a.source != nil {
		return a.source.commitOf(id)
	}
	commit, _, err := a.Repo.Resolve(ctx, id+"^{commit}")
	return commit, err
}

// isTag says whether an id is that of a tag, which is here.
func (a *Auditing) isTag(ctx context.Context, id string) (bool, error) {
	if a.source != nil {
		return a.source.held[id] == git.Tag, nil
	}
	_, typ, err := a.Repo.Resolve(ctx, id)
	if errors.Is(err, git.ErrMissing) {
		return false, nil
	}
	return git.ObjectType(typ) == git.Tag, err
}

// ruleOf is the bit of the rules for a ref.
func (w *historyWalk) ruleOf(ref string) lineage {
	return defaultRule << (1 + w.history.RuleFor(ref))
}

// tag says by which rules a tag is judged; judged is false where it stands under
// history: after: itself. One of a commit that came before may be younger.
func (w *historyWalk) tag(s git.StoredObject) (rules *policy.HistoryRules, judged bool) {
	if slices.Contains(w.history.After, s.ID) {
		w.before++
		return nil, false
	}
	if len(s.Refs) == 0 {
		return nil, true
	}
	r := w.history.RulesFor(s.Refs...)
	return &r, true
}

// commit says by which rules a commit is judged; judged is false where it is
// not.
func (w *historyWalk) commit(s git.StoredObject) (rules *policy.HistoryRules, judged bool) {
	l := w.known[s.ID]
	delete(w.known, s.ID)
	parents := s.Parents()
	for i, p := range parents {
		if i > 0 && w.options.FirstParent {
			w.known[p] |= l & before // which what is walked from elsewhere may come to
		} else {
			w.known[p] |= l
		}
	}
	switch {
	case l&wanted == 0, len(parents) > 1 && w.options.NoMerges:
		return nil, false
	case l&before != 0:
		w.before++
		return nil, false
	}
	l &^= wanted
	if w.rules[l] == nil {
		r := w.history.RulesAt(w.rulesIn(l)...)
		w.rules[l] = &r
	}
	return w.rules[l], true
}

func (w *historyWalk) rulesIn(l lineage) []int {
	var rules []int
	for i := -1; i < len(w.history.Refs); i++ {
		if l&(defaultRule<<(1+i)) != 0 {
			rules = append(rules, i)
		}
	}
	return rules
}

// excuse says where the policy does not hold it against the history that a
// result is not good.
func (a *Auditing) excuse(r *audit.Result) {
	if r.Verdict == verifier.Good {
		return
	}
	if r.MergedBy == "" && r.Signed.Type == policy.Commit {
		if reason, ok := a.History.Exemption(r.ID); ok {
			r.Excused, r.Exemption = audit.Exempt, reason
			return
		}
	}
	rules := r.Signed.Rules
	if rules == nil {
		rules = &a.History.HistoryRules
	}
	if r.Verdict == verifier.Unsigned && rules.Unsigned {
		r.Excused = audit.UnsignedAllowed
	}
}
