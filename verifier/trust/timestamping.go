package trust

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/git-seal/git-seal/cms"
)

// TimestampingAuthority issues RFC 3161 timestamps. It decides as sigstore-go's
// SigstoreTimestampingAuthority does, and is stricter about parts that no signature covers.
// It verifies the path of a signer's certificate once, and every validity window each time.
// It is safe for concurrent use.
type TimestampingAuthority struct {
	authority *root.SigstoreTimestampingAuthority
	path      []*x509.Certificate // every certificate of the authority

	// verified is the last path that was verified: the signer's certificate
	// first. An authority has one signer at a time.
	verified atomic.Pointer[[]*x509.Certificate]
}

var _ root.TimestampingAuthority = (*TimestampingAuthority)(nil)

func newTimestampingAuthority(tsa *root.SigstoreTimestampingAuthority) *TimestampingAuthority {
	path := append(slices.Clone(tsa.Intermediates), tsa.Root)
	if tsa.Leaf != nil {
		path = append([]*x509.Certificate{tsa.Leaf}, path...)
	}
	return &TimestampingAuthority{authority: tsa, path: path}
}

// URI names the authority for people. It proves nothing.
func (a *TimestampingAuthority) URI() string { return a.authority.URI }

// Window returns the validity window of this authority.
func (a *TimestampingAuthority) Window() Window {
	return Window{a.authority.ValidityPeriodStart, a.authority.ValidityPeriodEnd}
}

// Names reports whether the timestamp says that this authority issued it: the signer's
// certificate is the one in the trusted root or, if the root does not contain it, names one
// of the authority's as its issuer. A timestamp without its signer's certificate names the
// one in the root.
func (a *TimestampingAuthority) Names(t *cms.TimeStampToken) bool {
	signer, leaf := t.SignedData.Certificate, a.authority.Leaf
	switch {
	case signer == nil:
		return leaf != nil && t.NamesSigner(leaf)
	case leaf != nil:
		return signer.Equal(leaf)
	}
	return slices.ContainsFunc(a.path, func(issuer *x509.Certificate) bool { return names(signer, issuer) })
}

// Verify is VerifyToken for sigstore-go, which passes a TimeStampResp (RFC 3161, section
// 2.4.2). It also checks the authority's validity window.
func (a *TimestampingAuthority) Verify(signedTimestamp, signature []byte) (*root.Timestamp, error) {
	token, err := cms.TimeStampTokenFromResponse(signedTimestamp)
	if err != nil {
		return nil, err
	}
	t, err := cms.ParseTimeStampToken(token)
	if err != nil {
		return nil, err
	}
	if err := a.VerifyToken(t, signature); err != nil {
		return nil, err
	}
	if !a.Window().Contains(t.GenTime) {
		return nil, errors.New("timestamp: outside the authority's validity window")
	}
	return &root.Timestamp{Time: t.GenTime, URI: a.URI()}, nil
}

// VerifyToken checks that this authority issued the timestamp for artifact: the signer is one
// of its own, with a path to its root at the timestamp's time and only for timestamping (RFC
// 3161, section 2.3); the signer's key signed the timestamp; the signed attributes name the
// signer's certificate; the imprint is that of artifact; and the timestamp contains only
// certificates of the authority. The caller must check the authority's validity window.
func (a *TimestampingAuthority) VerifyToken(t *cms.TimeStampToken, artifact []byte) error {
	if !a.Names(t) {
		return errors.New("the timestamp is not from this authority")
	}
	for _, der := range t.SignedData.OtherCertificates {
		if !slices.ContainsFunc(a.path, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, der) }) {
			return errors.New("the timestamp contains a certificate that is not the authority's")
		}
	}
	signer := t.SignedData.Certificate
	if signer == nil {
		signer = a.authority.Leaf // by Names
	}
	if err := t.CheckSignature(signer); err != nil {
		return err
	}
	if err := checkSigningCertificate(t.SignedData.SignerInfo.SignedAttrs, signer); err != nil {
		return err
	}
	hash, ok := digests[t.HashAlgorithm.String()]
	if !ok {
		return &cms.UnsupportedError{Field: "TSTInfo.messageImprint.hashAlgorithm", Reason: t.HashAlgorithm.String()}
	}
	h := hash.New()
	h.Write(artifact)
	if !bytes.Equal(h.Sum(nil), t.HashedMessage) {
		return errors.New("the timestamp is not for this signature")
	}
	return a.verifyPath(signer, t.GenTime)
}

// digests are the hash functions that may be used for an artifact or a certificate.
var digests = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

func (a *TimestampingAuthority) verifyPath(signer *x509.Certificate, at time.Time) error {
	if path := a.verified.Load(); path != nil && (*path)[0].Equal(signer) {
		if !validAt(*path, at) {
			return errors.New("timestamp: the authority's certificate is not valid at that time")
		}
		return nil
	}
	if err := checkTimestampingUsage(signer); err != nil {
		return err
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.authority.Root)
	for _, c := range a.authority.Intermediates {
		intermediates.AddCert(c)
	}
	chains, err := signer.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return fmt.Errorf("timestamp: the authority's certificate: %w", err)
	}
	a.verified.Store(&chains[0])
	return nil
}

// checkTimestampingUsage checks that a signer is as RFC 3161, section 2.3, requires: an end
// entity, only for timestamping, in a critical extension.
func checkTimestampingUsage(cert *x509.Certificate) error {
	if cert.IsCA {
		return errors.New("timestamp: signed by a certificate authority's own key")
	}
	critical := false
	for _, e := range cert.Extensions {
		critical = critical || e.Id.Equal(oidExtKeyUsage) && e.Critical
	}
	if !critical || len(cert.UnknownExtKeyUsage) != 0 || !slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) {
		return errors.New("timestamp: the signer's certificate is not only for timestamping")
	}
	return nil
}
