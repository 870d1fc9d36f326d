package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/sigstore/fulcio/pkg/config"
	"github.com/sigstore/fulcio/pkg/identity"
)

// The faults of Fulcio's own: certificates that it issues and logs as it does good ones.
const (
	faultAnotherKey      = "another-key"      // for a key of nobody's
	faultAnotherIdentity = "another-identity" // for mallory@example.com
	faultExpired         = "expired"          // ended half an hour ago
	faultNotYetValid     = "not-yet-valid"    // begins tomorrow
)

// certificateLifetime is that of Fulcio's certificates.
const certificateLifetime = 10 * time.Minute

var fulcioSpoils = map[string]spoil{
	faultAnotherKey:      anotherKey,
	faultAnotherIdentity: embedding(func(c *x509.Certificate) { c.EmailAddresses = []string{"mallory@example.com"} }),
	faultExpired:         embedding(func(c *x509.Certificate) { validFrom(c, -30*time.Minute-certificateLifetime) }),
	faultNotYetValid:     embedding(func(c *x509.Certificate) { validFrom(c, 24*time.Hour) }),
}

func validFrom(c *x509.Certificate, offset time.Duration) {
	c.NotBefore = time.Now().Add(offset)
	c.NotAfter = c.NotBefore.Add(certificateLifetime)
}

// anotherKey asks Fulcio to certify a key of its own in place of the client's, which it proves to possess.
func anotherKey(_ *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	body, err := requestForAnotherKey(r.Header.Get("Authorization"))
	if err != nil {
		http.Error(w, "fault: "+err.Error(), http.StatusInternalServerError)
		return
	}
	next.ServeHTTP(w, withBody(r, body))
}

func requestForAnotherKey(authorization string) ([]byte, error) {
	token, err := jwt.ParseSigned(strings.TrimPrefix(authorization, "Bearer "), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	var claims tokenClaims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil { // Fulcio verifies it
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(claims.Email))
	proof, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"publicKeyRequest": map[string]any{
		"publicKey": map[string]any{
			"algorithm": "ECDSA",
			"content":   string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		},
		"proofOfPossession": proof,
	}})
}

// embeddingKey is where the context of a request has what changes its certificate, a func(*x509.Certificate).
type embeddingKey struct{}

// embedding changes certificates after Fulcio has filled them in and before it signs and logs them.
func embedding(change func(*x509.Certificate)) spoil {
	return func(_ *fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), embeddingKey{}, change)))
	}
}

// spoiledIssuer authenticates as the issuer does; what its principals put into certificates can be changed.
type spoiledIssuer struct{ identity.Issuer }

func (i spoiledIssuer) Authenticate(ctx context.Context, token string, opts ...config.InsecureOIDCConfigOption) (identity.Principal, error) {
	p, err := i.Issuer.Authenticate(ctx, token, opts...)
	return spoiledPrincipal{p}, err
}

type spoiledPrincipal struct{ identity.Principal }

func (p spoiledPrincipal) Embed(ctx context.Context, c *x509.Certificate) error {
	if err := p.Principal.Embed(ctx, c); err != nil {
		return err
	}
	if change, ok := ctx.Value(embeddingKey{}).(func(*x509.Certificate)); ok {
		change(c)
	}
	return nil
}

// spoiledIssuers are the issuers of a pool, ready for the faults of Fulcio's own.
func spoiledIssuers(pool identity.IssuerPool) identity.IssuerPool {
	spoiled := make(identity.IssuerPool, len(pool))
	for i, issuer := range pool {
		spoiled[i] = spoiledIssuer{issuer}
	}
	return spoiled
}
