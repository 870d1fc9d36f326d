package verifier

import (
	"errors"
	"fmt"
	"slices"

	"github.com/git-seal/git-seal/verifier/trust"
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
func (p *Policy) Explain(r *Result, object Object) Explanation {
	if r.Scheme == OpenPGP || r.Scheme == SSH {
		return explainKey(r)
	}
	switch r.Verdict {
	case Unsigned, Unsupported, Bad, Unknown:
		return Explanation{Verdict: r.Verdict, Reason: fmt.Sprintf("no policy changes that it is %v: %s", r.Verdict, r.Reason)}
	}
	s := signingOf(r, object, p)
	d := p.decide(s)
	var x Explanation
	for i := range p.rules {
		rule := &p.rules[i]
		differs := rule.differs(s)
		x.Identities = append(x.Identities, IdentityExplanation{rule.Name, differs == partNone, rule.why(differs, s)})
	}
	err := d.err(s, p)
	absent := p.missingEvidence(r.Checks)
	switch {
	case absent != nil:
		x.Verdict, x.Reason = Unproven, absent.Detail
	case err == nil:
		x.Verdict, x.Rule = Good, d.rule.Name
		x.Reason = fmt.Sprintf("%q allows it", d.rule.Name)
	case errors.As(err, new(*revoked)):
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
func signingOf(r *Result, object Object, p *Policy) *signing {
	s := &signing{identity: r.Identity, cert: r.Certificate, object: object}
	if r.Root != nil {
		s.root = r.Root.Name
	}
	if r.Check(CheckTime).Outcome == Passed && p.missingEvidence(r.Checks) == nil {
		s.at = r.SignedAt
	}
	return s
}

// missingEvidence returns the first check whose evidence is not in the
// signature and has to be.
func (p *Policy) missingEvidence(checks []Check) *Check {
	for i := range checks {
		if c := &checks[i]; c.Missing && p.demands(c) {
			return c
		}
	}
	return nil
}

// checkTrust refuses a policy that names a trusted root by a name that several
// have: which one was meant would depend on their order.
func (p *Policy) checkTrust(roots []*trust.Root) error {
	if p == nil {
		return nil
	}
	for i := range p.rules {
		named := func(r *trust.Root) bool { return r.Name == p.rules[i].Trust }
		if p.rules[i].Trust == "" {
			continue
		}
		if first := slices.IndexFunc(roots, named); first >= 0 && slices.ContainsFunc(roots[first+1:], named) {
			return fmt.Errorf("policy %q: identity %q: two trusted roots have the name %q", p.source, p.rules[i].Name, p.rules[i].Trust)
		}
	}
	return nil
}
