package verifier_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestPrepareChangesNoVerdict judges every object of a private instance, good
// and bad, with and without what can be
// verified ahead of it.
func TestPrepareChangesNoVerdict(t *testing.T) {
	t.Parallel()
	dir := gittest.Vectors(t, "gitsign")
	path := filepath.Join(dir, "trusted_root.json")
	prepared := 0
	for _, v := range readVectors(t, "gitsign") {
		if v.ambiguous != nil {
			continue
		}
		want := newVerifier(t, nil, loadRoot(t, path)).Verify(v.payload, v.signature)
		root := loadRoot(t, path)
		verifier.Prepare([]*trust.Root{root}, v.signature)
		if want.Certificate != nil {
			prepared++
			verifier.PrepareCertificate([]*trust.Root{root}, want.Certificate)
		}
		if signed, err := cms.ParsePEM(v.signature); err == nil {
			verifier.PrepareTimestamp([]*trust.Root{root}, signed.SignerInfo.TimeStampToken, signed.SignerInfo.Signature)
		}
		got := newVerifier(t, nil, root).Verify(v.payload, v.signature)
		if got.Verdict != want.Verdict || !reflect.DeepEqual(got.Checks, want.Checks) {
			t.Errorf("%s: %s with %v, want %s with %v", v.file, got.Verdict, got.Checks, want.Verdict, want.Checks)
		}
	}
	if prepared == 0 {
		t.Error("no certificate in any object")
	}
}
