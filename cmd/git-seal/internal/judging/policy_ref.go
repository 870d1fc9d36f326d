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

// PolicyCommit is a commit that supplies the policy.
type PolicyCommit struct {
	ID      string
	Payload []byte
	Pinned  bool   // the user chose it: its own policy may verify the commit
	Ref     string // the ref that names it; empty if its ID does
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
	p, err := policyOf(ctx, repo, c.ID, v.Text)
	return p, c, err
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
	_, o, err := repo.ReadObject(ctx, id)
	if err != nil {
		return nil, err
	}
	if o.Type != git.Commit {
		return nil, host.Fail(host.ExitUnknown, "%s is a %s, not a commit", v.Text, o.Type).WithHint("name the commit that the tag points to")
	}
	c := &PolicyCommit{ID: id, Payload: o.Payload(), Pinned: id == pin || id == v.Text && !v.Flag}
	if id != v.Text {
		c.Ref = v.Text
	}
	return c, nil
}

// policyOf reads the policy's file in a commit; name is the commit's name for people.
func policyOf(ctx context.Context, repo *git.Repository, id, name string) (*policy.Policy, error) {
	_, text, err := repo.ReadBlob(ctx, id+":"+settings.PolicyPath)
	if errors.Is(err, git.ErrNoRevision) {
		return nil, host.Fail(host.ExitUnknown, "the commit %s has no file %s", id, settings.PolicyPath).
			WithHint("to write one, run: git seal policy init --output %s", settings.PolicyPath)
	}
	if err != nil {
		return nil, err
	}
	source := settings.PolicyPath + " of " + id
	if name != id {
		source += " (" + name + ")"
	}
	p, err := policy.Parse(source, text)
	if err != nil {
		return nil, why.From(err, host.ExitUnknown)
	}
	return p, nil
}

// PolicyWithKeysOf reads the policy in a commit, with its key files there.
func PolicyWithKeysOf(ctx context.Context, repo *git.Repository, id, name string) (*policy.Policy, error) {
	p, err := policyOf(ctx, repo, id, name)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(keyFilesOf(ctx, repo, id))
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

// Judges reports whether payload is the commit that supplies the policy, or a tag of
// it: a change under review must not bring its own policy.
func (c *PolicyCommit) Judges(payload []byte) bool {
	if c == nil || c.Pinned {
		return false
	}
	return string(payload) == string(c.Payload) || strings.HasPrefix(string(payload), "object "+c.ID+"\n")
}

// SelfJudged returns the result for a commit that would be verified by its own
// policy. A verdict that no policy changes stays.
func SelfJudged(r *verifier.Result, from string) *verifier.Result {
	switch r.Verdict {
	case verifier.Bad, verifier.Unsigned, verifier.Unsupported, verifier.Unknown:
		return r
	}
	own := *r
	own.Verdict, own.Rule = verifier.Unknown, ""
	own.Reason = fmt.Sprintf("a commit cannot be verified by the policy that it supplies (from %s)", from)
	own.Hint = "pin it first: git seal policy pin verifies it by the policy before it"
	return &own
}
