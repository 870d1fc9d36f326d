package auditing

import (
	"context"
	"errors"
	"path"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// maxPolicyChanges bounds the changes of the policy that are judged, each by a
// policy of its own.
const maxPolicyChanges = 1000

// policyChanges lists the commits that changed the policy's file, or a key file
// beside it, with what each is under the policy before it: whoever may change the policy decides who may
// sign. It looks where the policy comes from a commit, or where the history
// begins or ends with such a file.
func (a *Auditing) policyChanges(ctx context.Context) ([]audit.PolicyChange, error) {
	kept, err := a.keepsPolicy(ctx)
	if err != nil || !kept {
		return nil, err
	}
	ids, err := a.Repo.ListChanges(ctx, a.Tips, a.Walk, path.Dir(settings.PolicyPath))
	if err != nil {
		return nil, err
	}
	var changes []audit.PolicyChange
	for _, id := range ids {
		if len(changes) == maxPolicyChanges {
			break
		}
		change, ok, err := a.policyChange(ctx, id)
		if err != nil {
			return changes, err
		}
		if ok {
			changes = append(changes, change)
		}
	}
	return changes, nil
}

func (a *Auditing) keepsPolicy(ctx context.Context) (bool, error) {
	if a.Judge.Supplier != nil {
		return true, nil
	}
	for _, t := range a.Tips {
		switch id, err := a.PolicyIn(ctx, t.ID); {
		case err != nil:
			return false, err
		case id != "":
			return true, nil
		}
	}
	return false, nil
}

// PolicyIn is the id of the directory in a commit with the policy's file and its
// key files, empty where it has no such file. The file itself need not be here.
func (a *Auditing) PolicyIn(ctx context.Context, commit string) (id string, err error) {
	id, _, err = a.Repo.Resolve(ctx, commit+":"+path.Dir(settings.PolicyPath))
	if errors.Is(err, git.ErrMissing) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	file, err := a.Repo.PathID(ctx, commit, settings.PolicyPath)
	if file == "" {
		return "", err
	}
	return id, nil
}

// hasTrees says whether what tips have in their files can be told.
func (a *Auditing) hasTrees(ctx context.Context) (bool, error) {
	for _, t := range a.Tips {
		if t.Type != git.Commit {
			continue
		}
		if _, _, err := a.Repo.Resolve(ctx, t.ID+"^{tree}"); err != nil {
			if errors.Is(err, git.ErrMissing) {
				err = nil
			}
			return false, err
		}
	}
	return true, nil
}

// policyChange judges a commit by the policy of its first parent, where that has
// one; ok is false where its own is the same. Of a merge the first parent alone
// counts: one that takes an older policy from its other side has changed it.
func (a *Auditing) policyChange(ctx context.Context, id string) (c audit.PolicyChange, ok bool, err error) {
	own, err := a.PolicyIn(ctx, id)
	if err != nil {
		return c, false, err
	}
	before := ""
	parent, _, err := a.Repo.Resolve(ctx, id+"^1")
	if err == nil {
		before, err = a.PolicyIn(ctx, parent)
	} else if errors.Is(err, git.ErrMissing) {
		err = nil
	}
	if err != nil || own == before {
		return c, false, err
	}
	c.Commit = id
	if before != "" {
		r, err := a.judgedBy(ctx, parent, id)
		if err != nil {
			return c, false, err
		}
		c.Verdict, c.Reason = r.Verdict.String(), r.Reason
	}
	if _, o, err := a.Repo.ReadObject(ctx, id); err == nil {
		c.Subject = o.Subject()
	}
	return c, true, nil
}

// judgedBy judges a commit by the policy in another. One that does not parse
// leaves it unknown.
func (a *Auditing) judgedBy(ctx context.Context, policy, id string) (*verifier.Result, error) {
	p, err := judging.PolicyWithKeysOf(ctx, a.Repo, policy, policy)
	if err != nil {
		return &verifier.Result{Reason: err.Error()}, context.Cause(ctx)
	}
	judge, err := a.Judge.By(p)
	if err != nil {
		return &verifier.Result{Reason: err.Error()}, nil
	}
	return judging.Revision(ctx, a.Repo, judge, id).Result, nil
}
