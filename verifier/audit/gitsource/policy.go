package gitsource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// ErrNoPolicy says that a commit has no policy's file.
var ErrNoPolicy = errors.New("no file " + policy.Path)

// ReadPolicy reads the policy in a commit, with the key files in the same commit.
// name is how people know the commit; it may be its id.
func ReadPolicy(ctx context.Context, repo *git.Repository, commit, name string) (*policy.Policy, error) {
	p, err := ReadPolicyFile(ctx, repo, commit, name)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(ReadKeyFile(ctx, repo, commit))
}

// ReadPolicyFile is ReadPolicy without the key files.
func ReadPolicyFile(ctx context.Context, repo *git.Repository, commit, name string) (*policy.Policy, error) {
	_, text, err := repo.ReadBlob(ctx, commit+":"+policy.Path)
	if errors.Is(err, git.ErrNoRevision) {
		return nil, fmt.Errorf("the commit %s: %w", commit, ErrNoPolicy)
	}
	if err != nil {
		return nil, err
	}
	source := policy.Path + " of " + commit
	if name != commit {
		source += " (" + name + ")"
	}
	return policy.Parse(source, text)
}

// ReadKeyFile returns a function that reads the key files of the policy in a
// commit, by the names that the policy has for them, out of that commit. Files of
// the same names in the work tree are of no account.
func ReadKeyFile(ctx context.Context, repo *git.Repository, commit string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%q is outside the policy's directory", name)
		}
		_, text, err := repo.ReadBlob(ctx, commit+":"+path.Join(path.Dir(policy.Path), name))
		if errors.Is(err, git.ErrNoRevision) {
			return nil, fmt.Errorf("not in the commit %s: %w", commit, fs.ErrNotExist)
		}
		return text, err
	}
}

// PolicyID returns the id of the directory in a commit with the policy's file and
// its key files, empty where the commit has no such file. The file itself need
// not be here.
func PolicyID(ctx context.Context, repo *git.Repository, commit string) (string, error) {
	id, _, err := repo.Resolve(ctx, commit+":"+path.Dir(policy.Path))
	if errors.Is(err, git.ErrMissing) {
		return "", nil
	}
	if err != nil {
		return "", unlessTooLarge(err)
	}
	file, err := repo.PathID(ctx, commit, policy.Path)
	if file == "" {
		return "", err
	}
	return id, nil
}

// unlessTooLarge is an error, but for that of an object that is too large to be
// read: no policy comes from there.
func unlessTooLarge(err error) error {
	if errors.As(err, new(*git.SizeError)) {
		return nil
	}
	return err
}

// PolicyChanges lists the commits that changed the policy's file, or a key file
// next to it, with what each is under the policy before it: whoever may change
// the policy decides who may sign.
func (s *Source) PolicyChanges(ctx context.Context, v *verifier.Verifier, w audit.Walk) ([]audit.PolicyChange, error) {
	ids, err := s.repo.ListChanges(ctx, gitTips(s.tips), git.WalkOptions{FirstParent: w.FirstParent, NoMerges: w.NoMerges}, path.Dir(policy.Path))
	if err != nil {
		return nil, err
	}
	return audit.ListPolicyChanges(ctx, store{s.repo}, v, ids)
}

// maxAskedTips bounds the tips that are asked for a policy: what git reads for the
// answer it keeps in memory.
const maxAskedTips = 20

// HasPolicy reports whether the history begins with a policy of its own, as far as
// the first tips tell. A clone without trees cannot show that, and Notes says so.
func (s *Source) HasPolicy(ctx context.Context) (bool, error) {
	treeless, err := s.lacksTrees(ctx)
	if s.treeless = treeless; err != nil || treeless {
		return false, err
	}
	asked := 0
	for _, t := range s.tips {
		if t.Type != policy.Commit {
			continue
		}
		if id, err := PolicyID(ctx, s.repo, t.ID); err != nil || id != "" {
			return id != "", err
		}
		if asked++; asked == maxAskedTips {
			break
		}
	}
	return false, nil
}

// lacksTrees reports whether the clone has no trees. One tip tells: git leaves
// out those of all commits or of none.
func (s *Source) lacksTrees(ctx context.Context) (bool, error) {
	for _, t := range s.tips {
		if t.Type != policy.Commit {
			continue
		}
		_, _, err := s.repo.Resolve(ctx, t.ID+"^{tree}")
		if errors.Is(err, git.ErrMissing) {
			return true, nil
		}
		return false, unlessTooLarge(err)
	}
	return false, nil
}

// store is the repository for audit.ListPolicyChanges.
type store struct{ repo *git.Repository }

func (s store) PolicyID(ctx context.Context, commit string) (string, error) {
	return PolicyID(ctx, s.repo, commit)
}

func (s store) FirstParent(ctx context.Context, commit string) (string, error) {
	parent, _, err := s.repo.Resolve(ctx, commit+"^1")
	if errors.Is(err, git.ErrMissing) {
		return "", nil
	}
	return parent, err
}

func (s store) ReadPolicy(ctx context.Context, commit string) (*policy.Policy, error) {
	return ReadPolicy(ctx, s.repo, commit, commit)
}

func (s store) Verify(ctx context.Context, v *verifier.Verifier, commit string) (*verifier.Result, string) {
	o, err := s.repo.ReadID(ctx, commit)
	if err != nil {
		return &verifier.Result{Reason: err.Error()}, ""
	}
	signed := gitobject.Signed(o)
	signed.MergesCleanly = func() (bool, error) { return s.repo.MergesCleanly(ctx, o) }
	return v.VerifyObject(signed, o.Payload(), o.Signature()), o.Subject()
}
