package trust

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TimestampingAuthority issues RFC 3161 timestamps. It decides as sigstore-go's
// SigstoreTimestampingAuthority does and is stricter about what no signature
// covers; it verifies the path of a signer's certificate once, and every
// validity window each time. It is safe for parallel use.
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

// Window is the time in which timestamps of this authority count.
func (a *TimestampingAuthority) Window() Window {
	return Window{a.authority.ValidityPeriodStart, a.authority.ValidityPeriodEnd}
}

// Signer returns the certificate of this authority that the token says signed
// it, nil when it names none. It says nothing about the signature.
func (a *TimestampingAuthority) Signer(t *TimeStampToken) *x509.Certificate {
	if leaf := a.authority.Leaf; leaf != nil {
		if t.namesSigner(leaf) {
			return leaf
		}
		return nil
	}
	for _, c := range t.certificates {
		if t.namesSigner(c) && slices.ContainsFunc(a.path, func(issuer *x509.Certificate) bool { return names(c, issuer) }) {
			return c
		}
	}
	return nil
}

func (t *TimeStampToken) namesSigner(c *x509.Certificate) bool {
	return bytes.Equal(t.sidIssuer, c.RawIssuer) && t.sidSerial.Cmp(c.SerialNumber) == 0
}

// Verify is VerifyToken for sigstore-go, which wraps the token in a
// TimeStampResp (RFC 3161, section 2.4.2), and checks the authority's window.
func (a *TimestampingAuthority) Verify(signedTimestamp, signature []byte) (*root.Timestamp, error) {
	in := cryptobyte.String(signedTimestamp)
	var resp, status, token cryptobyte.String
	var code int64
	if !in.ReadASN1(&resp, cbasn1.SEQUENCE) || !in.Empty() ||
		!resp.ReadASN1(&status, cbasn1.SEQUENCE) || !status.ReadASN1Integer(&code) ||
		!resp.ReadASN1Element(&token, cbasn1.SEQUENCE) || !resp.Empty() {
		return nil, errors.New("timestamp response: malformed")
	}
	if code != 0 {
		return nil, fmt.Errorf("timestamp response: status %d, not granted", code)
	}
	t, err := ParseTimeStampToken(token)
	if err != nil {
		return nil, err
	}
	if err := a.VerifyToken(t, signature); err != nil {
		return nil, err
	}
	if !a.Window().Contains(t.Time) {
		return nil, errors.New("timestamp token: outside the authority's window")
	}
	return &root.Timestamp{Time: t.Time, URI: a.URI()}, nil
}

// VerifyToken checks that this authority issued the token for artifact: the
// signer is one of its own, with a path to its root at the token's time and
// for timestamping alone (RFC 3161, section 2.3), the signature holds, the
// imprint is that of artifact, and nothing in the token is left that no
// signature covers. The authority's window is left to the caller.
func (a *TimestampingAuthority) VerifyToken(t *TimeStampToken, artifact []byte) error {
	signer := a.Signer(t)
	if signer == nil {
		return errors.New("timestamp token: not by this authority")
	}
	for _, c := range t.certificates {
		if !c.Equal(signer) && !slices.ContainsFunc(a.path, c.Equal) {
			return errors.New("timestamp token: holds a certificate that is not the authority's")
		}
	}
	if !t.signingCertificate.matches(signer) {
		return errors.New("timestamp token: signed attributes name another certificate")
	}
	h := t.imprintHash.New()
	h.Write(artifact)
	if !bytes.Equal(h.Sum(nil), t.imprint) {
		return errors.New("timestamp token: is over something else")
	}
	if err := signer.CheckSignature(t.algorithm, t.signedAttrs, t.signature); err != nil {
		return fmt.Errorf("timestamp token: signature: %w", err)
	}
	return a.verifyPath(signer, t.Time)
}

func (a *TimestampingAuthority) verifyPath(signer *x509.Certificate, at time.Time) error {
	if path := a.verified.Load(); path != nil && (*path)[0].Equal(signer) {
		if !validAt(*path, at) {
			return errors.New("timestamp token: authority's certificate is not valid at that time")
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
		return fmt.Errorf("timestamp token: authority's certificate: %w", err)
	}
	a.verified.Store(&chains[0])
	return nil
}

// checkTimestampingUsage holds a signer to RFC 3161, section 2.3: an end
// entity, for timestamping alone, and critically so.
func checkTimestampingUsage(cert *x509.Certificate) error {
	if cert.IsCA {
		return errors.New("timestamp token: signed by a certificate authority's own key")
	}
	critical := false
	for _, e := range cert.Extensions {
		critical = critical || e.Id.Equal(oidExtKeyUsage) && e.Critical
	}
	if !critical || len(cert.UnknownExtKeyUsage) != 0 || !slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}) {
		return errors.New("timestamp token: signer's certificate is not for timestamping alone")
	}
	return nil
}
