package signer_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
)

// Whom Fulcio certifies is made of the token's claims, in a way of its own for
// each kind of issuer (Fulcio's config/identity/config.yaml).
func TestSignAcceptsCertificateForTheTokensHolder(t *testing.T) {
	t.Parallel()
	uri := func(s string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL(t, s)} }
	}
	for _, test := range []struct {
		name   string
		claims map[string]any
		change func(*x509.Certificate)
	}{
		{name: "address"},
		{
			name:   "address behind dex",
			claims: map[string]any{"federated_claims": map[string]any{"connector_id": "https://accounts.google.com", "user_id": "7"}},
			change: func(c *x509.Certificate) {
				c.ExtraExtensions[0].Value = []byte("https://accounts.google.com")
				c.ExtraExtensions[1] = utf8Extension(8, "https://accounts.google.com")
			},
		},
		{
			name:   "issuer in the old form alone",
			change: func(c *x509.Certificate) { c.ExtraExtensions = append(c.ExtraExtensions[:1], c.ExtraExtensions[2]) },
		},
		{
			name:   "issuer in the present form alone",
			change: func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[1:] },
		},
		{
			name: "subject beside the address",
			change: func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, utf8Extension(24, "subject-of-ana"))
			},
		},
		{
			name: "GitHub workflow",
			claims: map[string]any{
				"email": nil, "iss": "https://token.actions.githubusercontent.com", "sub": "repo:acme/app:ref:refs/heads/main",
				"job_workflow_ref": "acme/app/.github/workflows/release.yml@refs/tags/v1",
			},
			change: uri("https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1"),
		},
		{
			name: "GitHub Enterprise Server",
			claims: map[string]any{
				"email": nil, "iss": "https://github.example.com/_services/token", "sub": "repo:acme/app",
				"job_workflow_ref": "acme/app/.github/workflows/release.yml@refs/tags/v1",
			},
			change: uri("https://github.example.com/acme/app/.github/workflows/release.yml@refs/tags/v1"),
		},
		{
			name: "GitLab pipeline",
			claims: map[string]any{
				"email": nil, "iss": "https://gitlab.com", "sub": "project_path:acme/app", "user_email": "ana@example.com",
				"ci_config_ref_uri": "gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main",
			},
			change: uri("https://gitlab.com/acme/app//.gitlab-ci.yml@refs/heads/main"),
		},
		{
			name: "Kubernetes service account",
			claims: map[string]any{
				"email": nil, "sub": "system:serviceaccount:ns:signer",
				"kubernetes.io": map[string]any{"namespace": "ns", "serviceaccount": map[string]any{"name": "signer"}},
			},
			change: uri("https://kubernetes.io/namespaces/ns/serviceaccounts/signer"),
		},
		{
			name:   "Buildkite pipeline",
			claims: map[string]any{"email": nil, "sub": "organization:acme", "organization_slug": "acme", "pipeline_slug": "app"},
			change: uri("https://buildkite.com/acme/app"),
		},
		{
			name: "Codefresh pipeline",
			claims: map[string]any{
				"email": nil, "sub": "account:1", "account_name": "acme", "account_id": "1", "pipeline_name": "app/release", "pipeline_id": "2",
			},
			change: uri("https://g.codefresh.io/acme/app/release:1/2"),
		},
		{
			name: "CircleCI pipeline",
			claims: map[string]any{
				"email": nil, "sub": "org/1", "oidc.circleci.com/project-id": "2", "oidc.circleci.com/pipeline-definition-id": "3",
			},
			change: uri("https://circleci.com/api/v2/projects/2/pipeline-definitions/3"),
		},
		{
			name:   "SPIFFE id",
			claims: map[string]any{"email": nil, "sub": "spiffe://example.com/ns/signer"},
			change: uri("spiffe://example.com/ns/signer"),
		},
		{
			name:   "URI",
			claims: map[string]any{"email": nil, "sub": "https://example.com/users/7"},
			change: uri("https://example.com/users/7"),
		},
		{
			name:   "subject under the issuer",
			claims: map[string]any{"email": nil, "sub": "0123/4567"},
			change: uri("https://issuer.example.com/0123/4567"),
		},
		{
			name:   "user name",
			claims: map[string]any{"email": nil, "sub": "ana"},
			change: func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, userName(t, "ana!example.com"))
			},
		},
		{
			name:   "a name of the operator's own, beside the subject",
			claims: map[string]any{"email": nil, "sub": "job:7"},
			change: func(c *x509.Certificate) {
				uri("https://ci.example.com/pipelines/app")(c)
				c.ExtraExtensions = append(c.ExtraExtensions, utf8Extension(24, "job:7"))
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.certificate = test.change
			s := newSigner(t, signer.Options{Services: inMemory(2), Transport: f})
			if _, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, test.claims))); err != nil {
				t.Error(err)
			}
		})
	}
}

// userName is a subject alternative name as Fulcio writes user names.
func userName(t *testing.T, value string) pkix.Extension {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(casn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 7})
			b.AddASN1(casn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				b.AddASN1(casn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
			})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Critical: true, Value: der}
}

// A name that cannot be foreseen stands for the token only beside its subject.
func TestSignRefusesNameOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		claims map[string]any
		change func(*x509.Certificate)
	}{
		{
			name:   "without the subject",
			claims: map[string]any{"email": nil, "sub": "job:7"},
			change: func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL(t, "https://ci.example.com/pipelines/app")} },
		},
		{
			name: "for a token that has a name",
			change: func(c *x509.Certificate) {
				c.EmailAddresses = []string{"eve@example.com"}
				c.ExtraExtensions = append(c.ExtraExtensions, utf8Extension(24, "subject-of-ana"))
			},
		},
		{
			name:   "user name of somebody else",
			claims: map[string]any{"email": nil, "sub": "ana"},
			change: func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, userName(t, "anabel!example.com"))
			},
		},
		{
			name: "user name for an address",
			change: func(c *x509.Certificate) {
				c.EmailAddresses = nil
				c.ExtraExtensions = append(c.ExtraExtensions, userName(t, "subject-of-ana!example.com"))
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.certificate = test.change
			token := fakeToken(t, test.claims)
			_, err := newSigner(t, signer.Options{Services: inMemory(2), Transport: f}).Sign(t.Context(), payload, signer.StaticToken(token))
			checkServiceError(t, err, signer.Fulcio, "https://fulcio.example.com", "the certificate is for ", token)
		})
	}
}

// What does not keep a signature from being made is told.
func TestSignWarns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*x509.Certificate)
		want   string // "": nothing
	}{
		{"all is well", func(*x509.Certificate) {}, ""},
		{"no SCT", func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[:2] }, "no certificate timestamp"},
		{
			"clock behind", func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = c.NotBefore.Add(time.Hour), c.NotAfter.Add(time.Hour)
			},
			"the local clock is at least 1h0m0s behind the certificate authority's",
		},
		{
			"clock ahead", func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = c.NotBefore.Add(-time.Hour), c.NotBefore.Add(-50*time.Minute)
			},
			"the local clock is at least 50m0s ahead of the certificate authority's",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.certificate = test.change
			// A clock that stands still, so that differences are whole.
			now := time.Now().Truncate(time.Second)
			f.now = func() time.Time { return now }
			var warnings []string
			s := newSigner(t, signer.Options{
				Services: inMemory(2), Transport: f, Now: f.now,
				Warn: func(w string) { warnings = append(warnings, w) },
			})
			sig, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" && len(warnings) != 0 || test.want != "" && (len(warnings) != 1 || !strings.Contains(warnings[0], test.want)) {
				t.Errorf("warnings %q, want %q", warnings, test.want)
			}
			checkSigningTime(t, sig)
		})
	}
}

// checkSigningTime checks that the signer's claim lies in the certificate's
// validity, where other implementations look for it.
func checkSigningTime(t *testing.T, sig *signer.Signature) {
	t.Helper()
	parsed, err := cms.Parse(sig.DER)
	if err != nil {
		t.Fatal(err)
	}
	if at := parsed.SignerInfo.SigningTime; at.Before(sig.Certificate.NotBefore) || at.After(sig.Certificate.NotAfter) {
		t.Errorf("signing time %s, certificate from %s to %s", at, sig.Certificate.NotBefore, sig.Certificate.NotAfter)
	}
	if err := cms.SecondOpinion(sig.DER, payload); err != nil {
		t.Error(err)
	}
}
