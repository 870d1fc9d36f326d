package main

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// gate judges what a push brings.
type gate struct {
	host    *host
	repo    *git.Repository
	judge   *judge
	history verifier.History // of the policy
	words   gateWords
}

// openGate opens the repository and loads what the settings name.
func (h *host) openGate(ctx context.Context, flags map[string][]string, words gateWords) (*gate, error) {
	repo, judge, err := h.openJudge(ctx, flags, nil)
	if err != nil {
		return nil, asFailure(err, exitUnknown)
	}
	return &gate{host: h, repo: repo, judge: judge, words: words}, nil
}

// tipOf is what a pushed ref is to lead to: a commit or a tag.
func (g *gate) tipOf(ctx context.Context, u refUpdate) (git.Tip, error) {
	switch {
	case strings.Contains(u.ref, "/refs/"):
		return git.Tip{}, fail(exitNotGood, "%s: git could take it for another ref (gitrevisions(7))", u.ref)
	case strings.HasPrefix(u.ref, "refs/replace/"):
		return git.Tip{}, fail(exitNotGood, "%s: git would show another object in the place of the one that was signed (git-replace(1))", u.ref)
	}
	_, typ, err := g.repo.Resolve(ctx, u.new)
	if err != nil {
		return git.Tip{}, fail(exitUnknown, "%s: %w", u.ref, err)
	}
	if t := git.ObjectType(typ); t != git.Commit && t != git.Tag {
		return git.Tip{}, fail(exitNotGood, "%s: a %s, neither commit nor tag: nobody can sign it", u.ref, typ)
	}
	return git.Tip{Name: u.ref, ID: u.new, Type: git.ObjectType(typ)}, nil
}

// audit judges what tips lead to, by a policy, and tells about it. It is all new,
// so that memory of other audits is of no use.
func (g *gate) audit(ctx context.Context, judge *judge, tips []git.Tip, out auditOutput) error {
	a := &auditing{auditOptions: &auditOptions{cache: auditCacheOptions{none: true}}, host: g.host, repo: g.repo, judge: judge, tips: tips, mayBeEmpty: true}
	a.history = judge.policy.History()
	var err error
	if a.lineages, a.walkTips, err = a.newHistoryWalk(ctx); err != nil {
		return asFailure(err, exitUnknown)
	}
	return refused(a.run(ctx, out))
}

// refused is nil where an audit found all good. An audit tells even that as an
// exit code.
func refused(err error) error {
	if f := (*failure)(nil); errors.As(err, &f) && f.code == exitGood && f.err == nil {
		return nil
	}
	return err
}

// samePolicy says whether two commits have the same policy and key files.
func (g *gate) samePolicy(ctx context.Context, a, b string) (bool, error) {
	in := &auditing{repo: g.repo}
	ofA, err := in.policyIn(ctx, a)
	if err != nil {
		return false, err
	}
	ofB, err := in.policyIn(ctx, b)
	return ofA == ofB && ofA != "", err
}

// checkPolicy refuses an update of the ref whose policy judges pushes, where
// the policy would then judge no more: one bad push would lock the repository.
func (g *gate) checkPolicy(ctx context.Context, u refUpdate) error {
	if u.new == "" {
		return fail(exitNotGood, "%s: deleted, it would leave no policy to judge the next push by", u.ref)
	}
	id, _, err := g.repo.Resolve(ctx, u.new+"^{commit}")
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	old := g.judge.supplier.id
	if same, err := g.samePolicy(ctx, old, id); err != nil || same {
		return err
	}
	p, err := policyWithKeysOf(ctx, g.repo, id, u.ref)
	if err != nil {
		f := asFailure(err, exitNotGood)
		return fail(exitNotGood, "%s: it could judge no push after this one: %w", u.ref, err).withHint("%s", f.hint)
	}
	if descends, err := g.repo.IsAncestor(ctx, old, id); err != nil {
		return asFailure(err, exitUnknown)
	} else if !descends {
		return fail(exitNotGood, "%s: a forced update may not bring another policy: %s differs", u.ref, path.Dir(policyPath)).
			withHint("change the policy in a commit on top of %s", old)
	}
	judge, err := g.judge.by(p)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	_, o, err := g.repo.ReadObject(ctx, id)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	tips := []git.Tip{{Name: u.ref, ID: id, Type: git.Commit}}
	for _, parent := range o.Parents() {
		tips = append(tips, git.Tip{Name: parent, ID: parent, Type: git.Commit, Excluded: true})
	}
	err = g.audit(ctx, judge, tips, g.newReport("the policy that "+u.ref+" is to bring"))
	if f := (*failure)(nil); errors.As(err, &f) && f.err == nil {
		return fail(f.code, "%s: its new policy would refuse the commit that brings it", u.ref)
	}
	return err
}
