package signer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/google/go-cmp/cmp"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"google.golang.org/protobuf/testing/protocmp"
)

// recorder answers every request with the same thing and keeps what it was
// sent.
type recorder struct {
	*httptest.Server
	requests []*http.Request
	bodies   [][]byte
}

// record starts a server; answer sees the request's body.
func record(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, body []byte)) *recorder {
	t.Helper()
	rec := new(recorder)
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		rec.requests, rec.bodies = append(rec.requests, r), append(rec.bodies, body)
		answer(w, r, body)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func testSigner(t *testing.T, p plan) *Signer {
	t.Helper()
	s, err := New(Options{
		Services: Services{Fulcio: "https://fulcio.example.com", Rekor: []Log{{"https://rekor.example.com", 1}}},
		Now:      time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.plan = p
	return s
}

// newProposal is a proposal with a certificate that nobody has issued.
func newProposal(t *testing.T) *proposal {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), EmailAddresses: []string{"ana@example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("signed attributes"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return &proposal{digest: digest[:], signature: signature, certificate: c}
}

// bundle is the proposal as sigstore-go's client takes it.
func (p *proposal) bundle() (certificate []byte, b *protobundle.Bundle) {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw}), &protobundle.Bundle{
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_Certificate{
				Certificate: &protocommon.X509Certificate{RawBytes: p.certificate.Raw},
			},
		},
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: p.digest},
			Signature:     p.signature,
		}},
	}
}

// aHash is some hash, in base64.
var aHash = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xef}, 32))

// testCheckpoint is a checkpoint with the root aHash, in the form of one that is
// signed by each of the names.
func testCheckpoint(origin, size string, names ...string) string {
	note := origin + "\n" + size + "\n" + aHash + "\n\n"
	for _, name := range names {
		note += "— " + name + " " + base64.StdEncoding.EncodeToString([]byte("hash and signature")) + "\n"
	}
	return note
}

// answerV1 is a log of two entries, with one hash in the proof.
func answerV1(body []byte) []byte {
	return fmt.Appendf(nil, `{%q: {"body": %q, "integratedTime": 1700000000, "logID": %q, "logIndex": 3000000007, "verification": {
		"inclusionProof": {"checkpoint": %q, "hashes": [%q], "logIndex": 1, "rootHash": %q, "treeSize": 2},
		"signedEntryTimestamp": "c2V0"}}}`,
		strings.Repeat("0a", 40), base64.StdEncoding.EncodeToString(body), strings.Repeat("ab", 32),
		testCheckpoint("rekor.example.com - 12", "2", "rekor.example.com", "witness.example.com"), strings.Repeat("cd", 32), strings.Repeat("ef", 32))
}

// What sigstore-go's client sends a log, and what it makes of the answer, is the
// measure of ours; cosignatures of witnesses are kept.
func TestRekorV1IsSpokenAsSigstoreGoDoes(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, _ *http.Request, body []byte) {
		var sent any
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Error(err)
		}
		canonical, err := json.Marshal(sent)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", strings.Repeat("0a", 40))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answerV1(canonical))
	})
	p := newProposal(t)
	got, err := testSigner(t, plan{log: &Log{rec.URL, 1}}).uploadEntry(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	certificate, b := p.bundle()
	if err := sign.NewRekor(&sign.RekorOptions{BaseURL: rec.URL}).GetTransparencyLogEntry(t.Context(), certificate, b); err != nil {
		t.Fatal(err)
	}
	compareRequests(t, rec)
	if diff := cmp.Diff(b.VerificationMaterial.TlogEntries[0], got, protocmp.Transform()); diff != "" {
		t.Errorf("entry, sigstore-go's (-) and ours (+):\n%s", diff)
	}
}

func TestRekorV2IsSpokenAsSigstoreGoDoes(t *testing.T) {
	t.Parallel()
	p := newProposal(t)
	body, err := p.bodyV2()
	if err != nil {
		t.Fatal(err)
	}
	rec := record(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"logIndex": "5", "logId": {"keyId": %[1]q}, "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
			"integratedTime": "0", "inclusionPromise": null, "inclusionProof": {"logIndex": "5", "rootHash": %[1]q, "treeSize": "6",
			"hashes": [%[1]q], "checkpoint": {"envelope": %[2]q}}, "canonicalizedBody": %[3]q}`,
			aHash, testCheckpoint("log.example.com", "6", "witness.example.com", "log.example.com", "other.example.com"), base64.StdEncoding.EncodeToString(body))
	})
	got, err := testSigner(t, plan{log: &Log{rec.URL, 2}}).uploadEntry(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	certificate, b := p.bundle()
	if err := sign.NewRekor(&sign.RekorOptions{BaseURL: rec.URL, Version: 2}).GetTransparencyLogEntry(t.Context(), certificate, b); err != nil {
		t.Fatal(err)
	}
	compareRequests(t, rec)
	if diff := cmp.Diff(b.VerificationMaterial.TlogEntries[0], got, protocmp.Transform()); diff != "" {
		t.Errorf("entry, sigstore-go's (-) and ours (+):\n%s", diff)
	}
}

// compareRequests compares the first two requests: ours and sigstore-go's.
func compareRequests(t *testing.T, rec *recorder) {
	t.Helper()
	if len(rec.requests) != 2 {
		t.Fatalf("%d requests", len(rec.requests))
	}
	ours, theirs := rec.requests[0], rec.requests[1]
	if ours.Method != theirs.Method || ours.URL.String() != theirs.URL.String() {
		t.Errorf("%s %s, sigstore-go %s %s", ours.Method, ours.URL, theirs.Method, theirs.URL)
	}
	for _, header := range []string{"Content-Type", "Authorization"} {
		if ours.Header.Get(header) != theirs.Header.Get(header) {
			t.Errorf("%s: %q, sigstore-go %q", header, ours.Header.Get(header), theirs.Header.Get(header))
		}
	}
	if diff := cmp.Diff(fields(t, rec.bodies[1]), fields(t, rec.bodies[0])); diff != "" {
		t.Errorf("body, sigstore-go's (-) and ours (+):\n%s", diff)
	}
}

// fields is JSON without what is random in it.
func fields(t *testing.T, body []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	if r, ok := v["publicKeyRequest"].(map[string]any); ok {
		r["proofOfPossession"] = len(r["proofOfPossession"].(string)) > 90
		r["publicKey"].(map[string]any)["content"] = strings.Split(r["publicKey"].(map[string]any)["content"].(string), "\n")[0]
	}
	return v
}

func TestFulcioIsAskedAsSigstoreGoDoes(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusTeapot) })
	token := testToken(t, nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testSigner(t, plan{fulcio: rec.URL}).requestCertificate(t.Context(), key, token); err == nil {
		t.Error("a teapot signs")
	}
	keypair, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sign.NewFulcio(&sign.FulcioOptions{BaseURL: rec.URL}).
		GetCertificate(t.Context(), keypair, &sign.CertificateProviderOptions{IDToken: token.raw}); err == nil {
		t.Error("a teapot signs")
	}
	compareRequests(t, rec)
}

// A timestamp query differs from sigstore-go's in one thing: it asks for the
// authority's certificate.
func TestTimestampQuery(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusTeapot) })
	signature := []byte("signature")
	if _, err := testSigner(t, plan{timestamp: rec.URL}).requestTimestamp(t.Context(), signature); err == nil {
		t.Error("a teapot tells the time")
	}
	if _, err := sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: rec.URL}).GetTimestamp(t.Context(), signature); err == nil {
		t.Error("a teapot tells the time")
	}
	if ours, theirs := rec.requests[0].Header.Get("Content-Type"), rec.requests[1].Header.Get("Content-Type"); ours != theirs {
		t.Errorf("Content-Type %q, sigstore-go %q", ours, theirs)
	}
	query, err := timestamp.ParseRequest(rec.bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	want, err := timestamp.ParseRequest(rec.bodies[1])
	if err != nil {
		t.Fatal(err)
	}
	if query.HashAlgorithm != want.HashAlgorithm || !bytes.Equal(query.HashedMessage, want.HashedMessage) {
		t.Errorf("asks about %x, want %x", query.HashedMessage, want.HashedMessage)
	}
	if !query.Certificates {
		t.Error("does not ask for the certificate")
	}
}

// The log has the entry already: it is fetched.
func TestConflictIsFetched(t *testing.T) {
	t.Parallel()
	uuid := strings.Repeat("0a", 40)
	for _, test := range []struct {
		name, location, path, cause string
	}{
		{"with a tree", "/api/v1/log/entries/" + uuid, "/api/v1/log/entries/" + uuid, ""},
		{"without", "/api/v1/log/entries/" + uuid[:64], "/api/v1/log/entries/" + uuid[:64], ""},
		// Only the identifier is taken from it.
		{"on another host", "https://evil.example.com/x/" + uuid, "/api/v1/log/entries/" + uuid, ""},
		{"nowhere", "", "", `at ""`},
		{"somewhere far", "/" + strings.Repeat("z", 1000), "", `at "/` + strings.Repeat("z", maxExcerpt-1) + `"`},
		{"no identifier", "/api/v1/log/entries/..", "", "an equal entry exists at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var sent []byte
			rec := record(t, func(w http.ResponseWriter, r *http.Request, body []byte) {
				if r.Method == http.MethodPost {
					sent = body
					w.Header().Set("Location", test.location)
					w.WriteHeader(http.StatusConflict)
					return
				}
				if r.URL.Path != test.path {
					t.Errorf("asks for %s, want %s", r.URL.Path, test.path)
				}
				_, _ = w.Write(answerV1(sent))
			})
			entry, err := testSigner(t, plan{log: &Log{rec.URL, 1}}).uploadEntry(t.Context(), newProposal(t))
			switch {
			case test.cause != "":
				if err == nil || !strings.Contains(err.Error(), test.cause) {
					t.Errorf("error %v, want %q", err, test.cause)
				}
			case err != nil:
				t.Error(err)
			case entry.GetLogIndex() != 3000000007:
				t.Errorf("entry %d", entry.GetLogIndex())
			}
		})
	}
}

// The entry that a conflict points at is held against what was sent, like any
// other.
func TestConflictWithAnotherEntry(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, r *http.Request, _ []byte) {
		if r.Method == http.MethodPost {
			w.Header().Set("Location", "/api/v1/log/entries/"+strings.Repeat("0a", 32))
			w.WriteHeader(http.StatusConflict)
			return
		}
		_, _ = w.Write(answerV1([]byte("{}")))
	})
	if _, err := testSigner(t, plan{log: &Log{rec.URL, 1}}).uploadEntry(t.Context(), newProposal(t)); err == nil || !strings.Contains(err.Error(), "not for this signature") {
		t.Errorf("error %v", err)
	}
}
