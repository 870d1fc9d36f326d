package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

var artifact = []byte("what was signed\n")

// hostOf is the host and port of a URL.
func hostOf(t *testing.T, s string) string {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// get returns the body of a URL that must answer with 200.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, resp.Status, err, body)
	}
	return string(body)
}

// tokenFor fetches a token; extra are further query parameters.
func (p *process) tokenFor(t *testing.T, email, extra string) string {
	t.Helper()
	return get(t, p.OIDC+"/token-for?email="+url.QueryEscape(email)+extra)
}

// certificate asks Fulcio for a certificate for a new key.
func (p *process) certificate(ctx context.Context, token string) (*x509.Certificate, error) {
	keypair, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, err
	}
	der, err := sign.NewFulcio(&sign.FulcioOptions{BaseURL: p.Fulcio}).
		GetCertificate(ctx, keypair, &sign.CertificateProviderOptions{IDToken: token})
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// sign signs the artifact as a client would that knows nothing but the signing config.
func (p *process) sign(t *testing.T, signingConfig, token string) *protobundle.Bundle {
	t.Helper()
	config, err := root.NewSigningConfigFromPath(filepath.Join(p.dir, signingConfig))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	fulcio, err := root.SelectService(config.FulcioCertificateAuthorityURLs(), sign.FulcioAPIVersions, now)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := root.SelectServices(config.RekorLogURLs(), config.RekorLogURLsConfig(), sign.RekorAPIVersions, now)
	if err != nil {
		t.Fatal(err)
	}
	authorities, err := root.SelectServices(config.TimestampAuthorityURLs(), config.TimestampAuthorityURLsConfig(),
		sign.TimestampAuthorityAPIVersions, now)
	if err != nil {
		t.Fatal(err)
	}
	keypair, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		t.Fatal(err)
	}
	opts := sign.BundleOptions{
		Context:                    t.Context(),
		CertificateProvider:        sign.NewFulcio(&sign.FulcioOptions{BaseURL: fulcio.URL}),
		CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: token},
	}
	for _, log := range logs {
		opts.TransparencyLogs = append(opts.TransparencyLogs,
			sign.NewRekor(&sign.RekorOptions{BaseURL: log.URL, Version: log.MajorAPIVersion}))
	}
	for _, tsa := range authorities {
		opts.TimestampAuthorities = append(opts.TimestampAuthorities,
			sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: tsa.URL}))
	}
	b, err := sign.Bundle(&sign.PlainData{Data: artifact}, keypair, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verify checks every piece of evidence in a bundle against the trusted root of the state directory.
func (p *process) verify(t *testing.T, pb *protobundle.Bundle, email, issuer string) {
	t.Helper()
	trusted, err := root.NewTrustedRootFromPath(filepath.Join(p.dir, "trusted_root.json"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := verify.NewVerifier(trusted,
		verify.WithSignedCertificateTimestamps(1),
		verify.WithTransparencyLog(1),
		verify.WithSignedTimestamps(1),
		verify.WithObserverTimestamps(1))
	if err != nil {
		t.Fatal(err)
	}
	entity, err := bundle.NewBundle(pb)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := verify.NewShortCertificateIdentity(issuer, "", email, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(entity, verify.NewPolicy(
		verify.WithArtifact(bytes.NewReader(artifact)), verify.WithCertificateIdentity(identity))); err != nil {
		t.Error(err)
	}
	other, err := verify.NewShortCertificateIdentity(issuer, "", "mallory@example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(entity, verify.NewPolicy(
		verify.WithArtifact(bytes.NewReader(artifact)), verify.WithCertificateIdentity(other))); err == nil {
		t.Error("verified as somebody else's")
	}
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	for name, config := range map[string]string{
		"Rekor v1": "signing_config.json",
		"Rekor v2": "signing_config.v2.json",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.verify(t, p.sign(t, config, string(p.read(t, "id-token"))), "dev@example.com", p.OIDC)
			p.verify(t, p.sign(t, config, p.tokenFor(t, "bob@example.com", "")), "bob@example.com", p.OIDC)
		})
	}
}

func TestCertificateLivesTenMinutes(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	cert, err := p.certificate(t.Context(), string(p.read(t, "id-token")))
	if err != nil {
		t.Fatal(err)
	}
	if lifetime := cert.NotAfter.Sub(cert.NotBefore); lifetime != 10*time.Minute {
		t.Errorf("lifetime %v", lifetime)
	}
	if len(cert.EmailAddresses) != 1 || cert.EmailAddresses[0] != "dev@example.com" {
		t.Errorf("identity %q", cert.EmailAddresses)
	}
}

func TestRekorV2LogCanBeRead(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.sign(t, "signing_config.v2.json", string(p.read(t, "id-token")))
	lines := strings.Split(get(t, p.RekorV2+"/api/v2/checkpoint"), "\n")
	if len(lines) < 2 || lines[0] != loopback || lines[1] != "1" {
		t.Errorf("checkpoint: %q", lines)
	}
	for _, tile := range []string{"0/000.p/1", "entries/000.p/1"} {
		if get(t, p.RekorV2+"/api/v2/tile/"+tile) == "" {
			t.Errorf("tile %s is empty", tile)
		}
	}
}

// gitsign and other older clients use Fulcio's first interface.
func TestFulcioV1Interface(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("dev@example.com"))
	proof, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"publicKey":          map[string]any{"algorithm": "ecdsa", "content": pub},
		"signedEmailAddress": proof,
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Fulcio+"/api/v1/signingCert", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+string(p.read(t, "id-token")))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	chain, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated || bytes.Count(chain, []byte("BEGIN CERTIFICATE")) != 3 {
		t.Errorf("%s, %v:\n%s", resp.Status, err, chain)
	}
}

func TestRekorSearchIndex(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.sign(t, "signing_config.json", string(p.read(t, "id-token")))
	// Rekor fills the index after it has answered.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		resp, err := http.Post(p.Rekor+"/api/v1/index/retrieve", "application/json", strings.NewReader(`{"email":"dev@example.com"}`))
		if err != nil {
			t.Fatal(err)
		}
		var entries []string
		err = json.NewDecoder(resp.Body).Decode(&entries)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatalf("%s: %v", resp.Status, err)
		}
		if len(entries) == 1 {
			return
		}
	}
	t.Error("the entry is not in the index")
}

func TestBadTokensGetNoCertificate(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	for name, extra := range map[string]string{
		"other audience": "&audience=other",
		"expired":        "&expires_in=-3600",
		"unverified":     "&email_verified=false",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := p.certificate(t.Context(), p.tokenFor(t, "bob@example.com", extra)); err == nil {
				t.Error("got a certificate")
			}
		})
	}
	t.Run("short-lived", func(t *testing.T) {
		t.Parallel()
		if _, err := p.certificate(t.Context(), p.tokenFor(t, "bob@example.com", "&expires_in=30")); err != nil {
			t.Error(err)
		}
	})
	for _, query := range []string{"", "?email=bob", "?email=b@example.com&expires_in=soon", "?email=b@example.com&email_verified=maybe"} {
		resp, err := http.Get(p.OIDC + "/token-for" + query)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", query, resp.Status)
		}
	}
}

func TestRestartKeepsKeysAndTheV2Log(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	issuer := p.OIDC
	v1 := p.sign(t, "signing_config.json", string(p.read(t, "id-token")))
	v2 := p.sign(t, "signing_config.v2.json", string(p.read(t, "id-token")))
	paths, err := filepath.Glob(filepath.Join(p.dir, "keys", "*"))
	if err != nil {
		t.Fatal(err)
	}
	before := make(map[string]string)
	for _, path := range paths {
		name := filepath.Join("keys", filepath.Base(path))
		before[name] = string(p.read(t, name))
	}
	p.stop(t, syscall.SIGTERM)

	p = start(t, p.dir)
	for name, key := range before {
		if string(p.read(t, name)) != key {
			t.Errorf("%s changed", name)
		}
	}
	p.verify(t, v1, "dev@example.com", issuer)
	p.verify(t, v2, "dev@example.com", issuer)
	again := p.sign(t, "signing_config.v2.json", string(p.read(t, "id-token")))
	p.verify(t, again, "dev@example.com", p.OIDC)
	was, is := logIndex(v2), logIndex(again)
	if is != was+1 {
		t.Errorf("log index %d before the restart, %d after", was, is)
	}
}

func logIndex(b *protobundle.Bundle) int64 {
	return b.GetVerificationMaterial().GetTlogEntries()[0].GetLogIndex()
}

func TestTUFRepository(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(eightFreePorts(t)) // clients keep their caches by URL, so it has to stay
	p := start(t, t.TempDir(), "--port", port)
	cache := t.TempDir()
	anchor := p.read(t, "root.json")
	fetch := func() map[string]string {
		client, err := tuf.New(&tuf.Options{Root: anchor, RepositoryBaseURL: p.TUF, CachePath: cache})
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]string)
		for target := range tufTargets {
			data, err := client.GetTarget(target)
			if err != nil {
				t.Fatal(err)
			}
			got[target] = string(data)
		}
		return got
	}
	check := func() {
		t.Helper()
		for target, data := range fetch() {
			if data != string(p.read(t, tufTargets[target])) {
				t.Errorf("target %s differs from %s", target, tufTargets[target])
			}
		}
	}
	check()
	trusted := p.read(t, "trusted_root.json")

	// A client goes on with the root it knows after a restart: the versions count up.
	p.stop(t, syscall.SIGTERM)
	p = start(t, p.dir, "--port", port)
	if string(p.read(t, "root.json")) != string(anchor) {
		t.Error("the root changed")
	}
	if got := p.read(t, "trusted_root.json"); !bytes.Equal(got, trusted) {
		t.Errorf("the trusted root changed, on the same ports:\n%s\n%s", trusted, got)
	}
	check()
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	begin := time.Now().Add(-time.Minute)
	token := p.tokenFor(t, "bob@example.com", "")
	p.sign(t, "signing_config.json", token)
	p.sign(t, "signing_config.v2.json", token)
	get(t, p.TUF+"/timestamp.json")
	p.stop(t, syscall.SIGTERM)

	log := p.read(t, "requests.log")
	for _, secret := range []string{token, strings.Split(token, ".")[2], "bob@example.com", "bob%40"} {
		if bytes.Contains(log, []byte(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
	seen := make(map[string]int)
	for line := range bytes.Lines(log) {
		var rec requestRecord
		if err := json.Unmarshal(line, &rec); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		at, err := time.Parse(time.RFC3339Nano, rec.Start)
		if err != nil || at.Before(begin) || at.After(time.Now()) || rec.DurationUS < 0 || rec.Status < 200 || rec.Status > 299 {
			t.Errorf("%s: %v", line, err)
		}
		seen[rec.Service+" "+rec.Method+" "+rec.Path]++
	}
	for _, want := range []string{
		"oidc GET /token-for",
		"fulcio POST /api/v2/signingCert",
		"ctlog POST /sandbox/ct/v1/add-pre-chain",
		"rekor POST /api/v1/log/entries",
		"rekor-v2 POST /api/v2/log/entries",
		"timestamp POST /api/v1/timestamp",
		"tuf GET /timestamp.json",
	} {
		if seen[want] == 0 {
			t.Errorf("no %q in %v", want, seen)
		}
	}
}

func TestTimestampAuthorityRefuses(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	if chain := get(t, p.Timestamp+"/certchain"); strings.Count(chain, "BEGIN CERTIFICATE") != 2 {
		t.Errorf("chain:\n%s", chain)
	}
	resp, err := http.Post(p.Timestamp, "application/timestamp-query", strings.NewReader("nonsense"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Message string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusBadRequest || answer.Message == "" {
		t.Errorf("%s: %q, %v", resp.Status, answer.Message, err)
	}
}
