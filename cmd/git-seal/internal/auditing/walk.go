package auditing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
)

// findTips resolves what was asked for, once: the report names what the walk
// begins with, whatever happens to the refs meanwhile.
func (a *Auditing) findTips(ctx context.Context) error {
	ranges := a.Ranges
	if len(ranges) == 0 && !a.All && !a.Tags {
		ranges = []string{"HEAD"}
	}
	for _, revs := range ranges {
		tips, err := a.Repo.ResolveRange(ctx, revs)
		if err != nil {
			return err
		}
		for i, t := range tips {
			if t.Type == git.Tag && !t.Excluded { // under which ref it is served
				if ref, _, err := a.Repo.ReadObject(ctx, t.Name); err == nil && ref != "" {
					tips[i].Name = ref
				}
			}
		}
		a.Tips = append(a.Tips, tips...)
	}
	var prefixes []string
	switch {
	case a.All:
		if head, err := a.Repo.ResolveRange(ctx, "HEAD"); err == nil {
			a.Tips = append(a.Tips, head...) // detached, it may be on no branch
		} else if !errors.Is(err, git.ErrNoRevision) {
			return err
		}
	case a.Tags:
		prefixes = []string{"refs/tags/"}
	default:
		return nil
	}
	refs, err := a.Repo.ListRefs(ctx, prefixes...)
	a.Tips = append(a.Tips, refs...)
	return err
}

// takeNotes says what else a reader of the report has to know.
func (a *Auditing) takeNotes(ctx context.Context) error {
	shallow, err := a.Repo.IsShallow(ctx)
	if err != nil {
		return err
	}
	if shallow {
		a.notes = append(a.notes, "the clone is shallow: of what lies beyond its edge the first commits are counted as unknown, and those before them not at all")
	}
	trees, err := a.hasTrees(ctx)
	if err != nil {
		return err
	}
	if !trees {
		a.notes = append(a.notes, "the clone has no trees: which commits changed "+settings.PolicyPath+" cannot be told")
	}
	replaced, err := a.Repo.CountReplaced(ctx)
	if replaced > 0 {
		a.notes = append(a.notes, fmt.Sprintf("%d refs under refs/replace/ have git show other objects than those that were judged here", replaced))
	}
	return err
}

// objects reads what is to be judged: the tags, then the commits.
func (a *Auditing) objects(ctx context.Context) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		for s, err := range a.stored(ctx) {
			o, judged := storedAudit(s), true
			if err == nil {
				o.Rules, judged = a.rulesFor(s)
			}
			if judged && !yield(o, err) || err != nil {
				return
			}
		}
	}
}

// rulesFor says by which of the history's rules an object is judged, nil for
// those that count for every ref; judged is false where it is passed over.
func (a *Auditing) rulesFor(s git.StoredObject) (rules *policy.HistoryRules, judged bool) {
	switch {
	case a.Lineages == nil:
		return nil, s.Type == git.Tag || !a.Walk.NoMerges || len(s.Parents()) < 2
	case s.Type == git.Tag:
		return a.Lineages.tag(s)
	}
	return a.Lineages.commit(s)
}

// stored reads what is to be judged and, where that has to be known or kept, what
// lies between: in the end rulesFor passes over it.
func (a *Auditing) stored(ctx context.Context) iter.Seq2[git.StoredObject, error] {
	if a.source != nil {
		return a.source.objects(a.History.After)
	}
	return func(yield func(git.StoredObject, error) bool) {
		tips, walk := a.Tips, a.Walk
		if a.Lineages != nil {
			tips = a.WalkTips
		}
		if a.Lineages != nil || a.writer != nil {
			walk.TopoOrder, walk.NoMerges = true, false
		}
		for _, objects := range []iter.Seq2[git.StoredObject, error]{a.Repo.WalkTags(ctx, a.Tips), a.Repo.WalkCommits(ctx, tips, walk)} {
			for s, err := range objects {
				if err == nil && a.writer != nil {
					s, err = a.writer.object(s)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
}

func storedAudit(s git.StoredObject) audit.Object {
	return audit.Object{ID: s.ID, Type: policy.ObjectType(s.Type), Raw: s.Raw, Refs: s.Refs, Err: s.Err}
}

// parse takes an object apart, and the tags in it.
func (a *Auditing) parse(ctx context.Context, s audit.Object) []audit.Part {
	o, err := git.ParseStored(git.StoredObject{Format: a.format(), ID: s.ID, Type: git.ObjectType(s.Type), Raw: s.Raw})
	if err != nil {
		return []audit.Part{unparsed(s.ID, s.Type, err)}
	}
	return append([]audit.Part{a.partOf(ctx, o, s)}, a.mergedTags(ctx, o, s)...)
}

// mergedTags are the tags in a commit's header, each once: copies would make much
// good of one signature.
func (a *Auditing) mergedTags(ctx context.Context, o *git.Object, s audit.Object) (parts []audit.Part) {
	tags, err := o.Mergetags()
	seen := map[string]bool{}
	for _, tag := range tags {
		part := a.partOf(ctx, tag, s)
		part.ID, part.MergedBy = tag.ID(), s.ID
		target, typ := tag.Target()
		part.Stray = typ == string(git.Commit) && !slices.Contains(o.Parents(), target)
		if !seen[part.ID] {
			seen[part.ID] = true
			parts = append(parts, part)
		}
	}
	if err != nil {
		part := unparsed("", policy.Tag, err)
		part.MergedBy = s.ID
		parts = append(parts, part)
	}
	return parts
}

func (a *Auditing) partOf(ctx context.Context, o *git.Object, s audit.Object) audit.Part {
	target, _ := o.Target()
	signed := judging.SignedObject(o)
	signed.MergesCleanly = func() (bool, error) { return a.mergesCleanly(ctx, o) }
	signed.Rules = s.Rules
	return audit.Part{
		ID: s.ID, Target: target, Raw: o.Raw, Content: o,
		Signed: signed, Subject: signed.Subject, Date: signed.Date,
	}
}

func unparsed(id string, typ policy.ObjectType, err error) audit.Part {
	return audit.Part{ID: id, Signed: policy.Object{Type: typ}, Err: err, Ambiguous: errors.As(err, new(*git.AmbiguousError))}
}

// review says what verify says of the same object: nobody is judged by the
// policy that he brings, and a tag served under another name is bad. So is one
// that was copied into a merge of something else.
func (a *Auditing) review(r *audit.Result) {
	if r.Err != nil {
		r.Hint = why.HintFor(r.Err)
		if r.Ambiguous { // it is what its id says; of what is not, or is not here, nobody knows what it leads to
			a.excuse(r)
		}
		return
	}
	if s := a.Judge.Supplier; s != nil && s.Judges(r.Content.Payload()) {
		r.Result = judging.SelfJudged(r.Result, a.Judge.PolicyFrom)
	}
	if r.Verdict != verifier.Bad && r.Stray {
		r.Result = judging.MisplacedResult(r.Result, "the tag is of "+r.Target+", which is no parent of the merge", "it was copied from elsewhere: ask who made the merge")
	}
	if r.Verdict != verifier.Bad && r.MergedBy == "" {
		for _, ref := range r.Refs {
			if served := judging.Misnamed(ref, r.Signed.TagName); served != "" {
				r.Result = judging.MisnamedResult(r.Result, served)
				break
			}
		}
	}
	if r.Advice != verifier.AllowSigner || r.MergedBy == "" {
		r.Hint = judging.HintOf(r.Result, r.ID)
	}
	a.excuse(r)
}

// auditTitle names a failure for people: its type and id, and the refs that lead to
// it.
func auditTitle(f audit.Failure) string {
	title := strings.TrimSpace(f.Type + " " + f.ID)
	switch {
	case f.MergedBy != "":
		title = strings.TrimSpace("tag "+f.ID) + " in the merge " + f.MergedBy
	case len(f.Refs) > 0:
		title += " (" + host.Printable(strings.Join(f.Refs, ", ")) + ")"
	}
	if f.Subject != "" {
		title += " " + host.Printable(f.Subject)
	}
	return title
}
