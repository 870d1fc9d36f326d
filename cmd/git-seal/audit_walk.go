package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// findTips resolves what was asked for, once: the report names what the walk
// begins with, whatever happens to the refs meanwhile.
func (a *auditing) findTips(ctx context.Context) error {
	ranges := a.ranges
	if len(ranges) == 0 && !a.all && !a.tags {
		ranges = []string{"HEAD"}
	}
	for _, revs := range ranges {
		tips, err := a.repo.ResolveRange(ctx, revs)
		if err != nil {
			return err
		}
		for i, t := range tips {
			if t.Type == git.Tag && !t.Excluded { // under which ref it is served
				if ref, _, err := a.repo.ReadObject(ctx, t.Name); err == nil && ref != "" {
					tips[i].Name = ref
				}
			}
		}
		a.tips = append(a.tips, tips...)
	}
	var prefixes []string
	switch {
	case a.all:
		if head, err := a.repo.ResolveRange(ctx, "HEAD"); err == nil {
			a.tips = append(a.tips, head...) // detached, it may be on no branch
		} else if !errors.Is(err, git.ErrNoRevision) {
			return err
		}
	case a.tags:
		prefixes = []string{"refs/tags/"}
	default:
		return nil
	}
	refs, err := a.repo.ListRefs(ctx, prefixes...)
	a.tips = append(a.tips, refs...)
	return err
}

// takeNotes says what else a reader of the report has to know.
func (a *auditing) takeNotes(ctx context.Context) error {
	shallow, err := a.repo.IsShallow(ctx)
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
		a.notes = append(a.notes, "the clone has no trees: which commits changed "+policyPath+" cannot be told")
	}
	replaced, err := a.repo.CountReplaced(ctx)
	if replaced > 0 {
		a.notes = append(a.notes, fmt.Sprintf("%d refs under refs/replace/ have git show other objects than those that were judged here", replaced))
	}
	return err
}

// objects reads the tags, then the commits.
func (a *auditing) objects(ctx context.Context) iter.Seq2[audit.Object, error] {
	if a.source != nil {
		return a.source.objects(&a.history)
	}
	return func(yield func(audit.Object, error) bool) {
		for s, err := range a.repo.WalkTags(ctx, a.tips) {
			o := storedAudit(s)
			if len(s.Refs) > 0 {
				rules := a.history.RulesFor(s.Refs...)
				o.Rules = &rules
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
		tips, walk := a.tips, a.walk
		if a.lineages != nil {
			tips, walk.TopoOrder, walk.NoMerges = a.walkTips, true, false
		}
		for s, err := range a.repo.WalkCommits(ctx, tips, walk) {
			o := storedAudit(s)
			if a.lineages != nil && err == nil {
				judged := false
				if o.Rules, judged = a.lineages.commit(s); !judged {
					continue
				}
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func storedAudit(s git.StoredObject) audit.Object {
	return audit.Object{ID: s.ID, Type: verifier.ObjectType(s.Type), Raw: s.Raw, Refs: s.Refs, Err: s.Err}
}

// parse takes an object apart, and the tags in it.
func (a *auditing) parse(ctx context.Context, s audit.Object) []audit.Part {
	o, err := git.ParseStored(git.StoredObject{Format: a.format(), ID: s.ID, Type: git.ObjectType(s.Type), Raw: s.Raw})
	if err != nil {
		return []audit.Part{unparsed(s.ID, s.Type, err)}
	}
	return append([]audit.Part{a.partOf(ctx, o, s)}, a.mergedTags(ctx, o, s)...)
}

// mergedTags are the tags in a commit's header, each once: copies would make much
// good of one signature.
func (a *auditing) mergedTags(ctx context.Context, o *git.Object, s audit.Object) (parts []audit.Part) {
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
		part := unparsed("", verifier.Tag, err)
		part.MergedBy = s.ID
		parts = append(parts, part)
	}
	return parts
}

func (a *auditing) partOf(ctx context.Context, o *git.Object, s audit.Object) audit.Part {
	target, _ := o.Target()
	signed := signedObject(o)
	signed.MergesCleanly = func() (bool, error) { return a.mergesCleanly(ctx, o) }
	signed.Rules = s.Rules
	return audit.Part{
		ID: s.ID, Target: target, Raw: o.Raw, Content: o,
		Signed: signed, Subject: signed.Subject, Date: signed.Date,
	}
}

func unparsed(id string, typ verifier.ObjectType, err error) audit.Part {
	return audit.Part{ID: id, Signed: verifier.Object{Type: typ}, Err: err, Ambiguous: errors.As(err, new(*git.AmbiguousError))}
}

// review says what verify says of the same object: nobody is judged by the
// policy that he brings, and a tag served under another name is bad. So is one
// that was copied into a merge of something else.
func (a *auditing) review(r *audit.Result) {
	if r.Err != nil {
		r.Hint = hintFor(r.Err)
		if lost := (*lostObject)(nil); errors.As(r.Err, &lost) {
			r.Hint = lost.hint
		}
		if r.Ambiguous { // it is what its id says; of what is not, or is not here, nobody knows what it leads to
			a.excuse(r)
		}
		return
	}
	if s := a.judge.supplier; s != nil && s.judges(r.Content.Payload()) {
		r.Result = selfJudged(r.Result, a.judge.policyFrom)
	}
	if r.Verdict != verifier.Bad && r.Stray {
		r.Result = misplacedResult(r.Result, "the tag is of "+r.Target+", which is no parent of the merge", "it was copied from elsewhere: ask who made the merge")
	}
	if r.Verdict != verifier.Bad && r.MergedBy == "" {
		for _, ref := range r.Refs {
			if why := misnamed(ref, r.Signed.TagName); why != "" {
				r.Result = misnamedResult(r.Result, why)
				break
			}
		}
	}
	if r.Hint == verifier.HintToAllow && r.MergedBy == "" {
		r.Hint = hintToAllow(r.ID)
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
		title += " (" + printable(strings.Join(f.Refs, ", ")) + ")"
	}
	if f.Subject != "" {
		title += " " + printable(f.Subject)
	}
	return title
}
