package cms

import (
	"bytes"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// parse reads a SignerInfo (RFC 5652 §5.3).
func (si *SignerInfo) parse(e element, f form) error {
	r := newReader(e, "SignerInfo")
	if err := si.parseIdentifier(r, f); err != nil {
		return err
	}
	alg, err := r.read("digestAlgorithm", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if si.DigestAlgorithm, err = parseAlgorithm(alg, "SignerInfo.digestAlgorithm"); err != nil {
		return err
	}
	if !r.peek(tag0) {
		if _, err := r.read("signatureAlgorithm", asn1.SEQUENCE); err != nil {
			return err
		}
		return &UnsupportedError{Field: "SignerInfo.signedAttrs", Offset: r.offset, Reason: "absent"}
	}
	attrs, err := r.read("signedAttrs", tag0)
	if err != nil {
		return err
	}
	if err := si.parseSignedAttrs(attrs, f.contentType); err != nil {
		return err
	}
	at := *r
	if alg, err = r.read("signatureAlgorithm", asn1.SEQUENCE); err != nil {
		return err
	}
	if si.SignatureAlgorithm, err = parseAlgorithm(alg, "SignerInfo.signatureAlgorithm"); err != nil {
		return err
	}
	if names := impliedDigest[si.SignatureAlgorithm.Algorithm]; names != "" && names != si.DigestAlgorithm.Algorithm {
		return at.malformed("signatureAlgorithm", "implies digest %s, digestAlgorithm is %s", names, si.DigestAlgorithm.Algorithm)
	}
	at = *r
	sig, err := r.read("signature", asn1.OCTET_STRING)
	if err != nil {
		return err
	}
	if n := len(sig.content); n == 0 || n > maxSignature {
		return at.malformed("signature", "%d bytes, want 1 to %d", n, maxSignature)
	}
	si.Signature = sig.content
	if r.peek(tag1) {
		unsigned, err := r.read("unsignedAttrs", tag1)
		if err != nil {
			return err
		}
		if err := si.parseUnsignedAttrs(unsigned); err != nil {
			return err
		}
	}
	return r.end()
}

// parseIdentifier reads version and sid: version 1 with issuer and serial
// number, or, where the form lets it be, version 3 with a key identifier.
func (si *SignerInfo) parseIdentifier(r *reader, f form) error {
	at := r.offset
	version, err := r.version("version")
	if err != nil {
		return err
	}
	if version == 3 && f.signerElsewhere && r.peek(tagSubjectKeyID) {
		at := *r
		id, err := r.read("sid", tagSubjectKeyID)
		if err != nil {
			return err
		}
		if len(id.content) == 0 {
			return at.malformed("sid", "an empty key identifier")
		}
		si.subjectKeyID = id.content
		return nil
	}
	if version != 1 {
		return &UnsupportedError{Field: "SignerInfo.version", Offset: at, Reason: fmt.Sprintf("%d, want 1 (issuerAndSerialNumber)", version)}
	}
	sid, err := r.read("sid", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	isn := newReader(sid, "SignerInfo.sid")
	issuer, err := isn.read("issuer", asn1.SEQUENCE)
	if err != nil {
		return err
	}
	if err := checkDER(issuer, "SignerInfo.sid.issuer", 1); err != nil {
		return err
	}
	si.issuer = issuer.full
	if si.serial, err = isn.integer("serialNumber"); err != nil {
		return err
	}
	return isn.end()
}

// impliedDigest maps a signature algorithm to the digest algorithm that it
// implies (RFC 5754 §3, RFC 8419 §3.1); those that imply none are not in it.
var impliedDigest = map[ObjectIdentifier]ObjectIdentifier{
	oidSHA256WithRSA:   oidSHA256,
	oidSHA384WithRSA:   oidSHA384,
	oidSHA512WithRSA:   oidSHA512,
	oidECDSAWithSHA256: oidSHA256,
	oidECDSAWithSHA384: oidSHA384,
	oidECDSAWithSHA512: oidSHA512,
	oidEd25519:         oidSHA512,
}

// signedBytes returns what is signed for signed attributes stored as e: the
// same octets under the tag of a SET (RFC 5652 §5.4).
func signedBytes(e element) []byte {
	b := bytes.Clone(e.full)
	b[0] = byte(asn1.SET)
	return b
}
