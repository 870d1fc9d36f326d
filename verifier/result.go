package verifier

import (
	"crypto/x509"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Result is what a verifier found out about one signed object.
//
// The verdict alone decides. What the other fields say has been verified only
// where the check that stands for it has passed; a certificate and identity
// are filled in for unknown and bad objects too, for people, as the claim that
// they are.
type Result struct {
	// Verdict is the answer.
	Verdict Verdict
	// Reason says in one short line why the verdict is not good; empty when
	// it is. It may quote the signature, escaped.
	Reason string
	// Advice is what to do next.
	Advice Advice
	// Hint says in one line what to change in the policy, where the policy
	// knows; it is more exact than Advice.
	Hint string
	// Checks is every check made, in their order.
	Checks []Check

	// Certificate is the signer's, nil when none could be read.
	Certificate *x509.Certificate
	// Identity is whom the certificate speaks for.
	Identity fulcio.CertificateIdentity
	// SignedAt is the proven time, in UTC: the earliest moment at which a log
	// or a timestamp authority has seen the signature. Zero when no time is
	// proven.
	SignedAt time.Time
	// TimeSource says whose clock SignedAt is.
	TimeSource TimeSource
	// SigningTime is the time that the signer claims, in UTC. It proves
	// nothing.
	SigningTime time.Time
	// Log describes the log entry; the zero value means that there is none.
	Log LogInfo
	// Timestamp describes the RFC 3161 timestamp; the zero value means that
	// there is none.
	Timestamp TimestampInfo

	// Scheme is the signature's; empty when there is none, or it is of no
	// scheme that git knows.
	Scheme Scheme
	// Key is the key that made an OpenPGP or SSH signature, of those that the
	// policy names; the zero value for our own scheme, and where it names none.
	Key KeyInfo
	// Forge is what kind of commit the forge's own key has signed; empty where
	// it did not. Of a squash or an edit nobody else vouches for what is in it.
	Forge policy.ForgeWork

	// Root is the trusted root that judged, nil when none knows the
	// certificate's authority.
	Root *trust.Root
	// Rule is the name of the policy's identity that allowed the signer; empty
	// unless the verdict is good.
	Rule string
}

// TimeSource is whose clock has proven a time.
type TimeSource string

// The sources. The zero value means that no time is proven.
const (
	TimeFromLog       TimeSource = "log"
	TimeFromTimestamp TimeSource = "timestamp"
)

// LogInfo describes an entry of a transparency log.
type LogInfo struct {
	// URL is the log's, from the trusted root; empty when the root does not
	// know the log.
	URL string
	// KeyID is the log's id in hex.
	KeyID string
	// Index is the entry's number in the log.
	Index int64
	// Version is 1 or 2, for Rekor v1 and v2.
	Version int
	// TreeSize is the number of entries in the tree that the inclusion proof
	// is about.
	TreeSize int64
	// Origin is the first line of the checkpoint: the name under which the
	// log signs its tree. Escape it before it meets a terminal.
	Origin string
	// Cosigners are the signatures on the checkpoint that are not the log's, in
	// their order. They are not verified: no trusted root has their keys.
	Cosigners []Cosigner
	// IntegratedTime is when the log took the entry in, in UTC; zero for
	// Rekor v2, which does not say.
	IntegratedTime time.Time
}

// Cosigner is a key that claims to have signed a log's checkpoint, such as a
// witness's.
type Cosigner struct {
	// Name is the key's. Escape it before it meets a terminal.
	Name string
	// KeyHash tells the keys of one name apart: eight hexadecimal digits.
	KeyHash string
}

// String returns NAME+KEYHASH, the start of a key in the format of signed notes.
// Escape it before it meets a terminal.
func (c Cosigner) String() string { return c.Name + "+" + c.KeyHash }

// TimestampInfo describes an RFC 3161 timestamp.
type TimestampInfo struct {
	// URL is the authority's, from the trusted root; empty when the root does
	// not know the authority.
	URL string
	// Time is the token's, in UTC.
	Time time.Time
	// SerialNumber is the token's number at the authority, in hex.
	SerialNumber string
}

// KeyInfo is a key that a policy names, and where.
type KeyInfo struct {
	// Fingerprint is that of an OpenPGP key or subkey in upper-case hexadecimal,
	// of an SSH key as ssh-keygen prints it.
	Fingerprint string
	// File is the key file's name in the policy.
	File string
	// Line is the line in a file of allowed signers; zero for OpenPGP.
	Line int
}

// Check returns the check with this name, the zero value when it was not made.
func (r *Result) Check(name CheckName) Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{}
}
