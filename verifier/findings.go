package verifier

import (
	"errors"
	"fmt"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Findings are what is known of one signature before a policy is asked: every
// check but that of the policy, and what they are about. They follow from the
// payload, the signature and the trusted roots alone, so they hold for every
// policy and can be kept.
type Findings struct {
	found Result // without verdict, reason, hint and rule
}

// Sound reports whether no check has failed and none was left open: what the
// findings say is proven, but for evidence that is not in the signature.
// Findings that are not sound are not worth keeping: they are few, and another
// look may tell more.
func (f *Findings) Sound() bool {
	verdict, _ := verdictOf(f.underAnyPolicy())
	return verdict != Unknown && verdict != Bad
}

// underAnyPolicy is the checks as they are once a policy has allowed all.
func (f *Findings) underAnyPolicy() []Check {
	checks := f.found.Checks
	return append(checks[:len(checks):len(checks)], Check{Name: CheckPolicy, Outcome: Passed})
}

// Examine makes every check of docs/verification.md but that of the policy. A
// signature of another scheme than X.509, or none, has no findings: they are
// nil, and VerifyObject says what such an object is. Like VerifyObject, Examine
// does not fail and does not panic.
func (v *Verifier) Examine(payload, signature []byte) (f *Findings) {
	defer func() {
		if p := recover(); p != nil {
			f = brokenOff(p)
		}
	}()
	switch schemeOf(signature) {
	case NoScheme, OpenPGP, SSH:
		return nil
	case X509:
	default:
		return unreadable(NoScheme, errors.New("signature is of no scheme that git knows"))
	}
	signed, err := cms.ParsePEM(signature)
	if err != nil {
		return unreadable(X509, err)
	}
	return v.examine(signed, payload)
}

// Decide asks the policy about an object whose signature has these findings,
// and gives the verdict. Findings decides nothing by itself: they have to be
// those of this very object. They are not changed.
func (v *Verifier) Decide(object policy.Object, f *Findings) (result *Result) {
	defer func() {
		if p := recover(); p != nil {
			result = &brokenOff(p).found
		}
	}()
	r := f.found
	if len(r.Checks) == 0 {
		return &r
	}
	r.Checks = make([]Check, len(f.found.Checks), len(f.found.Checks)+1)
	copy(r.Checks, f.found.Checks)
	for i := range r.Checks {
		r.Checks[i].Required = demands(v.policy, &r.Checks[i])
	}
	var refusal error
	if len(r.Checks) == len(checkOrder)-1 {
		refusal = v.allow(&r, object)
		r.Checks = append(r.Checks, checkOf(CheckPolicy, refusal))
	}
	r.conclude(refusal)
	return &r
}

// allow asks the policy. Without one nobody is allowed.
func (v *Verifier) allow(r *Result, object policy.Object) error {
	if v.policy == nil {
		return policy.ErrNoPolicy
	}
	s := signingOf(r, object, v.policy)
	d := v.policy.Decide(s)
	if d.Rule != nil {
		r.Rule = d.Rule.Name
	}
	return d.Err(s, v.policy)
}

// conclude reads the verdict from the checks; refusal is the policy's.
func (r *Result) conclude(refusal error) {
	verdict, decisive := verdictOf(r.Checks)
	if verdict == Untrusted && errors.As(refusal, new(*policy.RevokedError)) {
		verdict = Revoked
	}
	r.Verdict = verdict
	if verdict != Good {
		r.Rule = ""
	}
	if decisive != nil {
		r.Reason = decisive.Detail
	}
	r.Advice, r.Hint = adviceOn(verdict, decisive), ""
	if no := (*policy.NotAllowedError)(nil); verdict == Untrusted && errors.As(refusal, &no) && no.Hint != "" {
		r.Hint = no.Hint
	}
}

// demands says whether a good verdict needs the evidence of a check, which for
// the log entry and the timestamp is the policy's to say.
func demands(p *policy.Policy, c *Check) bool {
	switch {
	case !c.Missing:
		return c.Required
	case c.Name == CheckLogEntry:
		return p.Requires(policy.EvidenceLog)
	case c.Name == CheckTimestamp:
		return p.Requires(policy.EvidenceTimestamp)
	}
	return c.Required
}

// unreadable is the findings for a signature that could not be read.
func unreadable(s Scheme, err error) *Findings {
	return &Findings{Result{Scheme: s, Checks: []Check{checkOf(CheckForm, err)}}}
}

// brokenOff is the findings where verification panicked: no check, and so
// unknown.
func brokenOff(panicked any) *Findings {
	return &Findings{Result{Verdict: Unknown, Reason: fmt.Sprintf("verification broke off: %v", panicked), Advice: ReportObject}}
}
