// Package verifier judges signatures: bytes, trusted roots and a policy in, a
// Result with a verdict and the outcome of each check out. It reads no file,
// no clock, no environment and no network; docs/verification.md lists the
// checks in their order.
package verifier

import (
	"errors"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Options say by what a Verifier judges.
type Options struct {
	// Roots are the instances that are trusted, at least one. The first that
	// knows a certificate's authority judges all the evidence of that object;
	// evidence is never mixed across roots.
	Roots []*trust.Root
	// Policy says who may sign. Without one nothing is ever trusted.
	Policy *policy.Policy
}

// Verifier judges signed objects. It is safe for parallel use, and one
// Verifier for many objects is what makes each of them cheap: authorities'
// certificates are verified once.
type Verifier struct {
	roots  []*trust.Root
	policy *policy.Policy
	known  promises
}

// New returns a Verifier. No root, or a nil one, is an error, and so is a
// policy that names one of several roots with the same name.
func New(o Options) (*Verifier, error) {
	if len(o.Roots) == 0 {
		return nil, errors.New("verifier: no trusted root")
	}
	for _, r := range o.Roots {
		if r == nil || len(r.CertificateAuthorities()) == 0 {
			return nil, errors.New("verifier: a trusted root without certificate authorities")
		}
	}
	var names []string
	for _, r := range o.Roots {
		names = append(names, r.Name)
	}
	if err := o.Policy.CheckTrust(names); err != nil {
		return nil, err
	}
	return &Verifier{roots: append([]*trust.Root(nil), o.Roots...), policy: o.Policy}, nil
}

// WithPolicy returns a Verifier with the same trusted roots and another policy.
func (v *Verifier) WithPolicy(p *policy.Policy) (*Verifier, error) {
	return New(Options{Roots: v.roots, Policy: p})
}

// Verify judges an object by its signed bytes and its signature, as git hands
// both to a verifying program: the signature in its armor, the payload without
// it. An empty signature is unsigned. Verify does not fail and does not panic:
// whatever goes wrong inside is unknown.
//
// It is VerifyObject for callers that know nothing about the object: a policy
// file's rules about committers and tags then do not match.
func (v *Verifier) Verify(payload, signature []byte) *Result {
	return v.VerifyObject(policy.Object{}, payload, signature)
}

// VerifyObject is Verify with what the policy has to know about the object,
// which the caller has to have read from this payload.
func (v *Verifier) VerifyObject(object policy.Object, payload, signature []byte) (result *Result) {
	defer func() {
		if p := recover(); p != nil {
			result = &brokenOff(p).found
		}
	}()

	switch schemeOf(signature) {
	case NoScheme:
		return &Result{Verdict: Unsigned, Reason: "no signature"}
	case OpenPGP:
		return judgeOpenPGP(v.policy, object, payload, signature)
	case SSH:
		return judgeSSH(v.policy, object, payload, signature)
	}
	return v.Decide(object, v.Examine(payload, signature))
}

// examine lets the roots that know the certificate's authority judge, in their
// order, until one of them can tell.
func (v *Verifier) examine(signed *cms.SignedData, payload []byte) *Findings {
	var first *Findings
	for _, root := range v.roots {
		if !knows(root, signed) {
			continue
		}
		findings := newJudge(root, &v.known, signed, payload).run()
		if verdict, _ := verdictOf(findings.underAnyPolicy()); verdict != Unknown {
			return findings
		}
		if first == nil {
			first = findings
		}
	}
	if first == nil {
		first = newJudge(nil, &v.known, signed, payload).run()
	}
	return first
}

func knows(root *trust.Root, signed *cms.SignedData) bool {
	for _, ca := range root.CertificateAuthorities() {
		if ca.Names(signed.Certificate) {
			return true
		}
	}
	return false
}
