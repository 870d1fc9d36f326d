package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/git-seal/git-seal/signer"
)

const (
	fakeEmail  = "ana@example.com"
	fakeIssuer = "https://issuer.example.com"
)

// fake is a Sigstore in memory that answers as a real one does, for what a real
// one cannot be made to do: its hooks spoil one thing each. What it says is
// proven by nothing; tests of success use the sandbox.
type fake struct {
	ca, tsa         *ecdsa.PrivateKey
	caCert, tsaCert *x509.Certificate

	now func() time.Time

	// Hooks; nil for none.
	before      func(service signer.Service, w http.ResponseWriter, r *http.Request) (answered bool)
	certificate func(*x509.Certificate)                 // before it is signed
	certify     func(*ecdsa.PublicKey) *ecdsa.PublicKey // which key
	entry       func(map[string]any)                    // Rekor's answer before it is sent
	message     func([]byte) []byte                     // what is timestamped
}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{ca: newKey(t), tsa: newKey(t), now: time.Now}
	f.caCert = selfSigned(t, f.ca, &x509.Certificate{
		Subject: pkix.Name{CommonName: "fake authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	// RFC 3161 §2.3: critical, and alone.
	eku, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	f.tsaCert = selfSigned(t, f.tsa, &x509.Certificate{
		Subject: pkix.Name{CommonName: "fake timestamp authority"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: eku}},
	})
	return f
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func selfSigned(t testing.TB, key *ecdsa.PrivateKey, c *x509.Certificate) *x509.Certificate {
	t.Helper()
	c.SerialNumber = big.NewInt(1)
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// fakeToken is an ID token with a signature that nobody checks; set changes
// claims, nil removes one.
func fakeToken(t testing.TB, set map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": fakeIssuer, "sub": "subject-of-ana", "aud": "sigstore", "email": fakeEmail, "email_verified": true,
		"exp": time.Now().Add(time.Minute).Unix(),
	}
	for k, v := range set {
		if claims[k] = v; v == nil {
			delete(claims, k)
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"ES256"}`)) + "." + encode(payload) + "." + encode(bytes.Repeat([]byte("signature"), 7))
}

// serve starts the fake on loopback, a server for each service.
func (f *fake) serve(t testing.TB, rekor int) signer.Services {
	t.Helper()
	start := func(service signer.Service) string {
		server := httptest.NewServer(f.handler(service))
		t.Cleanup(func() {
			server.CloseClientConnections()
			server.Close()
		})
		return server.URL
	}
	return signer.Services{
		Fulcio:               start(signer.Fulcio),
		Rekor:                []signer.Log{{URL: start(signer.Rekor), Version: rekor}},
		TimestampAuthorities: []string{start(signer.TimestampAuthority) + "/timestamp"},
	}
}

// RoundTrip answers without a network; the host names the service.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	service := map[string]signer.Service{
		"fulcio.example.com": signer.Fulcio, "rekor.example.com": signer.Rekor, "tsa.example.com": signer.TimestampAuthority,
	}[r.URL.Host]
	f.handler(service).ServeHTTP(w, r)
	return w.Result(), nil
}

// inMemory are the services that RoundTrip answers for.
func inMemory(rekor int) signer.Services {
	return signer.Services{
		Fulcio:               "https://fulcio.example.com",
		Rekor:                []signer.Log{{URL: "https://rekor.example.com", Version: rekor}},
		TimestampAuthorities: []string{"https://tsa.example.com/timestamp"},
	}
}

func (f *fake) handler(service signer.Service) http.Handler {
	answer := map[signer.Service]func([]byte, *http.Request) (status int, data []byte, err error){
		signer.Fulcio: f.fulcio, signer.Rekor: f.rekor, signer.TimestampAuthority: f.timestamp,
	}[service]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The body first: the server notices that a client went away only
		// after it.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f.before != nil && f.before(service, w, r) {
			return
		}
		status, data, err := answer(body, r)
		if err != nil {
			status, data = http.StatusBadRequest, []byte(err.Error())
		}
		w.WriteHeader(status)
		_, _ = w.Write(data)
	})
}

// fulcio certifies whatever key and token it is sent.
func (f *fake) fulcio(body []byte, r *http.Request) (int, []byte, error) {
	var request struct {
		PublicKeyRequest struct {
			PublicKey         struct{ Algorithm, Content string }
			ProofOfPossession []byte
		}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return 0, nil, err
	}
	block, _ := pem.Decode([]byte(request.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return 0, nil, fmt.Errorf("no key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return 0, nil, err
	}
	key := parsed.(*ecdsa.PublicKey)
	claims, err := claimsOf(r.Header.Get("Authorization"))
	if err != nil {
		return 0, nil, err
	}
	challenge := sha256.Sum256([]byte(claims.Email))
	if claims.Email == "" {
		challenge = sha256.Sum256([]byte(claims.Sub))
	}
	if !ecdsa.VerifyASN1(key, challenge[:], request.PublicKeyRequest.ProofOfPossession) {
		return 0, nil, fmt.Errorf("proof of possession")
	}
	if f.certify != nil {
		key = f.certify(key)
	}
	now := f.now()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		NotBefore:    now.Truncate(time.Second), NotAfter: now.Add(10 * time.Minute),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}, Value: []byte(claims.Iss)},
			utf8Extension(8, claims.Iss),
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: []byte{4, 0}},
		},
	}
	if claims.Email != "" {
		c.EmailAddresses = []string{claims.Email}
	}
	if f.certificate != nil {
		f.certificate(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, f.caCert, key, f.ca)
	if err != nil {
		return 0, nil, err
	}
	var chain []string
	for _, raw := range [][]byte{der, f.caCert.Raw} {
		chain = append(chain, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))
	}
	data, err := json.Marshal(map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}})
	return http.StatusOK, data, err
}

type fakeClaims struct{ Iss, Sub, Email string }

func claimsOf(authorization string) (claims fakeClaims, err error) {
	parts := strings.Split(strings.TrimPrefix(authorization, "Bearer "), ".")
	if len(parts) != 3 {
		return claims, fmt.Errorf("no token")
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims, err
	}
	return claims, json.Unmarshal(data, &claims)
}

// utf8Extension is one of Fulcio's extensions, 1.3.6.1.4.1.57264.1.n.
func utf8Extension(n int, value string) pkix.Extension {
	der, err := asn1.MarshalWithParams(value, "utf8")
	if err != nil {
		panic(err) // only if value is not UTF-8
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, n}, Value: der}
}

// rekor has a tree with one leaf in it: the entry.
func (f *fake) rekor(body []byte, r *http.Request) (int, []byte, error) {
	var entry map[string]any
	var err error
	if strings.HasPrefix(r.URL.Path, "/api/v1/") {
		entry = fakeEntryV1(body)
	} else if entry, err = fakeEntryV2(body); err != nil {
		return 0, nil, err
	}
	if f.entry != nil {
		f.entry(entry)
	}
	data, err := json.Marshal(entry)
	return http.StatusCreated, data, err
}

func checkpoint(origin, name string, root []byte) string {
	return origin + "\n1\n" + base64.StdEncoding.EncodeToString(root) + "\n\n— " + name + " " + base64.StdEncoding.EncodeToString([]byte("keyhsignature")) + "\n"
}

func leafHash(body []byte) []byte {
	h := sha256.Sum256(append([]byte{0}, body...))
	return h[:]
}

func fakeEntryV1(body []byte) map[string]any {
	root := leafHash(body)
	return map[string]any{hex.EncodeToString(root): map[string]any{
		"body": base64.StdEncoding.EncodeToString(body), "integratedTime": time.Now().Unix(),
		"logID": strings.Repeat("ab", 32), "logIndex": 7,
		"verification": map[string]any{
			"inclusionProof": map[string]any{
				"checkpoint": checkpoint("rekor.example.com - 1234", "rekor.example.com", root),
				"hashes":     []string{}, "logIndex": 0, "rootHash": hex.EncodeToString(root), "treeSize": 1,
			},
			"signedEntryTimestamp": base64.StdEncoding.EncodeToString([]byte("signed entry timestamp")),
		},
	}}
}

func fakeEntryV2(request []byte) (map[string]any, error) {
	var r struct {
		HashedRekordRequestV002 struct {
			Digest    string `json:"digest"`
			Signature any    `json:"signature"`
		} `json:"hashedRekordRequestV002"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	// encoding/json sorts the keys of maps, as canonical JSON does.
	body, err := json.Marshal(map[string]any{
		"apiVersion": "0.0.2", "kind": "hashedrekord",
		"spec": map[string]any{"hashedRekordV002": map[string]any{
			"data":      map[string]any{"algorithm": "SHA2_256", "digest": r.HashedRekordRequestV002.Digest},
			"signature": r.HashedRekordRequestV002.Signature,
		}},
	})
	if err != nil {
		return nil, err
	}
	root := leafHash(body)
	return map[string]any{
		"logIndex": "0", "logId": map[string]any{"keyId": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xab}, 32))},
		"kindVersion": map[string]any{"kind": "hashedrekord", "version": "0.0.2"}, "integratedTime": "0", "inclusionPromise": nil,
		"inclusionProof": map[string]any{
			"logIndex": "0", "rootHash": base64.StdEncoding.EncodeToString(root), "treeSize": "1", "hashes": []string{},
			"checkpoint": map[string]any{"envelope": checkpoint("rekor.example.com", "rekor.example.com", root)},
		},
		"canonicalizedBody": base64.StdEncoding.EncodeToString(body),
	}, nil
}

func (f *fake) timestamp(body []byte, _ *http.Request) (int, []byte, error) {
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		return 0, nil, err
	}
	message := request.HashedMessage
	if f.message != nil {
		message = f.message(message)
	}
	data, err := (&timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: message, Time: time.Now(),
		SerialNumber: big.NewInt(1), Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: request.Certificates,
	}).CreateResponseWithOpts(f.tsaCert, f.tsa, crypto.SHA256)
	return http.StatusCreated, data, err
}

// mustURL parses a URL that a test wrote.
func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
