package cms

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/cyberphone/json-canonicalization/go/src/webpki.org/jsoncanonicalizer"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/transparency-dev/merkle/rfc6962"
)

// testLog is an honest log of two entries in memory, of which ours is the
// second. It hashes bodies that it makes itself, from JSON values and a
// canonicalizer, and so is a check on the ones that logBody writes out.
type testLog struct {
	name string
	v1   bool
	key  *ecdsa.PrivateKey
	id   []byte
}

func newTestLog(t testing.TB, name string, v1 bool) *testLog {
	t.Helper()
	key := newKey(t)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(der)
	return &testLog{name: name, v1: v1, key: key, id: id[:]}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// trusted returns the log as a trusted root has it.
func (l *testLog) trusted() map[string]*root.TransparencyLog {
	return map[string]*root.TransparencyLog{hex.EncodeToString(l.id): {
		BaseURL: "https://" + l.name, ID: l.id, PublicKey: l.key.Public(),
		ValidityPeriodStart: testTime.Add(-time.Hour), SignatureHashFunc: 5, HashFunc: 5,
	}}
}

// canonical returns v in the form of RFC 8785.
func canonical(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsoncanonicalizer.Transform(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type object = map[string]any

func (l *testLog) body(t testing.TB, p Parts) []byte {
	t.Helper()
	sum := sha256.Sum256(p.SignedAttrs)
	if l.v1 {
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw})
		return canonical(t, object{"kind": "hashedrekord", "apiVersion": "0.0.1", "spec": object{
			"signature": object{"content": p.Signature, "publicKey": object{"content": cert}},
			"data":      object{"hash": object{"algorithm": "sha256", "value": hex.EncodeToString(sum[:])}},
		}})
	}
	return canonical(t, object{"kind": "hashedrekord", "apiVersion": "0.0.2", "spec": object{"hashedRekordV002": object{
		"data": object{"algorithm": "SHA2_256", "digest": sum[:]},
		"signature": object{"content": p.Signature, "verifier": object{
			"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": object{"rawBytes": p.Certificate.Raw},
		}},
	}}})
}

func (l *testLog) sign(t testing.TB, b []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(b)
	sig, err := ecdsa.SignASN1(rand.Reader, l.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// add returns the entry for p as the log answers it, body and all.
func (l *testLog) add(t testing.TB, p Parts) *rekorv1.TransparencyLogEntry {
	t.Helper()
	body := l.body(t, p)
	first := rfc6962.DefaultHasher.HashLeaf([]byte("somebody else's"))
	rootHash := rfc6962.DefaultHasher.HashChildren(first, rfc6962.DefaultHasher.HashLeaf(body))
	origin := l.name
	if l.v1 {
		origin += " - 3904496407287907110"
	}
	text := fmt.Sprintf("%s\n2\n%s\n", origin, base64.StdEncoding.EncodeToString(rootHash))
	line := append(append([]byte{}, l.id[:4]...), l.sign(t, []byte(text))...)
	e := &rekorv1.TransparencyLogEntry{
		LogIndex:          1,
		LogId:             &protocommon.LogId{KeyId: l.id},
		KindVersion:       &rekorv1.KindVersion{Kind: "hashedrekord", Version: "0.0.2"},
		CanonicalizedBody: body,
		InclusionProof: &rekorv1.InclusionProof{
			LogIndex: 1, TreeSize: 2, RootHash: rootHash, Hashes: [][]byte{first},
			Checkpoint: &rekorv1.Checkpoint{Envelope: text + "\n\u2014 " + l.name + " " + base64.StdEncoding.EncodeToString(line) + "\n"},
		},
	}
	if l.v1 {
		e.KindVersion.Version = "0.0.1"
		e.LogIndex = 4163431
		e.IntegratedTime = testTime.Unix()
		e.InclusionPromise = &rekorv1.InclusionPromise{SignedEntryTimestamp: l.sign(t, canonical(t, object{
			"body": body, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": hex.EncodeToString(l.id),
		}))}
	}
	return e
}
