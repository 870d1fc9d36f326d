package verifier_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// sigstoreRoot reads a trusted root with sigstore-go alone.
func sigstoreRoot(t testing.TB, json []byte) *root.TrustedRoot {
	t.Helper()
	tr, err := root.NewTrustedRootFromJSON(json)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// sigstoreVerify is sigstore-go's word on a signature's evidence, all of it
// that there is: certificate, certificate timestamp, log entry, and timestamp.
func sigstoreVerify(material root.TrustedMaterial, signed *cms.SignedData) error {
	pb, err := signed.Bundle()
	if err != nil {
		return err
	}
	entity, err := bundle.NewBundle(pb)
	if err != nil {
		return err
	}
	options := []verify.VerifierOption{verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1)}
	if signed.SignerInfo.TimeStampToken != nil {
		options = append(options, verify.WithSignedTimestamps(1))
	}
	if entry := pb.VerificationMaterial.TlogEntries; len(entry) == 1 && entry[0].IntegratedTime != 0 {
		options = append(options, verify.WithIntegratedTimestamps(1))
	}
	if len(options) == 2 {
		options = append(options, verify.WithObserverTimestamps(1))
	}
	v, err := verify.NewVerifier(material, options...)
	if err != nil {
		return err
	}
	policy := verify.NewPolicy(verify.WithArtifact(bytes.NewReader(signed.SignerInfo.SignedAttrs)), verify.WithoutIdentitiesUnsafe())
	_, err = v.Verify(entity, policy)
	return err
}

// TestSigstoreAgreesOnVectors holds that sigstore-go accepts what is good here,
// with its own trusted root and with ours, and that nothing is good here that
// it refuses.
func TestSigstoreAgreesOnVectors(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"public", "gitsign"} {
		dir := gittest.Vectors(t, set)
		json, err := os.ReadFile(filepath.Join(dir, "trusted_root.json"))
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := loadRoot(t, filepath.Join(dir, "trusted_root.json")), sigstoreRoot(t, json)
		v := newVerifier(t, nil, ours)
		for _, vec := range readVectors(t, set) {
			signed, err := cms.ParsePEM(vec.signature)
			if err != nil {
				continue
			}
			good := v.Verify(vec.payload, vec.signature).Verdict == verifier.Untrusted
			if signed.CheckDigest(vec.payload) != nil {
				continue // a bundle does not speak of the payload
			}
			for name, material := range map[string]root.TrustedMaterial{"its own root": theirs, "our root": ours} {
				if err := sigstoreVerify(material, signed); (err == nil) != good {
					t.Errorf("%s (%s): sigstore-go with %s: %v; good here: %v", vec.file, vec.why, name, err, good)
				}
			}
		}
	}
}

// sameErrors compares two words on one input.
func sameErrors(t *testing.T, what string, ours, theirs error) {
	t.Helper()
	if (ours == nil) != (theirs == nil) {
		t.Errorf("%s: %v; sigstore-go: %v", what, ours, theirs)
	}
}

// TestSigstoreAgreesOnCertificateTimestamps compares the check of RFC 6962 on
// every certificate at hand and on flipped bits of some.
func TestSigstoreAgreesOnCertificateTimestamps(t *testing.T) {
	t.Parallel()
	compare := func(t *testing.T, name string, der []byte, trusted *trust.Root) {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		for _, ca := range trusted.CertificateAuthorities() {
			if !ca.Names(cert) {
				continue
			}
			chain, err := ca.VerifyPath(cert, cert.NotBefore)
			if err != nil {
				// A flip breaks the path; the issuer is still the one named.
				chain = []*x509.Certificate{cert, ca.Certificates()[0]}
			}
			ours := verifier.VerifySCTs(cert, chain[1], trusted)
			theirs := verify.VerifySignedCertificateTimestamp([][]*x509.Certificate{chain}, 1, trusted)
			sameErrors(t, name, ours, theirs)
		}
	}
	for _, set := range []string{"public", "gitsign"} {
		dir := gittest.Vectors(t, set)
		trusted := loadRoot(t, filepath.Join(dir, "trusted_root.json"))
		flipped := 0
		for _, vec := range readVectors(t, set) {
			signed, err := cms.ParsePEM(vec.signature)
			if err != nil {
				continue
			}
			compare(t, vec.file, signed.Certificate.Raw, trusted)
			if vec.verdict == "good" && flipped < 1 {
				flipped++
				eachFlip(signed.Certificate.Raw, func(bit int, der []byte) {
					if bit%3 == 0 { // sigstore-go takes its time
						compare(t, vec.file, der, trusted)
					}
				})
			}
		}
	}
}

// TestSigstoreAgreesOnCertificates compares the memoised paths, warmed by many
// certificates, on every flipped bit of a certificate and on times around it.
func TestSigstoreAgreesOnCertificates(t *testing.T) {
	t.Parallel()
	i := private()
	json := rootJSON(t, i.proto(t))
	ours, theirs := i.root(t).FulcioCertificateAuthorities()[0], sigstoreRoot(t, json).FulcioCertificateAuthorities()[0]
	var last *x509.Certificate
	for range 4 {
		signed, err := cms.ParsePEM(i.sign(t, signing{kind: bare, payload: payload}))
		if err != nil {
			t.Fatal(err)
		}
		last = signed.Certificate
		for _, at := range []int64{-1, 0, 300, 600, 601, -400 * 86400, 4000 * 86400} {
			when := last.NotBefore.Add(time.Duration(at) * time.Second)
			for range 2 { // the second time from memory
				_, ourErr := ours.Verify(last, when)
				_, theirErr := theirs.Verify(last, when)
				sameErrors(t, when.String(), ourErr, theirErr)
			}
		}
	}
	eachFlip(last.Raw, func(bit int, der []byte) {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		_, ourErr := ours.Verify(cert, last.NotBefore)
		_, theirErr := theirs.Verify(cert, last.NotBefore)
		sameErrors(t, "flipped", ourErr, theirErr)
	})
}

// TestSigstoreAgreesOnTimestamps compares the memoised path of an authority's
// signer, warmed by each token before, at times in and around every window.
func TestSigstoreAgreesOnTimestamps(t *testing.T) {
	t.Parallel()
	i := private()
	json := rootJSON(t, i.proto(t))
	ours, theirs := i.root(t).TimestampingAuthorities()[0], sigstoreRoot(t, json).TimestampingAuthorities()[0]
	signature := []byte("a signature")
	for _, days := range []int{0, -366, -365, -364, 0, 3285, 3286, 3287, 3288, 4000, 0} {
		s := signing{stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.Time = epoch.AddDate(0, 0, days) }}
		resp, err := cms.ResponseFromTimeStampToken(i.stamp(t, &s, signature))
		if err != nil {
			t.Fatal(err)
		}
		for _, artifact := range [][]byte{signature, []byte("another")} {
			got, ourErr := ours.Verify(resp, artifact)
			want, theirErr := theirs.Verify(resp, artifact)
			sameErrors(t, fmt.Sprintf("after %d days", days), ourErr, theirErr)
			if ourErr == nil && theirErr == nil && (!got.Time.Equal(want.Time) || got.URI != want.URI) {
				t.Errorf("%+v; sigstore-go: %+v", got, want)
			}
		}
	}
}

// TestNothingFlippedPassesHereAlone holds that a log entry or a timestamp with
// a flipped bit that passes its checks here passes sigstore-go's too. The
// reverse need not be: more is refused here.
func TestNothingFlippedPassesHereAlone(t *testing.T) {
	t.Parallel()
	i := private()
	trusted, theirs := i.root(t), sigstoreRoot(t, rootJSON(t, i.proto(t)))
	logChecks := []verifier.CheckName{verifier.CheckLogEntry, verifier.CheckInclusionProof, verifier.CheckCheckpoint}
	v := newVerifier(t, nil, trusted)
	passed := func(r *verifier.Result, names ...verifier.CheckName) bool {
		for _, name := range names {
			if r.Check(name).Outcome != verifier.Passed {
				return false
			}
		}
		return true
	}
	for _, g := range goods(t) {
		der := decodeArmor(t, g.signature)
		eachFlip(der, func(bit int, flipped []byte) {
			if bit%7 != 0 { // sigstore-go takes its time
				return
			}
			signed, err := cms.Parse(flipped)
			if err != nil {
				return
			}
			r := v.Verify(g.payload, armor(flipped))
			pb, err := signed.Bundle()
			if err != nil {
				return
			}
			entity, err := bundle.NewBundle(pb)
			if err != nil {
				return
			}
			checks := logChecks
			if r.Log.Version == 1 {
				checks = append(checks[:len(checks):len(checks)], verifier.CheckSignedEntryTimestamp)
			}
			inside := r.Check(verifier.CheckCertificate).Outcome == verifier.Passed // theirs asks for the certificate's time
			if passed(r, checks...) && inside {
				if _, err := verify.VerifyTlogEntry(entity, theirs, 1, true); err != nil {
					t.Errorf("%s, bit %d of byte %d: log entry passes here alone: %v", g.name, bit%8, bit/8, err)
				}
			}
			if passed(r, verifier.CheckTimestamp) {
				if _, err := verify.VerifySignedTimestampWithThreshold(entity, theirs, 1); err != nil {
					t.Errorf("%s, bit %d of byte %d: timestamp passes here alone: %v", g.name, bit%8, bit/8, err)
				}
			}
		})
	}
}
