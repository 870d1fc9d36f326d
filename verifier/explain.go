package verifier

import (
	"errors"
	"fmt"

	"github.com/git-seal/git-seal/verifier/policy"
)

// Explanation says what a policy decides about one object, and why.
type Explanation struct {
	// Verdict is what the object is under the policy.
	Verdict Verdict
	// Rule is the name of the identity that allows it, empty when none does
	// or when the policy is not what decides.
	Rule string
	// Reason says in one line what decided.
	Reason string
	// Identities says of each identity of the policy, in its order, whether it
	// matches. It is empty where there is nobody to compare: what is unsigned,
	// bad or unknown is so under every policy.
	Identities []IdentityExplanation
}

// IdentityExplanation says whether one identity of a policy matches.
type IdentityExplanation struct {
	Name    string
	Matches bool
	// Why says in one line why it does not; empty when it does.
	Why string
}

// Explain says what the policy decides about an object, given the result of
// VerifyObject for it, under this policy or any other or none. The result of an
// OpenPGP or SSH signature has to be one under this policy, whose keys decided.
func Explain(p *policy.Policy, r *Result, object policy.Object) Explanation {
	if r.Scheme == OpenPGP || r.Scheme == SSH {
		return explainKey(r)
	}
	switch r.Verdict {
	case Unsigned, Unsupported, Bad, Unknown:
		return Explanation{Verdict: r.Verdict, Reason: fmt.Sprintf("no policy changes that it is %v: %s", r.Verdict, r.Reason)}
	}
	s := signingOf(r, object, p)
	d := p.Decide(s)
	var x Explanation
	for i := range p.Rules {
		rule := &p.Rules[i]
		differs := rule.Differs(s)
		x.Identities = append(x.Identities, IdentityExplanation{rule.Name, differs == policy.PartNone, rule.Why(differs, s)})
	}
	err := d.Err(s, p)
	absent := missingEvidence(p, r.Checks)
	switch {
	case absent != nil:
		x.Verdict, x.Reason = Unproven, absent.Detail
	case err == nil:
		x.Verdict, x.Rule = Good, d.Rule.Name
		x.Reason = fmt.Sprintf("%q allows it", d.Rule.Name)
	case errors.As(err, new(*policy.RevokedError)):
		x.Verdict, x.Reason = Revoked, err.Error()
	default:
		x.Verdict, x.Reason = Untrusted, err.Error()
	}
	return x
}

// explainKey repeats what was decided about an OpenPGP or SSH signature, which
// was judged by the keys of one policy and can be judged anew only from its
// bytes.
func explainKey(r *Result) Explanation {
	x := Explanation{Verdict: r.Verdict, Rule: r.Rule, Reason: r.Reason}
	if r.Verdict == Good {
		x.Reason = fmt.Sprintf("the key %s in %s allows it", r.Key.Fingerprint, r.Rule)
	}
	return x
}

// signingOf takes from a result what a policy compares. Its time counts only
// where no evidence that the policy requires is missing: what is unproven
// satisfies no bound.
func signingOf(r *Result, object policy.Object, p *policy.Policy) *policy.Signing {
	s := &policy.Signing{Identity: r.Identity, Cert: r.Certificate, Object: object}
	if r.Root != nil {
		s.Root = r.Root.Name
	}
	if r.Check(CheckTime).Outcome == Passed && missingEvidence(p, r.Checks) == nil {
		s.At = r.SignedAt
	}
	return s
}

// missingEvidence returns the first check whose evidence is not in the
// signature and has to be.
func missingEvidence(p *policy.Policy, checks []Check) *Check {
	for i := range checks {
		if c := &checks[i]; c.Missing && demands(p, c) {
			return c
		}
	}
	return nil
}
