package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// reachability is a bit set: which rules and tips reach a commit.
type reachability uint64

const (
	fromTip     reachability = 1 << 63 // a tip of the audit reaches it
	fromAfter   reachability = 1 << 62 // a commit under history: after: reaches it
	defaultRule reachability = 1       // a ref without a rule of its own reaches it
)

// rules tells of each object which of the history's rules apply to it, and
// whether it is left out. It has to see every commit before its parents, and keeps
// only the commits between those that it saw and those that it did not.
type rules struct {
	history policy.History
	walk    Walk
	reach   map[string]reachability
	merged  map[reachability]*policy.HistoryRules
	before  int // objects that were left out
	notes   []string
}

// newRules returns nil where the policy has the same rules for all objects, and
// the tips of the walk: the audit's and, so that all that they reach is known in
// time, the commits under after.
func newRules(ctx context.Context, source Source, history policy.History, w Walk) (*rules, []Tip, error) {
	tips := source.Tips()
	if len(history.After) == 0 && len(history.Refs) == 0 {
		return nil, tips, nil
	}
	r := &rules{history: history, walk: w, reach: map[string]reachability{}, merged: map[reachability]*policy.HistoryRules{}}
	for _, t := range tips {
		if t.Excluded {
			continue
		}
		commit := t.ID
		if t.Type != policy.Commit {
			var err error
			if _, commit, err = source.Resolve(ctx, t.ID); err != nil && !errors.Is(err, ErrMissing) {
				return nil, nil, err
			}
		}
		if commit != "" {
			r.reach[commit] |= fromTip | r.ruleFor(t.Ref)
		}
	}
	tips = slices.Clone(tips)
	for _, id := range history.After {
		typ, commit, err := source.Resolve(ctx, id)
		switch {
		case errors.Is(err, ErrMissing):
			r.notes = append(r.notes, fmt.Sprintf("history: after: %s is missing: the commits before it are verified", id))
		case err != nil:
			return nil, nil, err
		case typ == policy.Commit:
			r.reach[commit] |= fromAfter
			tips = append(tips, Tip{Name: id, ID: id, Type: policy.Commit})
		}
	}
	return r, tips, nil
}

// ruleFor is the bit of the rules for a ref.
func (r *rules) ruleFor(ref string) reachability { return defaultRule << (1 + r.history.RuleFor(ref)) }

// of returns the rules for an object, nil for those of every ref; judged is
// false where the object is left out.
func (r *rules) of(o Object, w Walk) (rules *policy.HistoryRules, judged bool) {
	switch {
	case r == nil:
		return nil, o.Type == policy.Tag || !w.NoMerges || len(o.Parents) < 2
	case o.Type == policy.Tag:
		return r.ofTag(o)
	}
	return r.ofCommit(o)
}

// ofTag leaves out a tag that is under history: after: itself. A tag of a commit
// before that may be younger.
func (r *rules) ofTag(o Object) (rules *policy.HistoryRules, judged bool) {
	if slices.Contains(r.history.After, o.ID) {
		r.before++
		return nil, false
	}
	if len(o.Refs) == 0 {
		return nil, true
	}
	all := r.history.RulesFor(o.Refs...)
	return &all, true
}

func (r *rules) ofCommit(o Object) (rules *policy.HistoryRules, judged bool) {
	reach := r.reach[o.ID]
	delete(r.reach, o.ID)
	for i, p := range o.Parents {
		if i > 0 && r.walk.FirstParent {
			r.reach[p] |= reach & fromAfter // another walk may reach it
		} else {
			r.reach[p] |= reach
		}
	}
	switch {
	case reach&fromTip == 0, len(o.Parents) > 1 && r.walk.NoMerges:
		return nil, false
	case reach&fromAfter != 0:
		r.before++
		return nil, false
	}
	reach &^= fromTip
	if r.merged[reach] == nil {
		var places []int
		for i := -1; i < len(r.history.Refs); i++ {
			if reach&(defaultRule<<(1+i)) != 0 {
				places = append(places, i)
			}
		}
		all := r.history.RulesAt(places...)
		r.merged[reach] = &all
	}
	return r.merged[reach], true
}

// excuse notes where the policy does not hold it against the history that a
// result is not good.
func excuse(r *Result, history *policy.History) {
	if r.Verdict == verifier.Good {
		return
	}
	if r.MergedBy == "" && r.Signed.Type == policy.Commit {
		if reason, ok := history.Exemption(r.ID); ok {
			r.Excused, r.Exemption = Exempt, reason
			return
		}
	}
	rules := r.Signed.Rules
	if rules == nil {
		rules = &history.HistoryRules
	}
	if r.Verdict == verifier.Unsigned && rules.Unsigned {
		r.Excused = UnsignedAllowed
	}
}
