package policies

import (
	"context"
	"path/filepath"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/policy"
)

// PolicyToCheck reads the policy to check, and returns where it is named. It warns of what
// was skipped in the key files, and returns an error for a file that is refused.
func PolicyToCheck(ctx context.Context, h *host.Host, flags map[string][]string, args []string) (*policy.Policy, string, error) {
	p, from, err := policyToCheck(ctx, h, flags, args)
	if err == nil {
		warn(h, p, rootNames(ctx, h, flags))
		err = judging.CheckKeys(h, p)
	}
	return p, from, err
}

// rootNames returns the names of the trusted roots, nil if they cannot be read: only
// the policy matters here.
func rootNames(ctx context.Context, h *host.Host, flags map[string][]string) []string {
	repo := git.New(settings.GitOptions(h))
	defer repo.Close()
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Judging)
	if err != nil {
		return nil
	}
	roots, err := instance.TrustedRoots(h, vals, settings.WorkTrees(h, config))
	if err != nil {
		return nil
	}
	return namesOf(roots)
}

func policyToCheck(ctx context.Context, h *host.Host, flags map[string][]string, args []string) (*policy.Policy, string, error) {
	if len(args) > 0 {
		v := settings.Value{Text: h.Abs(args[0]), Source: "the command line", Flag: true}
		p, err := loadPolicyWithKeys(v)
		return p, v.Source, err
	}
	repo := git.New(settings.GitOptions(h))
	defer repo.Close()
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Judging)
	if err != nil {
		return nil, "", err
	}
	var j judging.Judge
	if err := j.ReadPolicy(ctx, vals, config, repo, settings.WorkTrees(h, config), nil); err != nil {
		return nil, "", err
	}
	if j.Policy == nil {
		return policyInWorkTree(ctx, h)
	}
	if err := j.ReadKeys(); err != nil {
		return nil, "", err
	}
	return j.Policy, j.PolicyFrom, nil
}

// policyInWorkTree reads the policy that would count once it is committed and pinned.
func policyInWorkTree(ctx context.Context, h *host.Host) (*policy.Policy, string, error) {
	repo, err := git.Open(ctx, settings.GitOptions(h))
	if err != nil {
		return nil, "", errNoPolicy()
	}
	defer repo.Close()
	if repo.WorkTree() == "" {
		return nil, "", errNoPolicy()
	}
	v := settings.Value{Text: filepath.Join(repo.WorkTree(), filepath.FromSlash(settings.PolicyPath)), Source: "the work tree, because no setting names a policy", Flag: true}
	p, err := loadPolicyWithKeys(v)
	return p, v.Source, err
}

// loadPolicyWithKeys reads a policy, wherever it is, and its key files.
func loadPolicyWithKeys(v settings.Value) (*policy.Policy, error) {
	p, err := judging.LoadPolicy(v, nil)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(judging.KeyFilesBeside(v, nil))
}

func errNoPolicy() *host.Failure {
	return host.Fail(host.ExitNotGood, "no policy").WithHint("to create one, run git seal policy allow REV for the signer of REV, or git seal policy init for all signers")
}
