package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// judge is a verifier together with where its policy and its trusted roots
// came from, which every report tells.
type judge struct {
	verifier   *verifier.Verifier
	roots      []*trust.Root
	policy     *verifier.Policy // nil: nobody is trusted
	policyFrom string
	supplier   *policyCommit // nil where the policy comes from no commit
	keyFile    keyFileReader // reads the key files that the policy names
}

// newJudge loads what the settings name. identity, where one is given on the
// command line, stands in for the policy.
func (h *host) newJudge(ctx context.Context, vals values, config *git.Config, repo *git.Repository, identity *verifier.PolicyIdentity) (*judge, error) {
	j, ready := h.startJudge(ctx, vals, config, repo, identity)
	return j, ready()
}

// startJudge is newJudge that comes back with the roots alone: the policy is
// read beside them, one in a commit by a git process of its own. The judge is
// complete when ready says so.
func (h *host) startJudge(ctx context.Context, vals values, config *git.Config, repo *git.Repository, identity *verifier.PolicyIdentity) (j *judge, ready func() error) {
	j = new(judge)
	trees := h.workTrees(config)
	policy := make(chan error, 1)
	go func() { policy <- j.readPolicy(ctx, vals, config, repo, trees, identity) }()
	var err error
	j.roots, err = h.trustedRoots(vals, trees)
	return j, func() error {
		if err := <-policy; err != nil {
			return err
		}
		if err != nil {
			return err
		}
		j.verifier, err = verifier.New(verifier.Options{Roots: j.roots, Policy: j.policy})
		return err
	}
}

// readPolicy reads the policy that the command line or the settings name.
func (j *judge) readPolicy(ctx context.Context, vals values, config *git.Config, repo *git.Repository, trees []string, identity *verifier.PolicyIdentity) (err error) {
	if identity != nil {
		j.policyFrom = "the command line"
		if j.policy, err = verifier.NewPolicy(identity.Name, *identity); err != nil {
			return fail(exitUsage, "%w", err).withHint("git seal verify --help says what the flags take")
		}
	} else if v, ok := vals.one(settingPolicy); ok {
		j.policyFrom = v.Source
		j.policy, err = loadPolicy(v, trees)
		j.keyFile = keyFilesBeside(v, trees)
	} else if v, ok := vals.one(settingPolicyRef); ok {
		j.policyFrom = v.Source
		if j.policy, j.supplier, err = loadPolicyRef(ctx, repo, v, config); err == nil {
			j.keyFile = keyFilesOf(ctx, repo, j.supplier.id)
		}
	}
	return err
}

// readKeys reads the key files that the policy names. Git brings signatures of
// our own scheme alone, so that judging for git goes without.
func (j *judge) readKeys() error {
	if j.policy == nil || j.keyFile == nil {
		return nil
	}
	return j.policy.ReadKeys(j.keyFile)
}

// by returns a judge with the same trusted roots and another policy.
func (j *judge) by(p *verifier.Policy) (*judge, error) {
	other := &judge{roots: j.roots, policy: p}
	var err error
	other.verifier, err = verifier.New(verifier.Options{Roots: j.roots, Policy: p})
	return other, err
}

// verify judges one object.
func (j *judge) verify(object verifier.Object, payload, signature []byte) *verifier.Result {
	r := j.verifier.VerifyObject(object, payload, signature)
	if j.supplier.judges(payload) {
		return selfJudged(r, j.policyFrom)
	}
	return r
}

// signedObject is what a policy has to know about an object of git.
func signedObject(o *git.Object) verifier.Object {
	by := o.Committer()
	return verifier.Object{
		Type: verifier.ObjectType(o.Type), Committer: by.Email, TagName: o.TagName(), Date: by.When,
		Subject: o.Subject(), Parents: len(o.Parents()),
	}
}

// storedObject is the same of an object in a repository, which is asked what
// merging its parents gives where that has to be known.
func storedObject(ctx context.Context, repo *git.Repository, o *git.Object) verifier.Object {
	signed := signedObject(o)
	signed.MergesCleanly = func() (bool, error) { return repo.MergesCleanly(ctx, o) }
	return signed
}

// signedPayload is the same, read from what git hands to a verifying program.
// What does not begin as a commit or a tag is a push certificate. What a server
// could take for one although it is a commit or a tag counts as neither: whoever
// signs chooses the words, and must not get round the rules for one by the other.
// An error is about an object that readers would understand differently.
func signedPayload(payload []byte) (verifier.Object, error) {
	format, typ, ok := firstHeader(payload)
	if !ok {
		return verifier.Object{Type: verifier.PushCertificate}, nil
	}
	o, err := git.ParseObject(format, typ, payload)
	if err != nil || isPushCommand(pushCommands(payload)) {
		return verifier.Object{}, err
	}
	return signedObject(o), nil
}

// loadPolicy reads the policy that a setting names.
func loadPolicy(v value, trees []string) (*verifier.Policy, error) {
	if err := outside(v, trees); err != nil {
		return nil, fail(exitUnknown, "policy (%s): %w", v.Source, err).
			withHint("keep the policy outside the work tree, or in its git directory; --policy names one for one command")
	}
	text, err := readFileMax(v.Text, maxPolicyFile)
	if err != nil {
		f := fail(exitUnknown, "policy (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.hint = "git seal policy allow REV starts it with the signer of REV"
		}
		return nil, f
	}
	p, err := verifier.ParsePolicy(v.Text, text)
	if err != nil {
		return nil, asFailure(err, exitUnknown)
	}
	return p, nil
}
