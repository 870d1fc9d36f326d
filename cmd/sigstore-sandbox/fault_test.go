package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// tell tells the sandbox a fault as a person does.
func (p *process) tell(t *testing.T, fault string) {
	t.Helper()
	if out, err := exec.Command(program, "--dir", p.dir, "--fault", fault).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("--fault %s: %v: %s", fault, err, out)
	}
}

func TestParseFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, err   string
		times       int
		lasts, slow time.Duration
	}{
		{text: "hang", times: -1, slow: defaultDelay},
		{text: "503,times=2", times: 2, slow: defaultDelay},
		{text: "stop,for=300ms", times: -1, lasts: 300 * time.Millisecond, slow: defaultDelay},
		{text: "slow,delay=2s,times=1,for=1m", times: 1, lasts: time.Minute, slow: 2 * time.Second},
		{text: "503,times=0", err: "must be at least 1"},
		{text: "503,times=some", err: "invalid syntax"},
		{text: "hang,for=-1s", err: "must be more than 0"},
		{text: "hang,until=noon", err: "not one of times, for, delay"},
		{text: "hang,", err: "not one of times, for, delay"},
		{text: "stop,times=1", err: "a stopped service gets no requests"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			f, err := parseFault(tt.text)
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v, want %q", err, tt.err)
				}
			case err != nil:
				t.Error(err)
			case f.times != tt.times || f.lasts != tt.lasts || f.delay != tt.slow:
				t.Errorf("%d times, for %s, by %s", f.times, f.lasts, f.delay)
			}
		})
	}
}

func TestFaultErrors(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	for _, tt := range []struct{ fault, want string }{
		{"nobody=hang", `service "nobody" is not one of oidc, fulcio`},
		{"control=hang", `service "control" is not one of oidc, fulcio`},
		{"rekor=explode", `fault "explode": the faults of rekor are 403, 429, `},
		{"rekor=another-key", `fault "another-key": the faults of rekor are 403, 429, `},
		{"rekor=600", `fault "600": the faults of rekor are `},
		{"rekor", `fault "": the faults of rekor are `},
		{"rekor=503,times=x", "invalid syntax"},
	} {
		code, stderr := fail(t, "--dir", p.dir, "--fault", tt.fault)
		if code != exitFailure || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit %d: %s", tt.fault, code, stderr)
		}
	}
	code, stderr := fail(t, "--dir", t.TempDir(), "--fault", "rekor=hang")
	if code != exitFailure || !strings.Contains(stderr, "no sandbox has run here") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// The wrong certificates are Fulcio's own, with its signature and the promise of
// the certificate log.
func TestWrongCertificatesAreIssuedByFulcio(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	chain, err := cryptoutils.UnmarshalCertificatesFromPEM(p.read(t, "keys/fulcio.chain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		kind              string
		key, email, valid bool // whether they are as asked for
	}{
		{faultNone, true, true, true},
		{faultAnotherKey, false, true, true},
		{faultAnotherIdentity, true, false, true},
		{faultExpired, true, true, false},
		{faultNotYetValid, true, true, false},
	} {
		p.tell(t, "fulcio="+tt.kind)
		keypair, err := sign.NewEphemeralKeypair(nil)
		if err != nil {
			t.Fatal(err)
		}
		der, err := sign.NewFulcio(&sign.FulcioOptions{BaseURL: p.Fulcio}).
			GetCertificate(t.Context(), keypair, &sign.CertificateProviderOptions{IDToken: string(p.read(t, "id-token"))})
		if err != nil {
			t.Fatalf("%s: %v", tt.kind, err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckSignatureFrom(chain[0]); err != nil {
			t.Errorf("%s: %v", tt.kind, err)
		}
		promise := false
		for _, e := range c.Extensions {
			promise = promise || e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2})
		}
		key := c.PublicKey.(*ecdsa.PublicKey).Equal(keypair.GetPublicKey())
		email := c.EmailAddresses[0] == "dev@example.com"
		now := time.Now()
		valid := !now.Before(c.NotBefore) && !now.After(c.NotAfter)
		if !promise || key != tt.key || email != tt.email || valid != tt.valid {
			t.Errorf("%s: logged %t, key %t, email %t, valid %t", tt.kind, promise, key, email, valid)
		}
	}
}

// post sends a body and returns the answer.
func post(t *testing.T, url, contentType string, body []byte) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, answer
}

// propose is something for the log to take in.
func propose(t *testing.T) []byte {
	t.Helper()
	body, err := proposeV1()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// entryV1 is the one entry of an answer of Rekor v1.
func entryV1(t *testing.T, answer []byte) (uuid string, body []byte) {
	t.Helper()
	var entries map[string]struct {
		Body []byte `json:"body"`
	}
	if err := json.Unmarshal(answer, &entries); err != nil || len(entries) != 1 {
		t.Fatalf("%v: %s", err, answer)
	}
	for uuid, entry := range entries {
		return uuid, entry.Body
	}
	return "", nil
}

// An entry of something else is one that the log has.
func TestAnotherEntryIsInTheLog(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.tell(t, "rekor="+faultAnotherEntry+",times=1")
	mine := propose(t)
	resp, answer := post(t, p.Rekor+"/api/v1/log/entries", "application/json", mine)
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", resp.Status, answer)
	}
	uuid, body := entryV1(t, answer)
	if bytes.Equal(body, mine) {
		t.Error("the entry is what was sent")
	}
	if _, stored := entryV1(t, []byte(get(t, p.Rekor+"/api/v1/log/entries/"+uuid))); !bytes.Equal(stored, body) {
		t.Error("the log has another entry there")
	}
}

// What the log has already is a conflict that says where, as with a database.
func TestRekorKnowsWhatItHas(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	body := propose(t)
	_, first := post(t, p.Rekor+"/api/v1/log/entries", "application/json", body)
	uuid, _ := entryV1(t, first)
	resp, answer := post(t, p.Rekor+"/api/v1/log/entries", "application/json", body)
	if resp.StatusCode != http.StatusConflict || !strings.HasSuffix(resp.Header.Get("Location"), uuid) {
		t.Errorf("%s, at %q, want %s: %s", resp.Status, resp.Header.Get("Location"), uuid, answer)
	}
}

func TestAnotherTimestampIsTheAuthoritys(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.tell(t, "timestamp="+faultAnotherTimestamp)
	request, err := timestamp.CreateRequest(strings.NewReader("a signature"), &timestamp.RequestOptions{Certificates: true})
	if err != nil {
		t.Fatal(err)
	}
	_, answer := post(t, p.Timestamp, "application/timestamp-query", request)
	asked, err := timestamp.ParseRequest(request)
	if err != nil {
		t.Fatal(err)
	}
	got, err := timestamp.ParseResponse(answer) // verifies the signature
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got.HashedMessage, asked.HashedMessage) {
		t.Error("the timestamp is of what was sent")
	}
}

// A service that has stopped answers at the same address when it is back.
func TestStopForAWhile(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.tell(t, "tuf=stop")
	if _, err := http.Get(p.TUF + "/timestamp.json"); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v, want a refused connection", err)
	}
	p.tell(t, "tuf=stop,for=50ms")
	deadline := time.Now().Add(30 * time.Second)
	for {
		resp, err := http.Get(p.TUF + "/timestamp.json")
		if err == nil {
			_ = resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("it does not come back: %w", err))
		}
	}
}
