package verifier_test

import (
	"crypto/sha256"
	"crypto/x509"
	"reflect"
	"testing"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestFindingsComeBackAsTheyWere: what is decided about a record is what is
// decided about the findings that it is of, and no part of one is a record.
func TestFindingsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rootJSON, _, payload, signature := signedCommit()
	root, err := trust.ParseRoot("test", "test", rootJSON)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, nil, root)
	f := v.Examine(payload, signature)
	record := v.MarshalFindings(f)
	if record == nil {
		t.Fatal("no record of sound findings")
	}
	certificate := func(digest [sha256.Size]byte) *x509.Certificate {
		if digest != sha256.Sum256(f.Certificate().Raw) {
			return nil
		}
		return f.Certificate()
	}
	back, err := v.ParseFindings(record, certificate)
	if err != nil {
		t.Fatal(err)
	}
	o := verifier.Object{Type: verifier.Commit}
	if got, want := v.Decide(o, back), v.Decide(o, f); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if string(v.MarshalFindings(back)) != string(record) {
		t.Error("the record of what was read is another one")
	}
	for n := range record {
		if _, err := v.ParseFindings(record[:n], certificate); err == nil {
			t.Errorf("%d of %d bytes are a record", n, len(record))
		}
	}
	if _, err := v.ParseFindings(append(record, 0), certificate); err == nil {
		t.Error("a byte more is a record too")
	}
	if v.MarshalFindings(v.Examine(append(payload, 'x'), signature)) != nil {
		t.Error("a record of findings that are not sound")
	}
}
