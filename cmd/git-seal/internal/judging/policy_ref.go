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
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/policy"
)

// PolicyCommit is a commit that supplies the policy.
type PolicyCommit struct {
	verifier.Supplier
	Ref string // the ref that names it; empty if its ID does
}

// loadPolicyRef reads the policy that seal.policyRef names.
func loadPolicyRef(ctx context.Context, repo *git.Repository, v settings.Value, config *git.Config) (*policy.Policy, *PolicyCommit, error) {
	if fetch, ok := Fetched(v.Text, config); ok {
		return nil, nil, host.Fail(host.ExitUnknown, "cannot read the policy (from %s): %s is moved by %s in %s: a fetched commit could supply its own policy", v.Origin(), v.Text, fetch.Key, settings.ConfigSource(fetch)).
			WithHint("name a commit's full ID, or a branch of your own")
	}
	c, err := findPolicyCommit(ctx, repo, v)
	if err != nil {
		f := why.From(err, host.ExitUnknown)
		return nil, nil, host.Fail(host.ExitUnknown, "cannot read the policy (from %s): %w", v.Origin(), err).WithHint("%s", f.Hint)
	}
	c.From = v.Source
	p, err := gitsource.ReadPolicyFile(ctx, repo, c.ID, v.Text)
	if err != nil {
		return nil, nil, why.From(noPolicyHint(err), host.ExitUnknown)
	}
	return p, c, nil
}

// findPolicyCommit finds the commit that seal.policyRef names.
func findPolicyCommit(ctx context.Context, repo *git.Repository, v settings.Value) (*PolicyCommit, error) {
	pin, err := repo.ReadRef(ctx, settings.PinnedRef)
	if err != nil {
		return nil, err
	}
	id := v.Text
	switch {
	case id == settings.PinnedRef:
		id = pin
	case !settings.FullID.MatchString(id):
		if id, err = repo.ReadRef(ctx, id); err != nil {
			return nil, err
		}
	}
	if id == "" {
		f := host.Fail(host.ExitUnknown, "there is no ref %s", v.Text)
		if v.Text == settings.PinnedRef {
			f.Hint = "to create it from a commit that contains " + settings.PolicyPath + ", run: git seal policy pin REV"
		}
		return nil, f
	}
	o, err := repo.ReadID(ctx, id)
	if err != nil {
		return nil, err
	}
	if o.Type != git.Commit {
		return nil, host.Fail(host.ExitUnknown, "%s is a %s, not a commit", v.Text, o.Type).WithHint("name the commit that the tag points to")
	}
	c := &PolicyCommit{Supplier: verifier.Supplier{ID: id, Payload: o.Payload(), Pinned: id == pin || id == v.Text && !v.Flag}}
	if id != v.Text {
		c.Ref = v.Text
	}
	return c, nil
}

// noPolicyHint adds a hint to an error about a commit without a policy.
func noPolicyHint(err error) error {
	if !errors.Is(err, gitsource.ErrNoPolicy) {
		return err
	}
	return host.Fail(host.ExitUnknown, "%w", err).WithHint("to write one, run: git seal policy init --output %s", policy.Path)
}

// PolicyWithKeysOf reads the policy in a commit and its key files; name is the commit's
// name for people.
func PolicyWithKeysOf(ctx context.Context, repo *git.Repository, id, name string) (*policy.Policy, error) {
	p, err := gitsource.ReadPolicy(ctx, repo, id, name)
	if err != nil {
		return nil, why.From(noPolicyHint(err), host.ExitUnknown)
	}
	return p, nil
}

// Fetched returns the refspec of a remote that moves the ref, as a mirror has.
func Fetched(ref string, config *git.Config) (git.ConfigValue, bool) {
	for _, c := range config.Section("remote") {
		if !strings.HasSuffix(c.Key, ".fetch") || strings.HasPrefix(c.Value, "^") {
			continue
		}
		_, to, _ := strings.Cut(strings.TrimPrefix(c.Value, "+"), ":")
		to = fullRef(to)
		before, after, pattern := strings.Cut(to, "*")
		if to == ref || pattern && len(ref) >= len(before)+len(after) && strings.HasPrefix(ref, before) && strings.HasSuffix(ref, after) {
			return c, true
		}
	}
	return git.ConfigValue{}, false
}

// fullRef returns what git makes of a refspec's destination (git-fetch(1)): a name
// that begins with no part of refs/ is a branch.
func fullRef(to string) string {
	first, _, _ := strings.Cut(to, "/")
	switch {
	case to == "" || first == "refs":
		return to
	case first == "heads" || first == "tags" || first == "remotes":
		return "refs/" + to
	}
	return "refs/heads/" + to
}
