package signer

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"time"
)

// certificateRequest is Fulcio's CreateSigningCertificateRequest (API v2,
// fulcio.proto). The token goes into a header, as other Sigstore clients send it.
type certificateRequest struct {
	PublicKeyRequest struct {
		PublicKey struct {
			Algorithm string `json:"algorithm"`
			Content   string `json:"content"` // PEM
		} `json:"publicKey"`
		ProofOfPossession []byte `json:"proofOfPossession"`
	} `json:"publicKeyRequest"`
}

// certificateAnswer is the part of Fulcio's SigningCertificate that is used: the leaf
// comes first; the authorities after it are in the trusted root.
type certificateAnswer struct {
	Embedded certificateChain `json:"signedCertificateEmbeddedSct"`
	Detached certificateChain `json:"signedCertificateDetachedSct"`
}

type certificateChain struct {
	Chain struct {
		Certificates []string `json:"certificates"` // PEM
	} `json:"chain"`
}

// requestCertificate requests a certificate for the key and the token's holder from
// Fulcio. The certificate has passed checkCertificate. Errors are *ServiceError, or
// *TokenError if the token has expired meanwhile.
//
// It sends the request only once. Each further request could publish another
// certificate with the same name in the certificate log, and a provider may allow a
// token to be used only once.
func (s *Signer) requestCertificate(ctx context.Context, key *ecdsa.PrivateKey, t *idToken) (*x509.Certificate, error) {
	body, err := newCertificateRequest(key, t.challenge())
	if err != nil {
		return nil, err
	}
	base := s.plan.fulcio
	a, err := s.client.do(ctx, &request{
		service: Fulcio, base: base,
		method: http.MethodPost, url: strings.TrimRight(base, "/") + "/api/v2/signingCert",
		accept: "application/json", contentType: "application/json",
		body: body, token: t.raw,
		want: []int{http.StatusOK}, maxAnswer: maxCertificateAnswer,
	})
	if err != nil {
		return nil, s.refusedToken(err, t)
	}
	c, err := parseCertificateAnswer(a.body)
	if err != nil {
		return nil, a.refuse("%w", err)
	}
	if err := checkCertificate(c, &key.PublicKey, t, s.now()); err != nil {
		return nil, a.refuse("%w", err)
	}
	return c, nil
}

func newCertificateRequest(key *ecdsa.PrivateKey, challenge string) ([]byte, error) {
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(challenge))
	proof, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return nil, err
	}
	var r certificateRequest
	r.PublicKeyRequest.PublicKey.Algorithm = "ECDSA"
	r.PublicKeyRequest.PublicKey.Content = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	r.PublicKeyRequest.ProofOfPossession = proof
	return json.Marshal(r)
}

func parseCertificateAnswer(body []byte) (*x509.Certificate, error) {
	var answer certificateAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("not a certificate in JSON")
	}
	chain := answer.Embedded.Chain.Certificates
	if len(chain) == 0 {
		chain = answer.Detached.Chain.Certificates
	}
	if len(chain) == 0 {
		return nil, errors.New("contains no certificate")
	}
	block, rest := pem.Decode([]byte(chain[0]))
	if block == nil || block.Type != "CERTIFICATE" || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, errors.New("the certificate is not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// refusedToken returns an error that says what Fulcio does not: that the token it
// refused has expired.
func (s *Signer) refusedToken(err error, t *idToken) error {
	var refused *ServiceError
	if !errors.As(err, &refused) || refused.Status/100 != 4 || s.now().Before(t.expiry) {
		return err
	}
	return &TokenError{Reason: TokenExpired, Detail: "expired at " + t.expiry.Format(time.RFC3339), Err: err}
}
