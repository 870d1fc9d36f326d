package signer_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
)

var payload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nno final newline")

func newSigner(t testing.TB, o signer.Options) *signer.Signer {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := signer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// evidence is what a signature must carry.
type evidence struct {
	log       int // version; 0: none
	timestamp bool
}

// checkSignature has sigstore-go verify what a signature holds, against the
// sandbox's trusted root.
func checkSignature(t *testing.T, s *signertest.Sandbox, sig *signer.Signature, email string, want evidence) {
	t.Helper()
	parsed, err := cms.ParsePEM(sig.PEM)
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.CheckDigest(payload); err != nil {
		t.Error(err)
	}
	if err := cms.SecondOpinion(sig.DER, payload); err != nil {
		t.Error(err)
	}
	pb, err := parsed.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	options := []verify.VerifierOption{verify.WithSignedCertificateTimestamps(1), verify.WithObserverTimestamps(1)}
	entries := pb.GetVerificationMaterial().GetTlogEntries()
	if (want.log != 0) != (len(entries) == 1) {
		t.Fatalf("%d log entries", len(entries))
	}
	if want.log != 0 {
		options = append(options, verify.WithTransparencyLog(1))
		if v := entries[0].GetKindVersion().GetVersion(); v != fmt.Sprintf("0.0.%d", want.log) {
			t.Errorf("entry of version %s, want Rekor v%d", v, want.log)
		}
	}
	if got := parsed.SignerInfo.TimeStampToken != nil; got != want.timestamp {
		t.Errorf("timestamp: %t, want %t", got, want.timestamp)
	}
	if want.timestamp {
		options = append(options, verify.WithSignedTimestamps(1))
	}
	verifyBundle(t, s, pb, parsed.SignerInfo.SignedAttrs, email, options)
}

func verifyBundle(t *testing.T, s *signertest.Sandbox, pb *protobundle.Bundle, attrs []byte, email string, options []verify.VerifierOption) {
	t.Helper()
	trusted, err := root.NewTrustedRootFromPath(s.TrustedRoot())
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.NewVerifier(trusted, options...)
	if err != nil {
		t.Fatal(err)
	}
	entity, err := bundle.NewBundle(pb)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := verify.NewShortCertificateIdentity(s.OIDC, "", email, "")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(attrs)
	policy := verify.NewPolicy(verify.WithArtifactDigest("sha256", digest[:]), verify.WithCertificateIdentity(identity))
	if _, err := v.Verify(entity, policy); err != nil {
		t.Error(err)
	}
}

func TestSignAgainstRealServices(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	v1, v2 := signertest.Services(t, s.SigningConfig()), signertest.Services(t, s.SigningConfigV2())
	noLog := v1
	noLog.Rekor = nil
	for _, test := range []struct {
		name     string
		services signer.Services
		mode     signer.TimestampMode
		want     evidence
	}{
		{"Rekor v1", v1, "", evidence{log: 1}},
		{"Rekor v1 auto", v1, signer.TimestampAuto, evidence{log: 1}},
		{"Rekor v1 always", v1, signer.TimestampAlways, evidence{log: 1, timestamp: true}},
		{"Rekor v1 never", v1, signer.TimestampNever, evidence{log: 1}},
		{"Rekor v2 auto", v2, signer.TimestampAuto, evidence{log: 2, timestamp: true}},
		{"Rekor v2 always", v2, signer.TimestampAlways, evidence{log: 2, timestamp: true}},
		{"no log", noLog, signer.TimestampAuto, evidence{timestamp: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sg := newSigner(t, signer.Options{Services: test.services, Timestamp: test.mode, Warn: func(w string) { t.Errorf("warning: %s", w) }})
			sig, err := sg.Sign(t.Context(), payload, signer.StaticToken(s.Token(t, "ana@example.com", signertest.TokenOptions{})))
			if err != nil {
				t.Fatal(err)
			}
			checkSignature(t, s, sig, "ana@example.com", test.want)
		})
	}
}

func TestSignWithTokenFile(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	sg := newSigner(t, signer.Options{Services: signertest.Services(t, s.SigningConfig())})
	sig, err := sg.Sign(t.Context(), payload, signer.FileToken(s.TokenFile()))
	if err != nil {
		t.Fatal(err)
	}
	checkSignature(t, s, sig, "dev@example.com", evidence{log: 1})
}

// One Signer, several goroutines: each signature has its own key and
// certificate.
func TestSignConcurrently(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	sg := newSigner(t, signer.Options{Services: signertest.Services(t, s.SigningConfig()), Timestamp: signer.TimestampAlways})
	var mu sync.Mutex
	keys := make(map[string]bool)
	t.Run("group", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				email := fmt.Sprintf("user%d@example.com", i)
				sig, err := sg.Sign(t.Context(), payload, signer.StaticToken(s.Token(t, email, signertest.TokenOptions{})))
				if err != nil {
					t.Fatal(err)
				}
				checkSignature(t, s, sig, email, evidence{log: 1, timestamp: true})
				mu.Lock()
				defer mu.Unlock()
				keys[hex.EncodeToString(sig.Certificate.RawSubjectPublicKeyInfo)] = true
			})
		}
	})
	if len(keys) != 8 {
		t.Errorf("%d keys for 8 signatures", len(keys))
	}
}

// A local clock that is an hour off signs, with the time clamped and a warning.
func TestSignWithClockAnHourOff(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	for _, test := range []struct {
		name string
		off  time.Duration
		word string
	}{
		{"behind", -time.Hour, "behind"},
		{"ahead", time.Hour, "ahead of"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := func() time.Time { return time.Now().Add(test.off) }
			data, err := os.ReadFile(s.SigningConfig())
			if err != nil {
				t.Fatal(err)
			}
			config, err := signer.ParseSigningConfig(data)
			if err != nil {
				t.Fatal(err)
			}
			services, err := config.Services(now(), signer.Overrides{})
			if err != nil {
				t.Fatal(err)
			}
			var warnings []string
			sg := newSigner(t, signer.Options{Services: services, Now: now, Warn: func(w string) { warnings = append(warnings, w) }})
			sig, err := sg.Sign(t.Context(), payload, signer.StaticToken(s.Token(t, "ana@example.com", signertest.TokenOptions{})))
			if err != nil {
				t.Fatal(err)
			}
			checkSignature(t, s, sig, "ana@example.com", evidence{log: 1})
			if len(warnings) != 1 || !strings.Contains(warnings[0], "local clock") || !strings.Contains(warnings[0], test.word) {
				t.Errorf("warnings: %q", warnings)
			}
		})
	}
}

// Tokens that only Fulcio can tell from good ones.
func TestRealFulcioRefusesToken(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	services := signertest.Services(t, s.SigningConfig())
	t.Run("expired within what the clock may be off", func(t *testing.T) {
		t.Parallel()
		token := s.Token(t, "ana@example.com", signertest.TokenOptions{ExpiresIn: -10 * time.Minute})
		_, err := newSigner(t, signer.Options{Services: services}).Sign(t.Context(), payload, signer.StaticToken(token))
		var e *signer.TokenError
		if !errors.As(err, &e) || e.Reason != signer.TokenExpired {
			t.Fatalf("error %v", err)
		}
		checkServiceError(t, e.Err, signer.Fulcio, s.Fulcio, "identity token", token)
		checkNoToken(t, err.Error(), token)
	})
	t.Run("for another audience", func(t *testing.T) {
		t.Parallel()
		token := s.Token(t, "ana@example.com", signertest.TokenOptions{Audience: "another"})
		_, err := newSigner(t, signer.Options{Services: services, Audience: "another"}).Sign(t.Context(), payload, signer.StaticToken(token))
		checkServiceError(t, err, signer.Fulcio, s.Fulcio, "identity token", token)
	})
	t.Run("with a forged signature", func(t *testing.T) {
		t.Parallel()
		token := s.Token(t, "ana@example.com", signertest.TokenOptions{})
		_, err := newSigner(t, signer.Options{Services: services}).Sign(t.Context(), payload, signer.StaticToken(token[:len(token)-8]+"AAAAAAAA"))
		checkServiceError(t, err, signer.Fulcio, s.Fulcio, "identity token", token)
	})
}

// Tokens that are refused before Fulcio sees them.
func TestSignRefusesToken(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	for _, test := range []struct {
		name   string
		token  signertest.TokenOptions
		reason signer.TokenProblem
	}{
		{"expired", signertest.TokenOptions{ExpiresIn: -2 * time.Hour}, signer.TokenExpired},
		{"for another audience", signertest.TokenOptions{Audience: "another"}, signer.TokenAudience},
		{"not verified", signertest.TokenOptions{Unverified: true}, signer.TokenUnverified},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := func(e signer.Exchange) { t.Errorf("asked %s", e.URL) }
			sg := newSigner(t, signer.Options{Services: signertest.Services(t, s.SigningConfig()), Trace: asked})
			token := s.Token(t, "ana@example.com", test.token)
			_, err := sg.Sign(t.Context(), payload, signer.StaticToken(token))
			var e *signer.TokenError
			if !errors.As(err, &e) || e.Reason != test.reason {
				t.Fatalf("error %v, want %s", err, test.reason)
			}
			checkNoToken(t, err.Error(), token)
		})
	}
}

// The trace names each request once and nothing that is secret.
func TestTraceOfRealServices(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	var trace []string
	sg := newSigner(t, signer.Options{
		Services: signertest.Services(t, s.SigningConfigV2()),
		Trace: func(e signer.Exchange) {
			if e.Err != nil || e.Duration <= 0 {
				t.Errorf("%+v", e)
			}
			trace = append(trace, fmt.Sprintf("%s %s %s %d", e.Service, e.Method, e.URL, e.Status))
		},
	})
	token := s.Token(t, "ana@example.com", signertest.TokenOptions{})
	if _, err := sg.Sign(t.Context(), payload, signer.StaticToken(token)); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		"Fulcio POST " + s.Fulcio + "/api/v2/signingCert 200": true,
		"Rekor POST " + s.RekorV2 + "/api/v2/log/entries 201": true,
		"timestamp authority POST " + s.Timestamp + " 201":    true,
	}
	if len(trace) != len(want) {
		t.Errorf("trace: %q", trace)
	}
	for _, line := range trace {
		if !want[line] {
			t.Errorf("trace: unexpected %q", line)
		}
	}
}
