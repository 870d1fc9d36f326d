package trust

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // ESSCertID is a SHA-1
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// The signed attributes in which a timestamp names its signer's certificate (RFC 2634,
// section 5.4; RFC 5035, section 3).
var (
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

var errSigningCertificate = errors.New("timestamp: the signed attributes do not name the signer's certificate")

// checkSigningCertificate checks that a timestamp's signed attributes name cert as the
// signer's (RFC 3161, section 2.4.2; RFC 5816): two certificates could have the same key.
// Every such attribute must name it.
func checkSigningCertificate(signedAttrs []byte, cert *x509.Certificate) error {
	in := cryptobyte.String(signedAttrs)
	var attrs cryptobyte.String
	if !in.ReadASN1(&attrs, cbasn1.SET) || !in.Empty() {
		return errSigningCertificate
	}
	named := false
	for !attrs.Empty() {
		var attr, values, signing, ids, id cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !attrs.ReadASN1(&attr, cbasn1.SEQUENCE) || !attr.ReadASN1ObjectIdentifier(&oid) {
			return errSigningCertificate
		}
		v2 := oid.Equal(oidSigningCertificateV2)
		if !v2 && !oid.Equal(oidSigningCertificate) {
			continue
		}
		// The first reference is the signer's; the others and the policies are only for
		// information.
		if !attr.ReadASN1(&values, cbasn1.SET) || !values.ReadASN1(&signing, cbasn1.SEQUENCE) ||
			!signing.ReadASN1(&ids, cbasn1.SEQUENCE) || !ids.ReadASN1(&id, cbasn1.SEQUENCE) ||
			!namesCertificate(id, v2, cert) {
			return errSigningCertificate
		}
		named = true
	}
	if !named {
		return errSigningCertificate
	}
	return nil
}

// namesCertificate reports whether an ESSCertID, or an ESSCertIDv2, names cert. The latter
// may use another digest than its default SHA-256.
func namesCertificate(id cryptobyte.String, v2 bool, cert *x509.Certificate) bool {
	hash := crypto.SHA1
	if v2 {
		hash = crypto.SHA256
		if id.PeekASN1Tag(cbasn1.SEQUENCE) {
			var algorithm cryptobyte.String
			var oid asn1.ObjectIdentifier
			if !id.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
				return false
			}
			var known bool
			if hash, known = digests[oid.String()]; !known {
				return false
			}
		}
	}
	var digest cryptobyte.String
	h := hash.New()
	h.Write(cert.Raw)
	return id.ReadASN1(&digest, cbasn1.OCTET_STRING) && bytes.Equal(digest, h.Sum(nil))
}
