package audit

import (
	"context"
	"iter"
	"strings"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// MaxPolicyChanges bounds the changes of the policy that an audit judges, each by
// a policy of its own.
const MaxPolicyChanges = 1000

// Options say by what a history is judged, and what becomes of each result.
type Options struct {
	// Verifier judges. Its policy is the audit's.
	Verifier *verifier.Verifier
	// History is what the policy says about whole histories.
	History policy.History
	// Supplier is the commit that the policy comes from; nil for none.
	Supplier *verifier.Supplier
	// Walk chooses among the commits.
	Walk Walk
	// Memory, if set, knows the findings of objects that were examined before.
	Memory Memory
	// Processors is how many goroutines verify; 0 is one for each processor.
	Processors int
	// PolicyChanges asks for the commits that changed the policy.
	PolicyChanges bool
	// Head is what the report says beforehand: version, date, ranges, policy
	// and trusted roots. Run fills in the refs.
	Head Report
	// Hint, if set, words what to do about a result that is not good; without
	// it the result's own advice does. Called by several goroutines at a time.
	Hint func(*Result) string
	// Each, if set, is called for each result, in order, before it is counted.
	// An error ends the audit.
	Each func(*Result) error
}

// Run judges a history and sums it up. The report is never nil: where the error
// is not nil, the audit ended early, and the report is about what came before,
// which is sound.
func Run(ctx context.Context, source Source, o Options) (*Report, error) {
	for _, t := range source.Tips() {
		o.Head.Refs = append(o.Head.Refs, Ref{Name: t.Name, ID: t.ID, Excluded: t.Excluded})
	}
	tally := NewTally(o.Head)
	rules, tips, err := newRules(ctx, source, o.History, o.Walk)
	if err == nil {
		err = o.judge(ctx, source, rules, tips, tally)
	}
	report := tally.Report()
	if rules != nil {
		report.Before, report.Notes = rules.before, rules.notes
	}
	if err == nil && o.PolicyChanges {
		report.PolicyChanges, err = source.PolicyChanges(ctx, o.Verifier, o.Walk)
		if len(report.PolicyChanges) == MaxPolicyChanges {
			report.Notes = append(report.Notes, "there may be older changes of the policy, which are not listed")
		}
	}
	notes, lost := source.Notes(context.WithoutCancel(ctx))
	report.Notes = append(notes, report.Notes...)
	if err == nil {
		err = lost
	}
	if err != nil {
		report.Partial = err.Error()
	}
	return report, err
}

// judge judges the objects and counts the results.
func (o *Options) judge(ctx context.Context, source Source, rules *rules, tips []Tip, tally *Tally) error {
	for r, err := range Judge(ctx, o.objects(ctx, source, rules, tips), JudgeOptions{
		Verifier: o.Verifier, Memory: o.Memory, Processors: o.Processors, Review: o.review,
		Parse: func(in Object) []Part { return source.Parse(ctx, in) },
	}) {
		if err != nil {
			return err
		}
		if o.Each != nil {
			if err := o.Each(r); err != nil {
				return err
			}
		}
		tally.Add(r)
	}
	return nil
}

// objects yields what is to be judged, each with its rules. The source may yield
// more, which the rules leave out.
func (o *Options) objects(ctx context.Context, source Source, rules *rules, tips []Tip) iter.Seq2[Object, error] {
	walk := o.Walk
	if rules != nil {
		walk.TopoOrder, walk.NoMerges = true, false
	}
	return func(yield func(Object, error) bool) {
		for in, err := range source.Objects(ctx, tips, walk) {
			judged := true
			if err == nil {
				in.Rules, judged = rules.of(in, o.Walk)
			}
			if judged && !yield(in, err) || err != nil {
				return
			}
		}
	}
}

// review overrules the verifier for what only the history shows, as whoever
// judges a single object does, and words what to do.
func (o *Options) review(r *Result) {
	if r.Err == nil {
		r.Result = o.Supplier.Overrule(r.Result, r.Content.Payload())
		switch {
		case r.Stray != nil && r.StrayUndecided:
			r.Result = r.Undecided(r.Stray, verifier.AskMerger)
		case r.Stray != nil:
			r.Result = r.CopiedInto(r.Stray)
		case r.MergedBy == "" && r.Signed.Type == policy.Tag:
			r.Result = r.ServedAs(r.Signed.TagName, fullNames(r.Refs)...)
		}
	}
	if r.Err == nil || r.Ambiguous { // what is not here, or not what its id says, leads nobody knows where
		excuse(r, &o.History)
	}
	if o.Hint != nil {
		r.Hint = o.Hint(r)
	} else if r.Hint == "" {
		r.Hint = r.Advice.String()
	}
}

// fullNames are the names that are of refs: a tip may be named by an id, too.
func fullNames(names []string) (refs []string) {
	for _, name := range names {
		if strings.HasPrefix(name, "refs/") {
			refs = append(refs, name)
		}
	}
	return refs
}
