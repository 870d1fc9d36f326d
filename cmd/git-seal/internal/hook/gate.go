package hook

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/policy"
)

// gate judges what a push brings.
type gate struct {
	host    *host.Host
	repo    *git.Repository
	judge   *judging.Judge
	history policy.History // of the policy
	words   gateWords

	policyRef string // that a push must leave with a policy; empty where none has it
}

// openGate opens the repository and loads what the settings name.
func openGate(ctx context.Context, h *host.Host, flags map[string][]string, words gateWords) (*gate, error) {
	repo, judge, err := judging.Open(ctx, h, flags, nil)
	if err != nil {
		return nil, why.From(err, host.ExitUnknown)
	}
	return &gate{host: h, repo: repo, judge: judge, words: words}, nil
}

// tipOf is what a pushed ref is to lead to: a commit or a tag.
func (g *gate) tipOf(ctx context.Context, u refUpdate) (git.Tip, error) {
	switch {
	case strings.Contains(u.ref, "/refs/"):
		return git.Tip{}, host.Fail(host.ExitNotGood, "%s: git could take it for another ref (gitrevisions(7))", u.ref)
	case isReplaceRef(u.ref):
		return git.Tip{}, host.Fail(host.ExitNotGood, "%s: git would show another object in the place of the one that was signed (git-replace(1))", u.ref)
	}
	_, typ, err := g.repo.Resolve(ctx, u.new)
	if err != nil {
		return git.Tip{}, host.Fail(host.ExitUnknown, "%s: %w", u.ref, err)
	}
	if t := git.ObjectType(typ); t != git.Commit && t != git.Tag {
		return git.Tip{}, host.Fail(host.ExitNotGood, "%s: a %s, neither commit nor tag: nobody can sign it", u.ref, typ)
	}
	return git.Tip{Name: u.ref, ID: u.new, Type: git.ObjectType(typ)}, nil
}

// isReplaceRef reports whether git could take the ref for one in refs/replace/: many
// file systems fold case.
func isReplaceRef(ref string) bool {
	space, _, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
	return strings.EqualFold(space, "replace")
}

// audit judges what tips lead to, by a policy, and tells about it. It is all new,
// so that memory of other audits is of no use.
func (g *gate) audit(ctx context.Context, judge *judging.Judge, tips []git.Tip, out report.Writer) error {
	a := &auditing.Audit{Host: g.host, Judge: judge, Source: gitsource.New(g.repo, tips), MayBeEmpty: true, Hint: g.hint}
	return refused(a.Run(ctx, out))
}

// refused is nil where an audit found all good. An audit tells even that as an
// exit code.
func refused(err error) error {
	if f := (*host.Failure)(nil); errors.As(err, &f) && f.Code == host.ExitGood && f.Err == nil {
		return nil
	}
	return err
}

// samePolicy says whether two commits have the same policy and key files.
func (g *gate) samePolicy(ctx context.Context, a, b string) (bool, error) {
	ofA, err := gitsource.PolicyID(ctx, g.repo, a)
	if err != nil {
		return false, err
	}
	ofB, err := gitsource.PolicyID(ctx, g.repo, b)
	return ofA == ofB && ofA != "", err
}

// checkPolicy refuses an update of the ref whose policy judges pushes, where
// the policy would then judge no more: one bad push would lock the repository.
func (g *gate) checkPolicy(ctx context.Context, u refUpdate) error {
	if u.new == "" {
		return host.Fail(host.ExitNotGood, "%s: deleted, it would leave no policy to judge the next push by", u.ref)
	}
	id, _, err := g.repo.Resolve(ctx, u.new+"^{commit}")
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	old := g.judge.Supplier.ID
	if same, err := g.samePolicy(ctx, old, id); err != nil || same {
		return err
	}
	p, err := judging.PolicyWithKeysOf(ctx, g.repo, id, u.ref)
	if err != nil {
		f := why.From(err, host.ExitNotGood)
		return host.Fail(host.ExitNotGood, "%s: it could judge no push after this one: %w", u.ref, err).WithHint("%s", f.Hint)
	}
	if descends, err := g.repo.IsAncestor(ctx, old, id); err != nil {
		return why.From(err, host.ExitUnknown)
	} else if !descends {
		return host.Fail(host.ExitNotGood, "%s: a forced update may not bring another policy: %s differs", u.ref, path.Dir(settings.PolicyPath)).
			WithHint("change the policy in a commit on top of %s", old)
	}
	judge, err := g.judge.By(p)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	o, err := g.repo.ReadID(ctx, id)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	tips := []git.Tip{{Name: u.ref, ID: id, Type: git.Commit}}
	for _, parent := range o.Parents() {
		tips = append(tips, git.Tip{Name: parent, ID: parent, Type: git.Commit, Excluded: true})
	}
	err = g.audit(ctx, judge, tips, g.newReport("the policy that "+u.ref+" is to bring"))
	if f := (*host.Failure)(nil); errors.As(err, &f) && f.Err == nil {
		return host.Fail(f.Code, "%s: its new policy would refuse the commit that brings it", u.ref)
	}
	return err
}
