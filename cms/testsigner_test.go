package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

var testTime = time.Date(2026, 11, 22, 12, 15, 8, 0, time.UTC)

const testPayload = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nno final newline"

// testSigner holds what one signature in git-seal's form takes, in memory.
type testSigner struct {
	ca, leaf     *x509.Certificate
	key, caKey   *ecdsa.PrivateKey
	tsa          *x509.Certificate
	tsaKey       *ecdsa.PrivateKey
	logV1, logV2 *testLog
}

func newTestSigner(t testing.TB) *testSigner {
	t.Helper()
	s := &testSigner{key: newKey(t), caKey: newKey(t), tsaKey: newKey(t)}
	s.ca = newCertificate(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, s.caKey.Public(), s.caKey)
	s.leaf = newCertificate(t, &x509.Certificate{
		EmailAddresses: []string{"alice@example.com"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}, s.ca, s.key.Public(), s.caKey)
	s.tsa = newCertificate(t, &x509.Certificate{
		Subject:         pkix.Name{CommonName: "timestamp authority"},
		SubjectKeyId:    []byte("the key of the timestamp authority"),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08")}},
	}, s.ca, s.tsaKey.Public(), s.caKey)
	s.logV1, s.logV2 = newTestLog(t, "rekor.example.com", true), newTestLog(t, "log2026-1.example.com", false)
	return s
}

// newCertificate fills serial number and validity into template, and issues it;
// a nil parent makes it self-signed.
func newCertificate(t testing.TB, template, parent *x509.Certificate, pub any, key crypto.Signer) *x509.Certificate {
	t.Helper()
	var err error
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 158)); err != nil {
		t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = testTime.Add(-time.Minute), testTime.Add(9*time.Minute)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// parts signs payload, with neither log entry nor timestamp.
func (s *testSigner) parts(t testing.TB, payload string) Parts {
	t.Helper()
	sum := sha256.Sum256([]byte(payload))
	attrs, err := NewSignedAttrs(sum[:], testTime)
	if err != nil {
		t.Fatal(err)
	}
	sum = sha256.Sum256(attrs)
	sig, err := ecdsa.SignASN1(rand.Reader, s.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return Parts{Certificate: s.leaf, SignedAttrs: attrs, Signature: sig}
}

// timestampResponse returns a TimeStampResp over signature.
func (s *testSigner) timestampResponse(t testing.TB, signature []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(signature)
	resp, err := (&timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: testTime, Accuracy: time.Second,
		Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2}, AddTSACertificate: true,
	}).CreateResponseWithOpts(s.tsa, s.tsaKey, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (s *testSigner) token(t testing.TB, signature []byte) []byte {
	t.Helper()
	tok, err := TimeStampTokenFromResponse(s.timestampResponse(t, signature))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// kinds are the kinds of signature that are written.
var kinds = []struct {
	name              string
	v1, v2, timestamp bool
}{
	{name: "bare"},
	{name: "v1", v1: true},
	{name: "v1 with timestamp", v1: true, timestamp: true},
	{name: "v2 with timestamp", v2: true, timestamp: true},
	{name: "timestamp", timestamp: true},
}

// sign returns the signature of a kind over payload, DER.
func (s *testSigner) sign(t testing.TB, v1, v2, timestamp bool, payload string) []byte {
	t.Helper()
	p := s.parts(t, payload)
	if v1 {
		p.LogEntry = s.logV1.add(t, p)
	}
	if v2 {
		p.LogEntry = s.logV2.add(t, p)
	}
	if timestamp {
		p.TimeStampToken = s.token(t, p.Signature)
	}
	der, err := Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
