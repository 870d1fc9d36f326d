package cms

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/git-seal/git-seal/git/gittest"
)

// trustedLogs is trusted material that knows logs and nothing else.
type trustedLogs struct {
	root.BaseTrustedMaterial
	logs map[string]*root.TransparencyLog
}

func (m *trustedLogs) RekorLogs() map[string]*root.TransparencyLog { return m.logs }

// verifyLogEntry has sigstore-go verify the entry in sd, by way of its bundle:
// the signed entry timestamp where there is one, checkpoint and inclusion; and
// the leaf of the rebuilt body against the proof.
func verifyLogEntry(sd *SignedData, trusted root.TrustedMaterial) error {
	e, err := sd.TransparencyLogEntry()
	if err != nil {
		return err
	}
	p := e.GetInclusionProof()
	leaf := rfc6962.DefaultHasher.HashLeaf(e.GetCanonicalizedBody())
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.GetLogIndex()), uint64(p.GetTreeSize()), leaf, p.GetHashes(), p.GetRootHash()); err != nil {
		return err
	}
	pb, err := sd.Bundle()
	if err != nil {
		return err
	}
	b, err := bundle.NewBundle(pb)
	if err != nil {
		return err
	}
	_, err = verify.VerifyTlogEntry(b, trusted, 1, e.GetInclusionPromise() != nil)
	return err
}

func trustedRoot(t testing.TB, set string) *root.TrustedRoot {
	t.Helper()
	r, err := root.NewTrustedRootFromPath(filepath.Join(gittest.Vectors(t, set), "trusted_root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVectorsLogAcceptsTheRebuiltBody(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]int{"public": 13, "gitsign": 45} {
		trusted := trustedRoot(t, set)
		n := 0
		for _, v := range vectors(t, set) {
			s, err := ParsePEM(v.signature)
			if err != nil || v.verdict != "good" && v.verdict != "unproven" || s.SignerInfo.LogEntry == nil {
				continue
			}
			n++
			t.Run(set+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				if err := verifyLogEntry(s, trusted); err != nil {
					t.Errorf("%s: %v", v.why, err)
				}
			})
		}
		if n < want {
			t.Errorf("%s: %d log entries, want %d or more", set, n, want)
		}
	}
}

func TestTransparencyLogEntryIsNilWithoutOne(t *testing.T) {
	t.Parallel()
	sd, err := Parse(newTestSigner(t).sign(t, false, false, false, testPayload))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := sd.TransparencyLogEntry(); e != nil || err != nil {
		t.Errorf("%v, %v", e, err)
	}
}

func TestTransparencyLogEntryRefusesWhatIsNotConsistent(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	p := s.parts(t, testPayload)
	entries := map[string]*rekorv1.TransparencyLogEntry{"v1": s.logV1.add(t, p), "v2": s.logV2.add(t, p)}
	const malformed, unsupported = false, true
	for _, test := range []struct {
		name, log string
		unknown   bool // *UnsupportedError, else *MalformedError
		edit      func(e *rekorv1.TransparencyLogEntry)
	}{
		{"body present", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.CanonicalizedBody = []byte("{}") }},
		{"no log id", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.LogId = nil }},
		{"short log id", "v2", malformed, func(e *rekorv1.TransparencyLogEntry) { e.LogId = &protocommon.LogId{KeyId: e.LogId.KeyId[:31]} }},
		{"another kind", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.KindVersion.Kind = "dsse" }},
		{"no kind", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.KindVersion = nil }},
		{"another version", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.KindVersion.Version = "0.0.2" }},
		{"another version", "v2", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.KindVersion.Version = "0.0.3" }},
		{"no proof", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof = nil }},
		{"no promise", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.InclusionPromise = nil }},
		{"empty promise", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.InclusionPromise.SignedEntryTimestamp = nil }},
		{"a promise", "v2", unsupported, func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionPromise = &rekorv1.InclusionPromise{SignedEntryTimestamp: []byte{1}}
		}},
		{"an empty promise with our version", "v2", unsupported, func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionPromise = new(rekorv1.InclusionPromise)
		}},
		{"gitsign's version without an empty promise", "v2", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.KindVersion.Version = "0.0.1" }},
		{"no time", "v1", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = 0 }},
		{"a time", "v2", unsupported, func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = 1 }},
		{"negative time", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = -1 }},
		{"the first time that is too late", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = maxIntegratedTime + 1 }},
		{"a time far off", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = 1 << 62 }},
		{"negative index", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.LogIndex = -1 }},
		{"negative index in the tree", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.LogIndex = -1 }},
		{"index outside the tree", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.LogIndex = 2 }},
		{"two indices", "v2", malformed, func(e *rekorv1.TransparencyLogEntry) { e.LogIndex = 0 }},
		{"another tree size", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.TreeSize = 3 }},
		{"another root hash", "v2", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.RootHash[0] ^= 1 }},
		{"short hash", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.Hashes[0] = e.InclusionProof.Hashes[0][:31] }},
		{"65 hashes", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) {
			for range 64 {
				e.InclusionProof.Hashes = append(e.InclusionProof.Hashes, make([]byte, 32))
			}
		}},
		{"no checkpoint", "v1", malformed, func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.Checkpoint = nil }},
	} {
		t.Run(test.log+" "+test.name, func(t *testing.T) {
			t.Parallel()
			e := proto.CloneOf(entries[test.log])
			e.CanonicalizedBody = nil
			test.edit(e)
			raw, err := marshalLogEntry(e)
			if err != nil {
				t.Fatal(err)
			}
			wantRefused(t, s.leafEntry(p, raw), test.unknown)
		})
	}
}

// leafEntry returns p's parsed form with raw as its log entry.
func (s *testSigner) leafEntry(p Parts, raw []byte) *SignedData {
	return &SignedData{Certificate: s.leaf, SignerInfo: SignerInfo{
		DigestAlgorithm: AlgorithmIdentifier{Algorithm: oidSHA256}, SignedAttrs: p.SignedAttrs, Signature: p.Signature, LogEntry: raw,
	}}
}

func wantRefused(t *testing.T, sd *SignedData, unknown bool) {
	t.Helper()
	e, err := sd.TransparencyLogEntry()
	if e != nil || err == nil {
		t.Fatal("accepted")
	}
	if errors.As(err, new(*UnsupportedError)) != unknown || errors.As(err, new(*MalformedError)) == unknown {
		t.Errorf("%T: %v", err, err)
	}
}

// TestIntegratedTimeCanBeWritten holds that the last time that is read is one
// that JSON has words for, and that no later one is.
func TestIntegratedTimeCanBeWritten(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	p := s.parts(t, testPayload)
	e := s.logV1.add(t, p)
	e.CanonicalizedBody, e.IntegratedTime = nil, maxIntegratedTime
	raw, err := marshalLogEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.leafEntry(p, raw).TransparencyLogEntry()
	if err != nil {
		t.Fatal(err)
	}
	last := time.Unix(got.IntegratedTime, 0).UTC()
	if text, err := last.MarshalJSON(); err != nil || string(text) != `"9999-12-31T23:59:59Z"` {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := last.Add(time.Second).MarshalJSON(); err == nil {
		t.Error("a later time can be written too")
	}
}

func TestTransparencyLogEntryRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	p := s.parts(t, testPayload)
	e := s.logV1.add(t, p)
	e.CanonicalizedBody = nil
	raw, err := marshalLogEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.leafEntry(p, raw).TransparencyLogEntry(); err != nil {
		t.Fatal(err)
	}
	field := func(number protowire.Number, value string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, number, protowire.BytesType), value)
	}
	index := protowire.AppendVarint(nil, uint64(e.LogIndex))
	long := append(bytes.Clone(index), 0)
	long[len(index)-1] |= 0x80
	for name, other := range map[string][]byte{
		"empty":                   {},
		"cut":                     raw[:len(raw)-1],
		"trailing byte":           append(bytes.Clone(raw), 0),
		"twice":                   append(bytes.Clone(raw), raw...),
		"unknown field":           append(bytes.Clone(raw), field(15, "x")...),
		"unknown field in a part": append(bytes.Clone(raw), field(2, string(field(9, "x")))...),
		"field out of order":      append(field(2, ""), raw...),
		"varint with a zero":      bytes.Replace(raw, index, long, 1),
		"default value":           append(bytes.Clone(raw), 0x3a, 0),
		"invalid UTF-8":           bytes.Replace(raw, []byte("hashedrekord"), []byte("hashedrekor\xff"), 1),
		"wrong wire type":         append([]byte{0x0d, 0, 0, 0, 0}, raw...),
		"over-long":               append(bytes.Clone(raw), field(7, string(make([]byte, maxLogEntry)))...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, s.leafEntry(p, other), false)
		})
	}
}
