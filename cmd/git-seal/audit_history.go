package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
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
	history verifier.History
	options git.WalkOptions
	known   map[string]lineage
	rules   map[lineage]*verifier.HistoryRules
	before  int // commits that were left out
}

// newHistoryWalk returns nil where the policy says the same of all commits. The
// commits under after are tips of the walk too, so that all that they reach is
// known in time.
func (a *auditing) newHistoryWalk(ctx context.Context) (*historyWalk, []git.Tip, error) {
	w := &historyWalk{
		history: a.judge.policy.History(), options: a.walk, known: map[string]lineage{},
		rules: map[lineage]*verifier.HistoryRules{},
	}
	if len(w.history.After) == 0 && len(w.history.Refs) == 0 {
		return nil, a.tips, nil
	}
	tips := a.tips
	for _, t := range a.tips {
		if t.Excluded {
			continue
		}
		name, err := a.repo.FullName(ctx, t.Name)
		if err != nil {
			return nil, nil, err
		}
		if err := w.begin(ctx, a.repo, t.ID, wanted|w.ruleOf(name)); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range w.history.After {
		if err := w.begin(ctx, a.repo, id, before); err != nil {
			return nil, nil, err
		}
		if w.known[id] == 0 {
			a.notes = append(a.notes, fmt.Sprintf("history: after: %s is not here: what came before it is judged", id))
			continue
		}
		tips = append(tips[:len(tips):len(tips)], git.Tip{Name: id, ID: id, Type: git.Commit})
	}
	return w, tips, nil
}

// begin notes what is known of the commit that an object is, or is a tag of.
func (w *historyWalk) begin(ctx context.Context, repo *git.Repository, id string, l lineage) error {
	commit, _, err := repo.Resolve(ctx, id+"^{commit}")
	if errors.Is(err, git.ErrMissing) {
		return nil
	}
	w.known[commit] |= l
	return err
}

// ruleOf is the bit of the rules for a ref.
func (w *historyWalk) ruleOf(ref string) lineage {
	return defaultRule << (1 + w.history.RuleFor(ref))
}

// commit says by which rules a commit is judged; judged is false where it is
// not.
func (w *historyWalk) commit(s git.StoredObject) (rules *verifier.HistoryRules, judged bool) {
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
func (a *auditing) excuse(r *audit.Result) {
	if r.Verdict == verifier.Good {
		return
	}
	if r.MergedBy == "" && r.Signed.Type == verifier.Commit {
		if reason, ok := a.history.Exemption(r.ID); ok {
			r.Excused, r.Exemption = audit.Exempt, reason
			return
		}
	}
	rules := r.Signed.Rules
	if rules == nil {
		rules = &a.history.HistoryRules
	}
	if r.Verdict == verifier.Unsigned && rules.Unsigned {
		r.Excused = audit.UnsignedAllowed
	}
}
