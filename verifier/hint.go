package verifier

// HintToAllow is the hint for a signer of whom the policy knows nothing. Who
// knows the object can say how.
const HintToAllow = "if this signer may sign, add the identity to the policy"

// hintOf says what a person can do about a verdict, by the check that decided
// it.
func hintOf(verdict Verdict, decisive *Check) string {
	name := ""
	if decisive != nil {
		name = decisive.Name
	}
	switch verdict {
	case Untrusted:
		return HintToAllow
	case Revoked:
		return "the policy's revoked part says since when and why; nothing makes this signature good again"
	case Unproven:
		switch name {
		case CheckTimestamp:
			return "the policy requires a timestamp: sign with one (seal.timestamp = always)"
		case CheckTime:
			return "sign with a timestamp (seal.timestamp = auto or always)"
		case CheckLogEntry:
			return "the entry has to be put into the signature when signing; for an instance that has no log, the policy says so (require: [timestamp])"
		case CheckCertificateTimestamp:
			return "certificates issued before the middle of 2022 have none, and nothing can add one"
		}
		return "the evidence has to be put into the signature when signing; git-seal does so"
	case Unknown:
		switch {
		case decisive == nil || !decisive.notInRoot:
		case name == CheckCertificate:
			return "to judge signatures of another instance, name its trusted root (seal.trustedRoot)"
		default:
			return "the trusted root may be older than the signature: fetch the instance's present one"
		}
	case Bad:
		switch name {
		case CheckPayloadDigest:
			return "it was changed after it was signed, or carries the signature of another object"
		case CheckWindows:
			return "a key was used outside the time in which it is trusted"
		}
	}
	return ""
}
