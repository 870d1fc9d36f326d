package trust

import (
	"bytes"
	"crypto"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers of RFC 5652, RFC 3161, RFC 2634 and RFC 5035.
var (
	oidSignedData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo              = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

// UnsupportedTokenError says that a TimeStampToken is well-formed but of a
// form that is not judged here: nothing can be told from it.
type UnsupportedTokenError struct {
	// Field is the field of RFC 3161 or RFC 5652 that stands in the way.
	Field string
}

func (e *UnsupportedTokenError) Error() string {
	return fmt.Sprintf("timestamp token: %s: not a form that is judged here", e.Field)
}

// TimeStampToken is a parsed RFC 3161 token. Parsing verifies nothing but the
// form; TimestampingAuthority.VerifyToken does the rest.
type TimeStampToken struct {
	// Time is genTime, the moment that the authority asserts. Its accuracy is
	// not subtracted: authorities with whole seconds would otherwise refuse
	// what was signed in the same second.
	Time time.Time
	// Policy is the authority's policy under which the token was issued.
	Policy asn1.ObjectIdentifier
	// SerialNumber is the authority's number for the token.
	SerialNumber *big.Int

	imprintHash  crypto.Hash
	imprint      []byte
	certificates []*x509.Certificate

	sidIssuer   []byte // DER of the Name
	sidSerial   *big.Int
	digestHash  crypto.Hash
	signedAttrs []byte // DER with the SET tag: the signed bytes
	algorithm   x509.SignatureAlgorithm
	signature   []byte

	signingCertificate signingCertificate
}

// signingCertificate is the reference to the signer's certificate that the
// signed attributes hold (ESSCertIDv2, RFC 5035, or ESSCertID, RFC 2634).
type signingCertificate struct {
	hash   crypto.Hash
	digest []byte
}

func (s signingCertificate) matches(cert *x509.Certificate) bool {
	if s.hash == crypto.SHA1 {
		sum := sha1.Sum(cert.Raw)
		return bytes.Equal(sum[:], s.digest)
	}
	h := s.hash.New()
	h.Write(cert.Raw)
	return bytes.Equal(h.Sum(nil), s.digest)
}

// ParseTimeStampToken reads a TimeStampToken (RFC 3161, section 2.4.2): a
// ContentInfo with SignedData in DER, one SignerInfo with signed attributes,
// no certificate revocation lists and no unsigned attributes, which nothing
// would bind. What is malformed is an error; what is well-formed but of
// another form an *UnsupportedTokenError.
func ParseTimeStampToken(der []byte) (*TimeStampToken, error) {
	if len(der) > maxTokenSize {
		return nil, fmt.Errorf("timestamp token: %d bytes, at most %d are read", len(der), maxTokenSize)
	}
	t := new(TimeStampToken)
	content, err := t.parseSignedData(der)
	if err != nil {
		return nil, err
	}
	if err := t.parseTSTInfo(content); err != nil {
		return nil, err
	}
	if err := t.parseSignedAttrs(content); err != nil {
		return nil, err
	}
	return t, nil
}

// parseSignedData reads ContentInfo and SignedData (RFC 5652, sections 3 and
// 5.1) and returns the DER of the TSTInfo.
func (t *TimeStampToken) parseSignedData(der []byte) ([]byte, error) {
	in := cryptobyte.String(der)
	var info, wrapped, sd cryptobyte.String
	var contentType asn1.ObjectIdentifier
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !in.Empty() ||
		!info.ReadASN1ObjectIdentifier(&contentType) ||
		!info.ReadASN1(&wrapped, cbasn1.Tag(0).Constructed().ContextSpecific()) || !info.Empty() ||
		!wrapped.ReadASN1(&sd, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return nil, malformed("ContentInfo")
	}
	if !contentType.Equal(oidSignedData) {
		return nil, malformed("contentType")
	}

	// CMSVersion is 3 whenever the content is not id-data and the signer is
	// named by issuer and serial number.
	var version int64
	var digests, encap, content, octets cryptobyte.String
	var eContentType asn1.ObjectIdentifier
	if !sd.ReadASN1Integer(&version) || version != 3 {
		return nil, malformed("SignedData version")
	}
	if !sd.ReadASN1(&digests, cbasn1.SET) {
		return nil, malformed("digestAlgorithms")
	}
	digestHash, err := readDigestAlgorithm(&digests, "digestAlgorithms")
	if err != nil {
		return nil, err
	}
	if !digests.Empty() {
		return nil, &UnsupportedTokenError{"digestAlgorithms"}
	}
	if !sd.ReadASN1(&encap, cbasn1.SEQUENCE) || !encap.ReadASN1ObjectIdentifier(&eContentType) ||
		!encap.ReadASN1(&content, cbasn1.Tag(0).Constructed().ContextSpecific()) || !encap.Empty() ||
		!content.ReadASN1(&octets, cbasn1.OCTET_STRING) || !content.Empty() {
		return nil, malformed("encapContentInfo")
	}
	if !eContentType.Equal(oidTSTInfo) {
		return nil, malformed("eContentType")
	}

	var certs, signers cryptobyte.String
	var hasCerts bool
	if !sd.ReadOptionalASN1(&certs, &hasCerts, cbasn1.Tag(0).Constructed().ContextSpecific()) || hasCerts && certs.Empty() {
		return nil, malformed("certificates")
	}
	for !certs.Empty() {
		if err := t.readCertificate(&certs); err != nil {
			return nil, err
		}
	}
	if sd.PeekASN1Tag(cbasn1.Tag(1).Constructed().ContextSpecific()) {
		return nil, &UnsupportedTokenError{"crls"}
	}
	if !sd.ReadASN1(&signers, cbasn1.SET) || !sd.Empty() {
		return nil, malformed("signerInfos")
	}
	if err := t.readSignerInfo(&signers, digestHash); err != nil {
		return nil, err
	}
	if !signers.Empty() {
		return nil, malformed("signerInfos")
	}
	return octets, nil
}

func (t *TimeStampToken) readCertificate(certs *cryptobyte.String) error {
	var der cryptobyte.String
	if !certs.ReadASN1Element(&der, cbasn1.SEQUENCE) {
		return &UnsupportedTokenError{"certificates"}
	}
	if len(t.certificates) == maxTokenCertificates {
		return &UnsupportedTokenError{"certificates"}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("timestamp token: certificates: %w", err)
	}
	t.certificates = append(t.certificates, cert)
	return nil
}

// readSignerInfo reads a SignerInfo (RFC 5652, section 5.3) whose digest
// algorithm must be the one that the SignedData announced.
func (t *TimeStampToken) readSignerInfo(signers *cryptobyte.String, digestHash crypto.Hash) error {
	var si, sid, name, attrs cryptobyte.String
	var version int64
	if !signers.ReadASN1(&si, cbasn1.SEQUENCE) || !si.ReadASN1Integer(&version) {
		return malformed("SignerInfo")
	}
	if version != 1 {
		return &UnsupportedTokenError{"SignerInfo version"}
	}
	t.sidSerial = new(big.Int)
	if !si.ReadASN1(&sid, cbasn1.SEQUENCE) || !sid.ReadASN1Element(&name, cbasn1.SEQUENCE) ||
		!sid.ReadASN1Integer(t.sidSerial) || !sid.Empty() {
		return malformed("sid")
	}
	t.sidIssuer = name
	var err error
	if t.digestHash, err = readDigestAlgorithm(&si, "digestAlgorithm"); err != nil {
		return err
	}
	if t.digestHash != digestHash {
		return malformed("digestAlgorithm")
	}
	if !si.ReadASN1Element(&attrs, cbasn1.Tag(0).Constructed().ContextSpecific()) {
		return malformed("signedAttrs")
	}
	t.signedAttrs = bytes.Clone(attrs)
	t.signedAttrs[0] = byte(cbasn1.SET) // section 5.4: signed with the SET tag

	if t.algorithm, err = readSignatureAlgorithm(&si, t.digestHash); err != nil {
		return err
	}
	var signature cryptobyte.String
	if !si.ReadASN1(&signature, cbasn1.OCTET_STRING) {
		return malformed("signature")
	}
	t.signature = signature
	if !si.Empty() {
		return &UnsupportedTokenError{"unsignedAttrs"}
	}
	return nil
}

// parseSignedAttrs checks that the signed attributes are about content (RFC
// 5652, section 11) and name the signer's certificate (RFC 3161, section
// 2.4.2). Others are covered by the signature and mean nothing here.
func (t *TimeStampToken) parseSignedAttrs(content []byte) error {
	h := t.digestHash.New()
	h.Write(content)
	want := h.Sum(nil)

	in := cryptobyte.String(t.signedAttrs)
	var attrs cryptobyte.String
	if !in.ReadASN1(&attrs, cbasn1.SET) || !in.Empty() {
		return malformed("signedAttrs")
	}
	seen := make(map[string]bool)
	for !attrs.Empty() {
		var attr, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !attrs.ReadASN1(&attr, cbasn1.SEQUENCE) || !attr.ReadASN1ObjectIdentifier(&oid) ||
			!attr.ReadASN1(&values, cbasn1.SET) || !attr.Empty() || seen[oid.String()] {
			return malformed("signedAttrs")
		}
		seen[oid.String()] = true
		var digest cryptobyte.String
		var contentType asn1.ObjectIdentifier
		switch {
		case oid.Equal(oidContentType):
			if !values.ReadASN1ObjectIdentifier(&contentType) || !values.Empty() || !contentType.Equal(oidTSTInfo) {
				return malformed("contentType attribute")
			}
		case oid.Equal(oidMessageDigest):
			if !values.ReadASN1(&digest, cbasn1.OCTET_STRING) || !values.Empty() {
				return malformed("messageDigest attribute")
			}
			if !bytes.Equal(digest, want) {
				return errors.New("timestamp token: messageDigest is not that of the TSTInfo")
			}
		case oid.Equal(oidSigningCertificate):
			if t.signingCertificate.hash == 0 && !t.readSigningCertificate(values, crypto.SHA1) {
				return malformed("signingCertificate attribute")
			}
		case oid.Equal(oidSigningCertificateV2):
			if !t.readSigningCertificate(values, crypto.SHA256) {
				return malformed("signingCertificateV2 attribute")
			}
		}
	}
	if !seen[oidContentType.String()] || !seen[oidMessageDigest.String()] || t.signingCertificate.hash == 0 {
		return malformed("signedAttrs")
	}
	return nil
}

// readSigningCertificate reads the first ESSCertID, which names the signer's
// certificate; the others and the policies only inform.
func (t *TimeStampToken) readSigningCertificate(values cryptobyte.String, hash crypto.Hash) bool {
	var sc, ids, id, digest cryptobyte.String
	if !values.ReadASN1(&sc, cbasn1.SEQUENCE) || !values.Empty() ||
		!sc.ReadASN1(&ids, cbasn1.SEQUENCE) || !ids.ReadASN1(&id, cbasn1.SEQUENCE) {
		return false
	}
	if hash != crypto.SHA1 && id.PeekASN1Tag(cbasn1.SEQUENCE) { // ESSCertIDv2 with another hash than its default
		var err error
		if hash, err = readDigestAlgorithm(&id, "ESSCertIDv2"); err != nil {
			return false
		}
	}
	if !id.ReadASN1(&digest, cbasn1.OCTET_STRING) || len(digest) != hash.Size() {
		return false
	}
	t.signingCertificate = signingCertificate{hash, digest}
	return true
}

func malformed(field string) error {
	return fmt.Errorf("timestamp token: malformed %s", field)
}
