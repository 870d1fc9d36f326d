package main

import (
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
}

// newJudge loads what the settings name. identity, where one is given on the
// command line, stands in for the policy.
func (h *host) newJudge(vals values, config *git.Config, identity *verifier.PolicyIdentity) (*judge, error) {
	trees := h.workTrees(config)
	roots, err := trustedRoots(vals, trees)
	if err != nil {
		return nil, err
	}
	j := &judge{roots: roots}
	if identity != nil {
		j.policyFrom = "--certificate-identity"
		if j.policy, err = verifier.NewPolicy(j.policyFrom, *identity); err != nil {
			return nil, fail(exitUsage, "--certificate-identity: %w", err)
		}
	} else if v, ok := vals.one(settingPolicy); ok {
		j.policyFrom = v.Source
		if j.policy, err = loadPolicy(v, trees); err != nil {
			return nil, err
		}
	}
	j.verifier, err = verifier.New(verifier.Options{Roots: roots, Policy: j.policy})
	return j, err
}

// loadPolicy reads the policy that a setting names.
func loadPolicy(v value, trees []string) (*verifier.Policy, error) {
	if err := outside(v, trees); err != nil {
		return nil, fail(exitUnknown, "policy (%s): %w", v.Source, err).
			withHint("keep the policy outside the work tree, or name it with --policy for one command")
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
