package verifier

import (
	"fmt"
)

// Verdict is what a verifier says about one signed object.
type Verdict int

// The verdicts. The zero value is Unknown: what has not been decided is never
// good.
const (
	// Unknown: could not tell. The authority or the log is in no trusted
	// root, or the signature has a form that is not judged here.
	Unknown Verdict = iota
	// Good: every check passed, the time is proven, and the policy allows
	// the identity.
	Good
	// Untrusted: the evidence is good, but no policy allows the identity.
	Untrusted
	// Unproven: nothing failed, but the time, the certificate timestamp or
	// evidence that the policy requires is not in the signature.
	Unproven
	// Bad: the mathematics or the form failed.
	Bad
	// Revoked: the policy withdraws the identity at the proven time.
	Revoked
	// Unsigned: there is no signature.
	Unsigned
	// Unsupported: a signature of another scheme (OpenPGP, SSH) by a key that
	// the policy does not name, or in a form that proves nothing.
	Unsupported
)

var verdictNames = map[Verdict]string{
	Unknown: "unknown", Good: "good", Untrusted: "untrusted", Unproven: "unproven",
	Bad: "bad", Revoked: "revoked", Unsigned: "unsigned", Unsupported: "unsupported",
}

// String returns the verdict's name in lower case.
func (v Verdict) String() string {
	if name, ok := verdictNames[v]; ok {
		return name
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// Outcome is how one check ended.
type Outcome int

// The outcomes. The zero value is CouldNotTell.
const (
	CouldNotTell Outcome = iota
	Passed
	Failed
)

var outcomeNames = map[Outcome]string{CouldNotTell: "could not tell", Passed: "passed", Failed: "failed"}

// String returns the outcome in words.
func (o Outcome) String() string {
	if name, ok := outcomeNames[o]; ok {
		return name
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// CheckName is the name of a check, as docs/verification.md and machine output have it.
type CheckName string

// The names of the checks, in the order in which they are made and in which
// docs/verification.md explains them.
const (
	CheckForm                 CheckName = "form"
	CheckSignature            CheckName = "signature"
	CheckPayloadDigest        CheckName = "payload digest"
	CheckCertificate          CheckName = "certificate"
	CheckCertificateTimestamp CheckName = "certificate timestamp"
	CheckLogEntry             CheckName = "log entry"
	CheckInclusionProof       CheckName = "inclusion proof"
	CheckCheckpoint           CheckName = "checkpoint"
	CheckSignedEntryTimestamp CheckName = "signed entry timestamp"
	CheckTimestamp            CheckName = "timestamp"
	CheckWindows              CheckName = "validity windows"
	CheckTime                 CheckName = "time"
	CheckAttributes           CheckName = "unsigned attributes"
	CheckIdentity             CheckName = "identity"
	CheckKey                  CheckName = "key" // of OpenPGP and SSH signatures alone
	CheckPolicy               CheckName = "policy"
)

// checkOrder is every check. A verdict other than unknown and bad needs each
// of them to have been made.
var checkOrder = []CheckName{
	CheckForm, CheckSignature, CheckPayloadDigest, CheckCertificate, CheckCertificateTimestamp,
	CheckLogEntry, CheckInclusionProof, CheckCheckpoint, CheckSignedEntryTimestamp, CheckTimestamp,
	CheckWindows, CheckTime, CheckAttributes, CheckIdentity, CheckPolicy,
}

// keyCheckOrder is every check of an OpenPGP or SSH signature.
var keyCheckOrder = []CheckName{CheckForm, CheckSignature, CheckKey, CheckPolicy}

// Check is one line of the judgement.
type Check struct {
	// Name is one of the Check constants.
	Name CheckName
	// Outcome is how it ended.
	Outcome Outcome
	// Missing says that the evidence is not in the signature, so that there
	// was nothing to check; Outcome is CouldNotTell then.
	Missing bool
	// Required says that a good verdict needs this evidence: where it is
	// missing, the object is unproven.
	Required bool
	// Detail says in a few words what failed or what was found.
	Detail string

	// notInRoot says that the outcome is CouldNotTell because the trusted root
	// does not have the key.
	notInRoot bool
}

// verdictOf is the table of docs/verification.md: what fails beats what could
// not be told, that beats what is missing, and that beats the policy.
func verdictOf(checks []Check) (Verdict, *Check) { return verdictIn(checkOrder, checks) }

// verdictIn is verdictOf for a list of checks that has to be order.
func verdictIn(order []CheckName, checks []Check) (Verdict, *Check) {
	first := func(is func(c *Check) bool) *Check {
		for i := range checks {
			if is(&checks[i]) {
				return &checks[i]
			}
		}
		return nil
	}
	proof := func(c *Check) bool { return c.Name != CheckKey && c.Name != CheckPolicy }
	if c := first(func(c *Check) bool { return c.Outcome == Failed && proof(c) }); c != nil {
		return Bad, c
	}
	// An unknown authority explains more than what follows from it.
	open := func(c *Check) bool { return c.Outcome == CouldNotTell && !c.Missing }
	if c := first(func(c *Check) bool { return open(c) && c.Name == CheckCertificate }); c != nil {
		return Unknown, c
	}
	if c := first(open); c != nil {
		return Unknown, c
	}
	if len(checks) != len(order) {
		return Unknown, nil
	}
	for i, name := range order {
		if checks[i].Name != name {
			return Unknown, nil
		}
	}
	if c := first(func(c *Check) bool { return c.Missing && c.Required }); c != nil {
		return Unproven, c
	}
	if c := first(func(c *Check) bool { return c.Outcome == Failed }); c != nil {
		return Untrusted, c
	}
	policy := &checks[len(checks)-1]
	if policy.Outcome == Passed {
		return Good, nil
	}
	return Untrusted, policy
}
