package judging

import (
	"context"
	"errors"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Open opens the repository, and loads the trusted roots and the policy.
func Open(ctx context.Context, h *host.Host, flags map[string][]string, identity *policy.Identity) (*git.Repository, *Judge, error) {
	repo, err := git.Open(ctx, settings.GitOptions(h))
	if err != nil {
		return nil, nil, err
	}
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Judging)
	if err != nil {
		return nil, nil, err
	}
	judge, err := New(ctx, h, vals, config, repo, identity)
	if err == nil {
		if err = judge.ReadKeys(); err == nil {
			WarnOfKeys(h, judge.Policy)
		}
	}
	return repo, judge, err
}

// Revision reads one object and verifies it. An object that cannot be read is
// unknown.
func Revision(ctx context.Context, repo *git.Repository, judge *Judge, rev string) *Judgement {
	j := &Judgement{Rev: rev, Policy: judge.Policy}
	ref, o, err := repo.ReadObject(ctx, rev)
	if err != nil {
		j.Result = Unreadable(err)
		if id, typ, err := repo.Resolve(ctx, rev); err == nil {
			j.ID, j.Type = id, typ
		}
		switch unknown := errors.Is(err, git.ErrNoRevision); {
		case unknown && rev == "HEAD":
			j.Result.Hint = "this branch has no commits yet"
		case unknown && strings.Contains(rev, ".."):
			j.Result.Hint = "to verify a range, run: git rev-list A..B | git seal verify --stdin"
		}
		return j
	}
	j.Object = o
	signed := gitobject.Signed(o)
	signed.MergesCleanly = func() (bool, error) { return repo.MergesCleanly(ctx, o) }
	j.Result = judge.Verify(signed, o.Payload(), o.Signature())
	if o.Type == git.Tag && strings.HasPrefix(ref, "refs/") {
		j.Result = j.ServedAs(o.TagName(), ref)
	}
	return j
}

// Unreadable returns the result for an object that could not be read: unknown, or bad
// if readers would understand it differently.
func Unreadable(err error) *verifier.Result {
	r := &verifier.Result{Reason: err.Error(), Hint: why.HintFor(err)}
	if ambiguous := (*git.AmbiguousError)(nil); errors.As(err, &ambiguous) {
		r.Verdict = verifier.Bad
	}
	return r
}
