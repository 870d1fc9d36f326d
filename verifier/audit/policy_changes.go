package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// PolicyStore is a repository as a source has it, for the changes of the policy
// in its commits. A method returns ErrMissing if the repository does not have the
// object.
type PolicyStore interface {
	// PolicyID returns the id of the directory in a commit with the policy's
	// file and its key files, empty where the commit has no such file.
	PolicyID(ctx context.Context, commit string) (string, error)
	// FirstParent returns the id of a commit's first parent, empty for none.
	FirstParent(ctx context.Context, commit string) (string, error)
	// ReadPolicy reads the policy in a commit, with its key files.
	ReadPolicy(ctx context.Context, commit string) (*policy.Policy, error)
	// Verify judges a commit, and returns the first line of its message.
	Verify(ctx context.Context, v *verifier.Verifier, commit string) (r *verifier.Result, subject string)
}

// ListPolicyChanges returns which of the commits changed the policy's file, or a
// key file next to it, and what each is under the policy before it: whoever may
// change the policy decides who may sign. They are at most MaxPolicyChanges.
func ListPolicyChanges(ctx context.Context, store PolicyStore, v *verifier.Verifier, commits []string) ([]PolicyChange, error) {
	var changes []PolicyChange
	for _, id := range commits {
		if len(changes) == MaxPolicyChanges {
			break
		}
		change, ok, err := policyChange(ctx, store, v, id)
		if err != nil {
			return changes, err
		}
		if ok {
			changes = append(changes, change)
		}
	}
	return changes, nil
}

// policyChange judges a commit by the policy of its first parent, where that has
// one; ok is false where its own is the same. Of a merge the first parent alone
// counts: one that takes an older policy from its other side has changed it.
func policyChange(ctx context.Context, store PolicyStore, v *verifier.Verifier, id string) (c PolicyChange, ok bool, err error) {
	own, err := store.PolicyID(ctx, id)
	if err != nil {
		return c, false, err
	}
	before := ""
	parent, err := store.FirstParent(ctx, id)
	if err == nil && parent != "" {
		before, err = store.PolicyID(ctx, parent)
	}
	if errors.Is(err, ErrMissing) {
		err = nil
	}
	if err != nil || own == before {
		return c, false, err
	}
	c.Commit = id
	_, subject := store.Verify(ctx, v, id)
	c.Subject = subject
	if before != "" {
		r, err := verifiedBy(ctx, store, v, parent, id)
		if err != nil {
			return c, false, err
		}
		c.Verdict, c.Reason = r.Verdict.String(), r.Reason
	}
	return c, true, nil
}

// verifiedBy judges a commit by the policy in another. The policy of a commit
// that is not good itself is not read: anyone can write one, of any cost.
func verifiedBy(ctx context.Context, store PolicyStore, v *verifier.Verifier, supplier, id string) (*verifier.Result, error) {
	undecided := func(err error) (*verifier.Result, error) {
		return &verifier.Result{Reason: err.Error()}, context.Cause(ctx)
	}
	if r, _ := store.Verify(ctx, v, supplier); r.Verdict != verifier.Good {
		return undecided(fmt.Errorf("the policy before it is not read: the commit %s with it is %s", supplier, r.Verdict))
	}
	p, err := store.ReadPolicy(ctx, supplier)
	if err != nil {
		return undecided(err)
	}
	by, err := v.WithPolicy(p)
	if err != nil {
		return undecided(err)
	}
	r, _ := store.Verify(ctx, by, id)
	return r, nil
}
