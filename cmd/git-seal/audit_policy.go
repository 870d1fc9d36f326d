package main

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// maxPolicyChanges bounds the changes of the policy that are judged: each may
// have another policy before it, to be read with its keys.
const maxPolicyChanges = 1000

// policyChanges lists the commits of the history that changed the policy's file
// or a key file beside it, the newest first, each with its verdict under the
// policy of its first parent. The policy of the audit judges the whole history,
// and by it whoever once wrote himself in would be good. Where the policy is no
// file of the repository there is nothing to list.
func (a *auditing) policyChanges(ctx context.Context) ([]audit.PolicyChange, error) {
	if a.judge.supplier == nil {
		return nil, nil
	}
	ids, err := a.repo.ListChanges(ctx, a.tips, path.Dir(policyPath))
	if err != nil {
		return nil, err
	}
	if len(ids) > maxPolicyChanges {
		a.notes = append(a.notes, fmt.Sprintf("%d commits changed the policy: the newest %d are listed", len(ids), maxPolicyChanges))
		ids = ids[:maxPolicyChanges]
	}
	var changes []audit.PolicyChange
	for _, id := range ids {
		c, err := a.policyChange(ctx, id)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (a *auditing) policyChange(ctx context.Context, id string) (audit.PolicyChange, error) {
	c := audit.PolicyChange{Commit: id}
	parent, _, err := a.repo.Resolve(ctx, id+"^1")
	if errors.Is(err, git.ErrMissing) {
		c.Subject = a.subjectOf(ctx, id)
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if _, _, err := a.repo.Resolve(ctx, parent+":"+policyPath); errors.Is(err, git.ErrMissing) {
		c.Subject = a.subjectOf(ctx, id)
		return c, nil
	}
	p, err := policyWithKeysOf(ctx, a.repo, parent, parent)
	if err != nil {
		c.Subject, c.Verdict = a.subjectOf(ctx, id), verifier.Unknown.String()
		c.Reason = "the policy before it cannot be read: " + err.Error()
		return c, nil
	}
	judge, err := a.judge.by(p)
	if err != nil {
		return c, err
	}
	j := judgeRevision(ctx, a.repo, judge, id)
	c.Verdict, c.Reason = j.Verdict.String(), j.Reason
	if j.object != nil {
		c.Subject = j.object.Subject()
	}
	return c, nil
}

func (a *auditing) subjectOf(ctx context.Context, id string) string {
	_, o, err := a.repo.ReadObject(ctx, id)
	if err != nil {
		return ""
	}
	return o.Subject()
}
