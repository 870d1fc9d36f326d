package verifier

import "fmt"

// Advice is what a person can do about a verdict. String words it for any
// program; a program that has a command or a setting for it words it better.
type Advice int

// The kinds of advice. The zero value is none.
const (
	NoAdvice            Advice = iota
	AllowSigner                // the policy knows nothing of the signer
	SeeRevocation              // the policy revokes the signer
	AddTimestamp               // the policy requires a timestamp
	ProveTime                  // neither log nor timestamp proves the time
	AddLogEntry                // the log entry is not in the signature
	AddEvidence                // other evidence is not in the signature
	AcceptNoSCT                // the certificate has no certificate timestamp
	AddTrustedRoot             // no trusted root has the certificate's authority
	RefreshTrustedRoot         // the trusted root lacks a key
	CompareObject              // the object is not what was signed
	CheckValidityWindow        // a key was used outside its validity window
	NameKeyFile                // the policy names no key for the signature
	RepairKeyFile              // a key file that may hold the key is refused
	ReportObject               // the verifier itself failed
	PinPolicy                  // the object supplies the policy that would verify it
	FetchTagAgain              // a tag is served under another name
	AskMerger                  // a tag was copied into a merge of something else
)

var adviceWords = map[Advice]string{
	NoAdvice:            "",
	AllowSigner:         "if this signer may sign, add a rule for the identity to the policy",
	SeeRevocation:       "the policy's revoked part has the time and the reason; nothing makes this signature good again",
	AddTimestamp:        "the policy requires a timestamp; add one when signing",
	ProveTime:           "add a timestamp when signing",
	AddLogEntry:         "the log entry was not embedded when signing; for an instance without a log, the policy can require the timestamp alone (require: [timestamp])",
	AddEvidence:         "the evidence must be embedded when signing",
	AcceptNoSCT:         "certificates issued before the middle of 2022 have none, and nothing can add one",
	AddTrustedRoot:      "to verify signatures of another Sigstore instance, add its trusted root",
	RefreshTrustedRoot:  "the trusted root may be older than the signature; fetch the instance's current one",
	CompareObject:       "the object was changed after it was signed, or this is another object's signature",
	CheckValidityWindow: "a key was used outside its validity window",
	NameKeyFile:         "to have it verified, name the signer's key file under keys in the policy",
	RepairKeyFile:       "repair the key file: until then, signatures that may be by a key in it are unknown",
	ReportObject:        "please report this with the object",
	PinPolicy:           "pin its policy first: it is then verified by the previous one",
	FetchTagAgain:       "fetch the tag again from where it was made, or ask who moved it",
	AskMerger:           "it was copied from elsewhere: ask who made the merge",
}

// String returns the advice in one line, empty for none.
func (a Advice) String() string {
	if words, ok := adviceWords[a]; ok {
		return words
	}
	return fmt.Sprintf("Advice(%d)", int(a))
}

// adviceOn returns what a person can do about a verdict, by the check that
// decided it.
func adviceOn(verdict Verdict, decisive *Check) Advice {
	var name CheckName
	if decisive != nil {
		name = decisive.Name
	}
	switch verdict {
	case Untrusted:
		return AllowSigner
	case Revoked:
		return SeeRevocation
	case Unproven:
		switch name {
		case CheckTimestamp:
			return AddTimestamp
		case CheckTime:
			return ProveTime
		case CheckLogEntry:
			return AddLogEntry
		case CheckCertificateTimestamp:
			return AcceptNoSCT
		}
		return AddEvidence
	case Unknown:
		switch {
		case decisive == nil || !decisive.notInRoot:
		case name == CheckCertificate:
			return AddTrustedRoot
		default:
			return RefreshTrustedRoot
		}
	case Bad:
		switch name {
		case CheckPayloadDigest:
			return CompareObject
		case CheckWindows:
			return CheckValidityWindow
		}
	}
	return NoAdvice
}
