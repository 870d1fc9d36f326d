package judging

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
)

// TestFactsRestOnTheirChecks holds that a fact is verified only where each of
// the checks that it rests on has passed, one check a row.
func TestFactsRestOnTheirChecks(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	signed := &cms.SignedData{Certificate: &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: at, NotAfter: at.Add(10 * time.Minute)}}
	signed.SignerInfo.MessageDigest = []byte{1}
	signed.SignerInfo.SignatureAlgorithm.Algorithm = "1.2.840.10045.4.3.2"
	checks := []verifier.CheckName{
		verifier.CheckSignature, verifier.CheckPayloadDigest, verifier.CheckCertificate, verifier.CheckCertificateTimestamp,
		verifier.CheckLogEntry, verifier.CheckInclusionProof, verifier.CheckCheckpoint, verifier.CheckSignedEntryTimestamp,
		verifier.CheckTimestamp, verifier.CheckWindows, verifier.CheckTime, verifier.CheckIdentity,
	}
	all := []string{"signer/identity", "signer/issuer", "time/proven", "signature/payload digest", "signature/algorithm", "certificate/serial number",
		"certificate/certificate timestamp", "log entry/index", "log entry/integrated time", "log entry/tree size", "log entry/checkpoint origin", "timestamp/time", "timestamp/serial number"}
	signer := []string{"signer/identity", "signer/issuer"}
	log := []string{"log entry/index", "log entry/integrated time", "log entry/tree size", "log entry/checkpoint origin"}
	for _, tc := range []struct {
		check verifier.CheckName // that has not passed
		on    []string           // the facts that are then not verified
	}{
		{"", nil},
		{verifier.CheckSignature, append([]string{"signature/payload digest", "signature/algorithm"}, signer...)},
		{verifier.CheckPayloadDigest, append([]string{"signature/payload digest"}, signer...)},
		{verifier.CheckCertificate, append([]string{"certificate/serial number"}, signer...)},
		{verifier.CheckCertificateTimestamp, []string{"certificate/certificate timestamp"}},
		{verifier.CheckLogEntry, log},
		{verifier.CheckInclusionProof, log},
		{verifier.CheckCheckpoint, log},
		{verifier.CheckSignedEntryTimestamp, log},
		{verifier.CheckTimestamp, []string{"timestamp/time", "timestamp/serial number"}},
		{verifier.CheckWindows, append(append([]string{"time/proven", "certificate/serial number", "certificate/certificate timestamp", "timestamp/time", "timestamp/serial number"}, signer...), log...)},
		{verifier.CheckTime, append([]string{"time/proven"}, signer...)},
		{verifier.CheckIdentity, signer},
	} {
		for outcome, want := range map[verifier.Outcome]status{verifier.Failed: refuted, verifier.CouldNotTell: claimed} {
			r := &verifier.Result{
				Identity: fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://accounts.example.com"},
				SignedAt: at, TimeSource: verifier.TimeFromLog,
				Log: verifier.LogInfo{KeyID: "00", Index: 5, Version: 1, IntegratedTime: at, TreeSize: 6, Origin: "rekor.example.com - 1",
					Cosigners: []verifier.Cosigner{{Name: "witness.example.com", KeyHash: "01020304"}}},
				Timestamp: verifier.TimestampInfo{Time: at, SerialNumber: "07"},
			}
			for _, name := range checks {
				c := verifier.Check{Name: name, Outcome: verifier.Passed}
				if name == tc.check {
					c.Outcome = outcome
				}
				r.Checks = append(r.Checks, c)
			}
			got := make(map[string]status)
			for _, f := range FactsOf(r, signed) {
				got[f.Group+"/"+f.Name] = f.Status
			}
			expected := make(map[string]status)
			for _, name := range all {
				expected[name] = verified
			}
			expected["log entry/cosigner"] = claimed // whatever passes
			for _, name := range tc.on {
				expected[name] = want
			}
			for name, s := range expected {
				if got[name] != s {
					t.Errorf("%s %v: %s is %q, want %q", tc.check, outcome, name, got[name], s)
				}
			}
		}
	}
}
