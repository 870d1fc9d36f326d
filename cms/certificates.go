package cms

import (
	"bytes"
	"crypto/x509"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// parseCertificates reads the certificates as opaque values: which of them is
// the signer's is known only from the SignerInfo behind them.
func (s *SignedData) parseCertificates(r *reader, f form) error {
	s.certificatesSorted = true
	if !r.peek(tag0) {
		return nil
	}
	set, err := r.read("certificates", tag0)
	if err != nil {
		return err
	}
	certs := newReader(set, "SignedData.certificates")
	s.certificates = [][]byte{}
	for !certs.empty() {
		at := *certs
		e, err := certs.any("Certificate")
		if err != nil {
			return err
		}
		if e.tag != asn1.SEQUENCE {
			return &UnsupportedError{Field: "SignedData.certificates", Offset: e.offset, Reason: fmt.Sprintf("tag 0x%02x is not an X.509 certificate", uint8(e.tag))}
		}
		if len(e.full) > maxCertificate {
			return at.malformed("Certificate", "longer than %d bytes", maxCertificate)
		}
		if len(s.certificates) == maxCertificates {
			return at.malformed("Certificate", "more than %d", maxCertificates)
		}
		for i, other := range s.certificates {
			switch bytes.Compare(other, e.full) {
			case 0:
				return at.malformed("Certificate", "twice")
			case 1:
				if i == len(s.certificates)-1 {
					s.certificatesSorted = false
				}
			}
		}
		s.certificates = append(s.certificates, e.full)
	}
	if len(s.certificates) == 0 && !f.signerElsewhere {
		return certs.malformed("Certificate", "an empty set")
	}
	return nil
}

// findCertificate sets Certificate to the one that the SignerInfo names, and
// OtherCertificates to the rest.
func (s *SignedData) findCertificate(signerInfos int, f form) error {
	for _, der := range s.certificates {
		if !s.SignerInfo.names(der) {
			s.OtherCertificates = append(s.OtherCertificates, der)
			continue
		}
		if s.Certificate != nil {
			return &MalformedError{Field: "SignedData.certificates", Offset: signerInfos, Reason: "two certificates that the signer identifier names"}
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			// crypto/x509 refuses some that other libraries read.
			return &UnsupportedError{Field: "SignedData.certificates", Offset: signerInfos, Reason: fmt.Sprintf("the signer's certificate cannot be read: %v", err)}
		}
		if err := checkCertificateEnd(der); err != nil {
			return err
		}
		s.Certificate = cert
	}
	if s.Certificate == nil && !(f.signerElsewhere && len(s.certificates) == 0) {
		return &UnsupportedError{Field: "SignedData.certificates", Offset: signerInfos, Reason: "the signer's certificate is not among them"}
	}
	return nil
}

// checkCertificateEnd refuses what follows the signature in a certificate:
// crypto/x509 passes over it, and nothing signs it (RFC 5280 §4.1).
func checkCertificateEnd(der []byte) error {
	const field = "Certificate"
	top := &reader{rest: der}
	cert, err := top.read(field, asn1.SEQUENCE)
	if err != nil {
		return err
	}
	r := newReader(cert, field)
	for _, e := range []struct {
		name string
		tag  asn1.Tag
	}{{"tbsCertificate", asn1.SEQUENCE}, {"signatureAlgorithm", asn1.SEQUENCE}, {"signatureValue", asn1.BIT_STRING}} {
		if _, err := r.read(e.name, e.tag); err != nil {
			return err
		}
	}
	return r.end()
}

// names reports whether the signer identifier names a DER certificate.
func (si *SignerInfo) names(der []byte) bool {
	if si.subjectKeyID == nil {
		return issuedAs(der, si.issuer, si.serial)
	}
	cert, err := x509.ParseCertificate(der)
	return err == nil && bytes.Equal(cert.SubjectKeyId, si.subjectKeyID)
}

// issuedAs says whether a DER certificate has this issuer and serial number
// (RFC 5280 §4.1). It reads no further than the two, so that a certificate
// that is not the signer's costs next to nothing.
func issuedAs(der, issuer, serial []byte) bool {
	top := &reader{rest: der}
	cert, err := top.read("Certificate", asn1.SEQUENCE)
	if err != nil {
		return false
	}
	r := newReader(cert, "Certificate")
	tbs, err := r.read("tbsCertificate", asn1.SEQUENCE)
	if err != nil {
		return false
	}
	r = newReader(tbs, "tbsCertificate")
	if r.peek(tag0) {
		if _, err := r.read("version", tag0); err != nil {
			return false
		}
	}
	number, err := r.integer("serialNumber")
	if err != nil || !bytes.Equal(number, serial) {
		return false
	}
	if _, err := r.read("signature", asn1.SEQUENCE); err != nil {
		return false
	}
	name, err := r.read("issuer", asn1.SEQUENCE)
	return err == nil && bytes.Equal(name.full, issuer)
}
