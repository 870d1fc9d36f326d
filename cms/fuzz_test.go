package cms

import (
	"bytes"
	"testing"
	"time"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"
)

// seeds are signatures of every kind, and every change of the table of
// refusals.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	s := newTestSigner(f)
	var all [][]byte
	for _, k := range kinds {
		all = append(all, s.sign(f, k.v1, k.v2, k.timestamp, testPayload))
	}
	for _, r := range refusals {
		m := takeMessageApart(f, s.sign(f, true, false, true, testPayload))
		r.edit(m)
		if der := m.contentInfo.bytes(); len(der) < 1<<14 {
			all = append(all, der)
		}
	}
	return all
}

// What Parse accepts encodes to the same bytes, and every check ends; what it
// does not accept, it does not return.
func FuzzParse(f *testing.F) {
	for _, der := range seeds(f) {
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		start := time.Now()
		s, err := Parse(der)
		if (s == nil) != (err != nil) {
			t.Fatalf("a message %v with error %v", s, err)
		}
		if err != nil {
			return
		}
		again, err := s.encode(1)
		if err != nil || !bytes.Equal(again, der) || !bytes.Equal(s.Raw, der) {
			t.Fatalf("encodes to %x (%v)", again, err)
		}
		if s.Certificate == nil || len(s.SignerInfo.Signature) == 0 || len(s.SignerInfo.MessageDigest) == 0 && s.CheckDigest(nil) == nil {
			t.Fatal("incomplete")
		}
		if s.SignerInfo.SignedAttrs[0] != 0x31 || !bytes.Contains(der, s.SignerInfo.SignedAttrs[1:]) {
			t.Fatal("signed attributes are not the stored ones")
		}
		_ = s.CheckSignature()
		_ = s.CheckDigest([]byte(testPayload))
		_, _ = s.TransparencyLogEntry()
		if raw := s.SignerInfo.TimeStampToken; raw != nil {
			if tok, err := ParseTimeStampToken(raw); err == nil {
				_ = tok.CheckAlone()
			}
		}
		if _, err := s.Bundle(); err == nil && s.CheckProfile() != nil {
			t.Fatal("a bundle of another profile")
		}
		// The other implementation may refuse, and may not panic.
		_ = SecondOpinion(der, []byte(testPayload))
		if took := time.Since(start); took > 2*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

// There is one armor for a message: what is read is what EncodePEM writes,
// with its final newline or without.
func FuzzParsePEM(f *testing.F) {
	for _, der := range seeds(f) {
		armored := EncodePEM(der)
		f.Add(armored)
		f.Add(armored[:len(armored)-1])
		f.Add(bytes.ReplaceAll(armored, []byte("\n"), []byte("\r\n")))
		f.Add(armored[:len(armored)/2])
	}
	f.Fuzz(func(t *testing.T, armored []byte) {
		der, err := decodePEM(armored)
		if err == nil {
			if want := EncodePEM(der); !bytes.Equal(append(bytes.TrimSuffix(armored, []byte("\n")), '\n'), want) {
				t.Fatalf("%q is read, %q is written", armored, want)
			}
		}
		s, perr := ParsePEM(armored)
		if perr == nil && (err != nil || !bytes.Equal(s.Raw, der)) {
			t.Fatalf("parsed to other bytes than the armor holds (%v)", err)
		}
	})
}

// A log entry that is read is in canonical encoding, holds what a verifier
// asks for, and has the body of this signature.
func FuzzTransparencyLogEntry(f *testing.F) {
	s := newTestSigner(f)
	p := s.parts(f, testPayload)
	for _, log := range []*testLog{s.logV1, s.logV2} {
		e := log.add(f, p)
		e.CanonicalizedBody = nil
		for _, edit := range []func(){
			func() {}, func() { e.InclusionPromise = &rekorv1.InclusionPromise{} }, func() { e.KindVersion.Version = "0.0.1" },
			func() { e.LogIndex = -1 }, func() { e.InclusionProof.Hashes = nil }, func() { e.InclusionProof = nil },
		} {
			edit()
			raw, err := marshalLogEntry(e)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sd := s.leafEntry(p, append([]byte{}, raw...))
		e, err := sd.TransparencyLogEntry()
		if (e == nil) != (err != nil) {
			t.Fatalf("an entry %v with error %v", e, err)
		}
		if err != nil {
			return
		}
		var loose rekorv1.TransparencyLogEntry
		if err := proto.Unmarshal(raw, &loose); err != nil {
			t.Fatal(err)
		}
		if again, err := marshalLogEntry(&loose); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("encodes to %x (%v)", again, err)
		}
		proof := e.GetInclusionProof()
		if e.GetLogIndex() < 0 || proof.GetLogIndex() < 0 || proof.GetLogIndex() >= proof.GetTreeSize() || len(proof.GetHashes()) > maxHashes || len(e.GetLogId().GetKeyId()) != 32 {
			t.Fatal("out of bounds")
		}
		if !bytes.Equal(e.GetCanonicalizedBody(), sd.logBody(e.GetKindVersion().GetVersion())) {
			t.Fatal("another body")
		}
		if (e.GetInclusionPromise() != nil) != (e.GetKindVersion().GetVersion() == entryVersionV1) {
			t.Fatal("neither of Rekor v1 nor of v2")
		}
	})
}
