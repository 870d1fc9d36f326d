package judging

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
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
		err = judge.ReadKeys()
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
		switch unknown := errors.Is(err, git.ErrNoRevision); {
		case unknown && rev == "HEAD":
			j.Result.Hint = "this branch has no commits yet"
		case unknown && strings.Contains(rev, ".."):
			j.Result.Hint = "to verify a range, run: git rev-list A..B | git seal verify --stdin"
		}
		return j
	}
	j.Object = o
	j.Result = judge.Verify(storedObject(ctx, repo, o), o.Payload(), o.Signature())
	if o.Type == git.Tag {
		if why := Misnamed(ref, o.TagName()); why != "" && j.Verdict != verifier.Bad {
			j.Result = MisnamedResult(j.Result, why)
		}
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

// Misnamed returns a reason if a tag is served under a ref of another name, or "": a
// signed v1.0 that is served as v2.0 passes every check except this one.
func Misnamed(ref, name string) string {
	if !strings.HasPrefix(ref, "refs/") || git.BelongsUnder(ref, name) {
		return ""
	}
	return fmt.Sprintf("the tag's name is %q, but it is served as %q", name, ref)
}

// MisnamedResult returns the result for a tag that is served under another name.
func MisnamedResult(r *verifier.Result, why string) *verifier.Result {
	return MisplacedResult(r, why, "fetch the tag again from its original repository, or ask who moved it")
}

// MisplacedResult returns the result for a tag that is not where it belongs: bad,
// whatever else is true of it.
func MisplacedResult(r *verifier.Result, why, hint string) *verifier.Result {
	bad := *r
	bad.Verdict, bad.Rule = verifier.Bad, ""
	bad.Reason, bad.Hint = why, hint
	return &bad
}
