package verifier_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
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
	o := policy.Object{Type: policy.Commit}
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

// FuzzFindingsRecord holds: reading a record never panics; one that is read is
// written as the same bytes again, so that there is one form of each; and what is
// decided about it is good for nobody whom no policy allows.
func FuzzFindingsRecord(f *testing.F) {
	rootJSON, _, payload, signature := signedCommit()
	root, err := trust.ParseRoot("test", "test", rootJSON)
	if err != nil {
		f.Fatal(err)
	}
	v := newVerifier(f, nil, root)
	found := v.Examine(payload, signature)
	certificate := found.Certificate()
	digest := sha256.Sum256(certificate.Raw)
	// Each process has a certificate of its own, which inputs do not depend on.
	const anyCertificate = "the SHA-256 of the certificate.."
	record := bytes.Replace(v.MarshalFindings(found), digest[:], []byte(anyCertificate), 1)
	f.Add(record)
	f.Add(record[:len(record)/2])
	f.Add(append([]byte{0}, record[1:]...))
	f.Add(append(record[:len(record):len(record)], 0))
	for _, i := range []int{1, 2, len(record) / 2, len(record) - 2, len(record) - 1} {
		flipped := bytes.Clone(record)
		flipped[i] ^= 0x81
		f.Add(flipped)
	}
	// The time that stands for none, written out.
	at := v.Decide(policy.Object{Type: policy.Commit}, found).SignedAt
	f.Add(bytes.ReplaceAll(record, binary.AppendVarint([]byte{1}, at.Unix()), binary.AppendVarint([]byte{1}, time.Time{}.Unix())))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		record = bytes.Replace(record, []byte(anyCertificate), digest[:], 1)
		back, err := v.ParseFindings(record, func(asked [sha256.Size]byte) *x509.Certificate {
			if asked != digest {
				return nil
			}
			return certificate
		})
		if err != nil {
			return
		}
		if again := v.MarshalFindings(back); string(again) != string(record) {
			t.Fatalf("written again it is\n%x, not\n%x", again, record)
		}
		if r := v.Decide(policy.Object{Type: policy.Commit}, back); r.Verdict == verifier.Good {
			t.Fatalf("good without a policy: %+v", r)
		}
	})
}
