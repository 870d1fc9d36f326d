// Package cms reads and builds the CMS SignedData (RFC 5652) that git keeps as
// an X.509 signature, and maps it to a Sigstore bundle. Bytes from outside
// meet one strict DER reader here before anything else sees them; docs/format.md
// is the specification. It checks mathematics and form, never trust.
package cms

import (
	"crypto/x509"
	"time"
)

// SignedData is a detached CMS SignedData with one SignerInfo, as Parse accepts
// it. Parse has checked its form alone: the caller still checks signature,
// digest, form (CheckProfile), the certificate's chain and the evidence.
type SignedData struct {
	// Raw is the DER ContentInfo. The other fields encode to exactly these bytes.
	Raw []byte

	// Certificate is the signer's, the one that SignerInfo names. It is not
	// trusted for being here. It is nil in a timestamp token without certificates.
	Certificate *x509.Certificate

	// OtherCertificates are the rest, DER, in stored order. No signature covers
	// them and nothing here uses them; they need not even parse as X.509.
	OtherCertificates [][]byte

	SignerInfo SignerInfo

	digestAlgorithms   []AlgorithmIdentifier
	contentType        ObjectIdentifier
	content            []byte   // eContent, nil when absent
	certificates       [][]byte // all of them, in stored order; nil when absent, not when empty
	certificatesSorted bool     // in DER order
}

// SignerInfo is the one signature in a SignedData (RFC 5652 §5.3).
type SignerInfo struct {
	DigestAlgorithm    AlgorithmIdentifier
	SignatureAlgorithm AlgorithmIdentifier

	// SignedAttrs are the signed attributes in stored order under the SET tag
	// 0x31: the bytes that Signature signs.
	SignedAttrs   []byte
	MessageDigest []byte
	SigningTime   time.Time // the signer's claim, UTC; zero when absent

	Signature []byte

	// LogEntry is the protobuf TransparencyLogEntry as stored, nil when absent;
	// SignedData.TransparencyLogEntry reads it.
	LogEntry []byte

	// TimeStampToken is the RFC 3161 token as stored, nil when absent;
	// ParseTimeStampToken reads it.
	TimeStampToken []byte

	// OtherSignedAttrs are the types of signed attributes other than
	// contentType, messageDigest and signingTime, dotted.
	OtherSignedAttrs []string

	// UnknownUnsignedAttrs are the types of unsigned attributes that are not
	// LogEntry or TimeStampToken in a form that docs/format.md §4 knows, dotted.
	UnknownUnsignedAttrs []string

	issuer, serial                         []byte // DER Name; content octets of the INTEGER
	subjectKeyID                           []byte // nil where issuer and serial name the certificate
	signedAttrs, unsignedAttrs             []attribute
	signedAttrsSorted, unsignedAttrsSorted bool // in DER order
}

// AlgorithmIdentifier names an algorithm (RFC 5280 §4.1.1.2).
type AlgorithmIdentifier struct {
	Algorithm  ObjectIdentifier
	Parameters []byte // DER, nil when absent
}

// attribute is an Attribute of RFC 5652 §5.3; its values are DER.
type attribute struct {
	typ    ObjectIdentifier
	values []element
}
