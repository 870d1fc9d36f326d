package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// Extensions by which a certificate restricts certificates further below than the one
// that it signs (RFC 5280, sections 4.2.1.10, 4.2.1.11 and 4.2.1.14), or that crypto/x509
// does not handle.
var (
	oidNameConstraints   = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidInhibitAnyPolicy  = asn1.ObjectIdentifier{2, 5, 29, 54}
	oidSubjectAltName    = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidExtKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// CertificateAuthority issues signing certificates. It decides as sigstore-go's
// FulcioCertificateAuthority does, but verifies the path above an issuing certificate, and
// each leaf, only once. It checks the validity window of every certificate each time. It is
// safe for concurrent use.
type CertificateAuthority struct {
	authority *root.FulcioCertificateAuthority
	path      []*x509.Certificate // every certificate of the authority

	mu     sync.RWMutex
	above  map[string]*issuer // by the issuing certificate's bytes
	leaves map[[sha256.Size]byte]*issuer
}

var _ root.CertificateAuthority = (*CertificateAuthority)(nil)

// issuer is an issuing certificate whose path to the root has been verified.
type issuer struct {
	path []*x509.Certificate // the issuing certificate first, the root last
	pool *x509.CertPool      // only the issuing certificate
}

func newCertificateAuthority(ca *root.FulcioCertificateAuthority) *CertificateAuthority {
	return &CertificateAuthority{
		authority: ca,
		path:      append(slices.Clone(ca.Intermediates), ca.Root),
		above:     make(map[string]*issuer),
		leaves:    make(map[[sha256.Size]byte]*issuer),
	}
}

// URI names the authority for people. It proves nothing.
func (ca *CertificateAuthority) URI() string { return ca.authority.URI }

// Window returns the validity window of this authority.
func (ca *CertificateAuthority) Window() Window {
	return Window{ca.authority.ValidityPeriodStart, ca.authority.ValidityPeriodEnd}
}

// Certificates returns the authority's own certificates, the issuing one first
// and the root last. The slice is shared: callers must not change it.
func (ca *CertificateAuthority) Certificates() []*x509.Certificate { return ca.path }

// Names reports whether cert says that this authority issued it: by the issuer's name and,
// if both certificates have one, by the key identifier (RFC 5280, section 4.2.1.1).
// Instances share names, but not keys. It does not check the signature.
func (ca *CertificateAuthority) Names(cert *x509.Certificate) bool {
	return slices.ContainsFunc(ca.path, func(c *x509.Certificate) bool { return names(cert, c) })
}

func names(cert, issuer *x509.Certificate) bool {
	if !bytes.Equal(cert.RawIssuer, issuer.RawSubject) {
		return false
	}
	return len(cert.AuthorityKeyId) == 0 || len(issuer.SubjectKeyId) == 0 ||
		bytes.Equal(cert.AuthorityKeyId, issuer.SubjectKeyId)
}

// Verify checks the path from cert to the authority's root at time t (RFC 5280, section 6)
// for code signing, and that t is in the authority's validity window.
func (ca *CertificateAuthority) Verify(cert *x509.Certificate, t time.Time) ([][]*x509.Certificate, error) {
	if !ca.Window().Contains(t) {
		return nil, errors.New("outside the authority's validity window")
	}
	chain, err := ca.VerifyPath(cert, t)
	if err != nil {
		return nil, err
	}
	return [][]*x509.Certificate{chain}, nil
}

// VerifyPath is Verify without the authority's validity window, which the caller must
// check. It returns the path: cert first, the root last.
func (ca *CertificateAuthority) VerifyPath(cert *x509.Certificate, t time.Time) ([]*x509.Certificate, error) {
	digest := sha256.Sum256(cert.Raw)
	if iss := ca.remembered(digest); iss != nil {
		chain := append([]*x509.Certificate{cert}, iss.path...)
		if validAt(chain, t) {
			return chain, nil
		}
		return nil, errors.New("the certificate or its authority is not valid at that time")
	}

	cert = withoutSAN(cert)
	if iss := ca.issuerOf(cert); iss != nil && validAt(iss.path, t) {
		opts := x509.VerifyOptions{Roots: iss.pool, CurrentTime: t, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
		if _, err := cert.Verify(opts); err == nil {
			ca.remember(digest, iss)
			return append([]*x509.Certificate{cert}, iss.path...), nil
		}
	}

	unbounded := *ca.authority
	unbounded.ValidityPeriodStart, unbounded.ValidityPeriodEnd = time.Time{}, time.Time{}
	chains, err := unbounded.Verify(cert, t)
	if err != nil {
		return nil, err
	}
	if iss := newIssuer(chains[0][1:]); iss != nil {
		ca.mu.Lock()
		ca.above[string(iss.path[0].Raw)] = iss
		ca.mu.Unlock()
		ca.remember(digest, iss)
	}
	return chains[0], nil
}

// newIssuer returns nil for a path in which a certificate restricts more than the one below
// it: such a path is verified completely each time.
func newIssuer(path []*x509.Certificate) *issuer {
	if len(path) == 0 {
		return nil
	}
	for _, c := range path[1:] {
		for _, e := range c.Extensions {
			if e.Id.Equal(oidNameConstraints) || e.Id.Equal(oidPolicyConstraints) || e.Id.Equal(oidInhibitAnyPolicy) {
				return nil
			}
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(path[0])
	return &issuer{path: path, pool: pool}
}

func (ca *CertificateAuthority) remembered(digest [sha256.Size]byte) *issuer {
	ca.mu.RLock()
	defer ca.mu.RUnlock()
	return ca.leaves[digest]
}

func (ca *CertificateAuthority) issuerOf(cert *x509.Certificate) *issuer {
	ca.mu.RLock()
	defer ca.mu.RUnlock()
	for _, iss := range ca.above {
		if names(cert, iss.path[0]) {
			return iss
		}
	}
	return nil
}

func (ca *CertificateAuthority) remember(digest [sha256.Size]byte, iss *issuer) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if len(ca.leaves) >= maxRememberedLeaves {
		clear(ca.leaves)
	}
	ca.leaves[digest] = iss
}

// withoutSAN returns cert in a form for path validation. crypto/x509 does not know a
// critical subject alternative name with only an otherName, as Fulcio writes it for
// usernames; the verifier reads it itself. withoutSAN does not change cert.
func withoutSAN(cert *x509.Certificate) *x509.Certificate {
	if !slices.ContainsFunc(cert.UnhandledCriticalExtensions, oidSubjectAltName.Equal) {
		return cert
	}
	c := *cert
	c.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(cert.UnhandledCriticalExtensions), oidSubjectAltName.Equal)
	return &c
}
