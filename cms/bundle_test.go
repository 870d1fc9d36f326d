package cms

import (
	"bytes"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// Every good vector, as a bundle, verifies with sigstore-go as it comes: the
// artifact is SignedAttrs.
func TestVectorsVerifyAsBundles(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"public", "gitsign"} {
		verifier, err := verify.NewVerifier(trustedRoot(t, set),
			verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors(t, set) {
			if v.verdict != "good" {
				continue
			}
			t.Run(set+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				sd, err := ParsePEM(v.signature)
				if err != nil {
					t.Fatal(err)
				}
				pb, err := sd.Bundle()
				if err != nil {
					t.Fatal(err)
				}
				b, err := bundle.NewBundle(pb)
				if err != nil {
					t.Fatal(err)
				}
				check := func(artifact []byte) error {
					_, err := verifier.Verify(b, verify.NewPolicy(verify.WithArtifact(bytes.NewReader(artifact)), verify.WithoutIdentitiesUnsafe()))
					return err
				}
				if err := check(sd.SignerInfo.SignedAttrs); err != nil {
					t.Errorf("%s: %v", v.why, err)
				}
				if err := check(v.payload); err == nil {
					t.Error("verifies with the payload as its artifact")
				}
			})
		}
	}
}

func TestBundleIsOfTheProfileAlone(t *testing.T) {
	t.Parallel()
	m := takeMessageApart(t, newTestSigner(t).sign(t, true, false, true, testPayload))
	m.unsignedAttrs.at(0, 0).content[9] = 9 // the log entry becomes an unknown attribute
	sd, err := Parse(m.contentInfo.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := sd.Bundle(); b != nil || outcome(err) != "unsupported" {
		t.Errorf("%v, %v", b, err)
	}
}
