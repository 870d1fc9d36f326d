package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

const (
	// pinnedRef is where git seal policy pin keeps the commit whose policy
	// counts.
	pinnedRef = "refs/seal/policy"
	// policyPath is the policy's file in a commit.
	policyPath = ".git-seal/policy.yaml"
)

// policyCommit is a commit that supplies the policy.
type policyCommit struct {
	id      string
	payload []byte
	pinned  bool   // by who set it: the commit may be judged by its own policy
	ref     string // by which it was named; empty where an id named it
}

// loadPolicyRef reads the policy that seal.policyRef names.
func loadPolicyRef(ctx context.Context, repo *git.Repository, v value, config *git.Config) (*verifier.Policy, *policyCommit, error) {
	if fetch, ok := fetched(v.Text, config); ok {
		return nil, nil, fail(exitUnknown, "policy (%s): %s: %s in %s moves it: what was just fetched would choose its own judge", v.Source, v.Text, fetch.Key, configSource(fetch)).
			withHint("name a commit's full id, or a branch of your own")
	}
	c, err := findPolicyCommit(ctx, repo, v)
	if err != nil {
		f := asFailure(err, exitUnknown)
		return nil, nil, fail(exitUnknown, "policy (%s): %w", v.Source, err).withHint("%s", f.hint)
	}
	p, err := policyOf(ctx, repo, c.id, v.Text)
	return p, c, err
}

// findPolicyCommit finds the commit that seal.policyRef names.
func findPolicyCommit(ctx context.Context, repo *git.Repository, v value) (*policyCommit, error) {
	pin, err := repo.ReadRef(ctx, pinnedRef)
	if err != nil {
		return nil, err
	}
	id := v.Text
	switch {
	case id == pinnedRef:
		id = pin
	case !fullID.MatchString(id):
		if id, err = repo.ReadRef(ctx, id); err != nil {
			return nil, err
		}
	}
	if id == "" {
		f := fail(exitUnknown, "%s: there is no such ref", v.Text)
		if v.Text == pinnedRef {
			f.hint = "git seal policy pin REV makes it, of a commit with the file " + policyPath
		}
		return nil, f
	}
	_, o, err := repo.ReadObject(ctx, id)
	if err != nil {
		return nil, err
	}
	if o.Type != git.Commit {
		return nil, fail(exitUnknown, "%s: a %s, not a commit", v.Text, o.Type).withHint("name the commit that the tag points to")
	}
	c := &policyCommit{id: id, payload: o.Payload(), pinned: id == pin || id == v.Text && !v.Flag}
	if id != v.Text {
		c.ref = v.Text
	}
	return c, nil
}

// policyOf reads the policy's file in a commit; name is how people know it.
func policyOf(ctx context.Context, repo *git.Repository, id, name string) (*verifier.Policy, error) {
	_, text, err := repo.ReadBlob(ctx, id+":"+policyPath)
	if errors.Is(err, git.ErrNoRevision) {
		return nil, fail(exitUnknown, "the commit %s has no file %s", id, policyPath).
			withHint("git seal policy init --output %s writes one", policyPath)
	}
	if err != nil {
		return nil, err
	}
	source := policyPath + " of " + id
	if name != id {
		source += " (" + name + ")"
	}
	p, err := verifier.ParsePolicy(source, text)
	if err != nil {
		return nil, asFailure(err, exitUnknown)
	}
	return p, nil
}

// policyWithKeysOf is policyOf with the key files of the same commit.
func policyWithKeysOf(ctx context.Context, repo *git.Repository, id, name string) (*verifier.Policy, error) {
	p, err := policyOf(ctx, repo, id, name)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(keyFilesOf(ctx, repo, id))
}

// fetched returns the refspec of a remote that moves the ref, as in a mirror.
func fetched(ref string, config *git.Config) (git.ConfigValue, bool) {
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

// fullRef is what git makes of a refspec's destination (git-fetch(1)): a name
// that begins with no part of refs/ is a branch's.
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

// judges says whether what is judged is the commit that supplies the policy, or
// a tag of it: a change under review must not bring its own judge.
func (c *policyCommit) judges(payload []byte) bool {
	if c == nil || c.pinned {
		return false
	}
	return string(payload) == string(c.payload) || strings.HasPrefix(string(payload), "object "+c.id+"\n")
}

// selfJudged is the result for a commit that would be judged by its own policy.
// What no policy changes stays as it is.
func selfJudged(r *verifier.Result, from string) *verifier.Result {
	switch r.Verdict {
	case verifier.Bad, verifier.Unsigned, verifier.Unsupported, verifier.Unknown:
		return r
	}
	own := *r
	own.Verdict, own.Rule = verifier.Unknown, ""
	own.Reason = fmt.Sprintf("it supplies the policy by which it would be judged (%s)", from)
	own.Hint = "git seal policy pin judges it by the policy before it"
	return &own
}
