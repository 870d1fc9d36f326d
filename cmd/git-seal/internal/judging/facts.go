package judging

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
)

// Fact is one thing that a signature says, and whether it is verified.
type Fact struct {
	Group  string `json:"group"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	Status status `json:"status"`
}

// status says whether a fact is verified.
type status string

const (
	verified status = "verified" // the checks for it have passed
	refuted  status = "refuted"  // one of its checks has failed
	claimed  status = "claimed"  // only the signer says so, or a check is undecided
)

// statusOfChecks returns the status of a fact that depends on the named checks.
func statusOfChecks(r *verifier.Result, names ...verifier.CheckName) status {
	sure := verified
	for _, name := range names {
		switch r.Check(name).Outcome {
		case verifier.Failed:
			return refuted
		case verifier.CouldNotTell:
			sure = claimed
		}
	}
	return sure
}

// factList collects the facts, group by group.
type factList struct {
	facts  []Fact
	group  string
	status status
}

func (l *factList) begin(group string, s status) { l.group, l.status = group, s }

func (l *factList) add(name, value string) {
	if value != "" {
		l.facts = append(l.facts, Fact{l.group, name, value, l.status})
	}
}

// FactsOf returns what a signature says. The certificate binds the identity to the
// key. So the signer is verified only with the certificate's path, the signature by
// the key, and a proven time: the certificate is valid for minutes, and someone who
// finds the key later could sign with it. What an authority or a log says needs its
// validity window.
func FactsOf(r *verifier.Result, signed *cms.SignedData) []Fact {
	var l factList
	si, cert := signed.SignerInfo, signed.Certificate

	l.begin("signer", statusOfChecks(r, verifier.CheckSignature, verifier.CheckPayloadDigest, verifier.CheckCertificate,
		verifier.CheckWindows, verifier.CheckTime, verifier.CheckIdentity))
	l.add("identity", r.Identity.SubjectAlternativeName)
	l.add("issuer", r.Identity.Issuer)
	l.add("policy's name", r.Rule)

	l.begin("time", statusOfChecks(r, verifier.CheckTime, verifier.CheckWindows))
	if !r.SignedAt.IsZero() {
		l.add("proven", host.Stamp(r.SignedAt)+" ("+string(r.TimeSource)+")")
	}
	l.status = claimed
	if !si.SigningTime.IsZero() {
		l.add("signer's clock", host.Stamp(si.SigningTime))
	}

	l.begin("signature", statusOfChecks(r, verifier.CheckSignature, verifier.CheckPayloadDigest))
	l.add("payload digest", hex.EncodeToString(si.MessageDigest))
	l.status = statusOfChecks(r, verifier.CheckSignature)
	l.add("digest algorithm", si.DigestAlgorithm.Algorithm.String())
	l.add("algorithm", si.SignatureAlgorithm.Algorithm.String())
	l.add("value", hex.EncodeToString(si.Signature))
	for _, oid := range si.OtherSignedAttrs {
		l.add("other signed attribute", oid)
	}

	l.begin("certificate", statusOfChecks(r, verifier.CheckCertificate, verifier.CheckWindows))
	digest := sha256.Sum256(cert.Raw)
	l.add("sha-1 fingerprint", fulcio.Fingerprint(cert))
	l.add("sha-256 fingerprint", hex.EncodeToString(digest[:]))
	l.add("serial number", cert.SerialNumber.Text(16))
	l.add("authority", cert.Issuer.String())
	l.add("subject", cert.Subject.String())
	l.add("not before", host.Stamp(cert.NotBefore))
	l.add("not after", host.Stamp(cert.NotAfter))
	l.add("key", cert.PublicKeyAlgorithm.String())
	for _, e := range fulcio.Extensions(cert) {
		l.add(e.Name, e.Value)
	}
	l.status = statusOfChecks(r, verifier.CheckCertificateTimestamp, verifier.CheckWindows)
	l.add("certificate timestamp", r.Check(verifier.CheckCertificateTimestamp).Outcome.String())
	for _, sct := range verifier.CertificateTimestamps(cert) {
		l.add("published in log", sct.LogID)
		l.add("published at", host.Stamp(sct.Time))
	}
	l.status = claimed
	for range signed.OtherCertificates {
		l.add("another certificate", "not signed by anyone, ignored")
	}

	if r.Log.KeyID != "" {
		checks := []verifier.CheckName{verifier.CheckLogEntry, verifier.CheckInclusionProof, verifier.CheckCheckpoint, verifier.CheckWindows}
		if r.Log.Version == 1 {
			checks = append(checks, verifier.CheckSignedEntryTimestamp)
		}
		l.begin("log entry", statusOfChecks(r, checks...))
		l.add("log", r.Log.URL)
		l.add("log id", r.Log.KeyID)
		l.add("index", strconv.FormatInt(r.Log.Index, 10))
		l.add("rekor version", strconv.Itoa(r.Log.Version))
		if !r.Log.IntegratedTime.IsZero() {
			l.add("integrated time", host.Stamp(r.Log.IntegratedTime))
		}
		l.add("tree size", strconv.FormatInt(r.Log.TreeSize, 10))
		l.add("checkpoint origin", r.Log.Origin)
		l.status = claimed
		for _, c := range r.Log.Cosigners {
			l.add("cosigner", c.String())
		}
	}
	if !r.Timestamp.Time.IsZero() {
		l.begin("timestamp", statusOfChecks(r, verifier.CheckTimestamp, verifier.CheckWindows))
		l.add("authority", r.Timestamp.URL)
		l.add("time", host.Stamp(r.Timestamp.Time))
		l.add("serial number", r.Timestamp.SerialNumber)
	}
	l.begin("other", claimed)
	for _, oid := range si.UnknownUnsignedAttrs {
		l.add("unknown unsigned attribute", oid)
	}
	return l.facts
}
