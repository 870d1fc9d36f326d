package verifier

import (
	"crypto/x509"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Prepare verifies the path of the certificate in a signature, as git stores
// it, that will be judged by these roots: for a caller that has to wait for the
// policy before it can judge. It says nothing and spares nothing but time: a
// path that holds is remembered by its root, and Verify checks every window of
// it again.
func Prepare(roots []*trust.Root, signature []byte) {
	defer func() { _ = recover() }() // Verify comes to the same place, and tells
	if signed, err := cms.ParsePEM(signature); err == nil {
		PrepareCertificate(roots, signed.Certificate)
	}
}

// PrepareCertificate is Prepare for a signature of which there is the
// certificate alone so far.
func PrepareCertificate(roots []*trust.Root, cert *x509.Certificate) {
	defer func() { _ = recover() }() // Verify comes to the same place, and tells
	for _, root := range roots {
		for _, ca := range root.CertificateAuthorities() {
			if ca.Names(cert) {
				_, _ = ca.VerifyPath(cert, cert.NotBefore)
			}
		}
	}
}

// PrepareTimestamp is Prepare for the timestamp of a signature: the bare token,
// and the signature's own bytes.
func PrepareTimestamp(roots []*trust.Root, token, signature []byte) {
	defer func() { _ = recover() }()
	t, err := cms.ParseTimeStampToken(token)
	if err != nil {
		return
	}
	for _, root := range roots {
		for _, tsa := range root.TimestampAuthorities() {
			if tsa.Names(t) {
				_ = tsa.VerifyToken(t, signature)
			}
		}
	}
}
