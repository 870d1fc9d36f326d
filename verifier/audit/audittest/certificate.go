package audittest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/asn1"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// certificate is a signer's, with its key.
type certificate struct {
	key    *ecdsa.PrivateKey
	serial []byte // the DER of the INTEGER
	der    []byte
}

// Object identifiers of what stands in Fulcio's certificates.
var (
	oidECDSAWithSHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidKeyUsage        = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidExtKeyUsage     = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidCodeSigning     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
	oidSubjectKeyID    = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidAuthorityKeyID  = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidSubjectAltName  = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidFulcioIssuer    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}
	oidFulcioIssuerV2  = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}
	oidSCTList         = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// issue makes a certificate of ten minutes as Fulcio does, the certificate log's
// promise in it. It writes the DER itself: x509.CreateCertificate verifies each
// signature that it makes, which takes longer than everything else here.
func (i *Instance) issue(email string, from time.Time) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &certificate{key: key}
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] = serial[0]&0x3f | 0x40 // positive, and in its shortest form
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serial) })
	if c.serial, err = b.Bytes(); err != nil {
		return nil, err
	}
	precert, err := i.tbs(c, email, from, nil)
	if err != nil {
		return nil, err
	}
	promise, err := i.promiseToPublish(precert, from)
	if err != nil {
		return nil, err
	}
	tbs, err := i.tbs(c, email, from, promise)
	if err != nil {
		return nil, err
	}
	digest := sha512.Sum384(tbs)
	signature, err := ecdsa.SignASN1(rand.Reader, i.key, digest[:])
	if err != nil {
		return nil, err
	}
	var whole cryptobyte.Builder
	whole.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		addAlgorithm(b, oidECDSAWithSHA384)
		b.AddASN1BitString(signature)
	})
	c.der, err = whole.Bytes()
	return c, err
}

func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
}

// tbs is a TBSCertificate (RFC 5280, section 4.1), with the list of timestamps
// unless it is nil.
func (i *Instance) tbs(c *certificate, email string, from time.Time, promise []byte) ([]byte, error) {
	public := publicDER(c.key)
	keyID := sha1.Sum(public)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
		b.AddBytes(c.serial)
		addAlgorithm(b, oidECDSAWithSHA384)
		b.AddBytes(i.issuing.RawSubject)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1UTCTime(from)
			b.AddASN1UTCTime(from.Add(10 * time.Minute))
		})
		b.AddASN1(cbasn1.SEQUENCE, func(*cryptobyte.Builder) {}) // no subject
		b.AddBytes(public)
		b.AddASN1(cbasn1.Tag(3).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				addExtension(b, oidKeyUsage, true, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.BIT_STRING, func(b *cryptobyte.Builder) { b.AddBytes([]byte{7, 0x80}) }) // digitalSignature
				})
				addExtension(b, oidExtKeyUsage, false, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidCodeSigning) })
				})
				addExtension(b, oidSubjectKeyID, false, func(b *cryptobyte.Builder) { b.AddASN1OctetString(keyID[:]) })
				addExtension(b, oidAuthorityKeyID, false, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(i.issuing.SubjectKeyId) })
					})
				})
				addExtension(b, oidSubjectAltName, true, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.Tag(1).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(email)) })
					})
				})
				addExtension(b, oidFulcioIssuer, false, func(b *cryptobyte.Builder) { b.AddBytes([]byte(Issuer)) })
				addExtension(b, oidFulcioIssuerV2, false, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(Issuer)) })
				})
				if promise != nil {
					addExtension(b, oidSCTList, false, func(b *cryptobyte.Builder) { b.AddASN1OctetString(promise) })
				}
			})
		})
	})
	return b.Bytes()
}

func addExtension(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, critical bool, value func(*cryptobyte.Builder)) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if critical {
			b.AddASN1Boolean(true)
		}
		b.AddASN1(cbasn1.OCTET_STRING, value)
	})
}

// promiseToPublish is the certificate log's list of one timestamp for a
// certificate without it (RFC 6962, sections 3.2 and 3.3).
func (i *Instance) promiseToPublish(precert []byte, at time.Time) ([]byte, error) {
	var signed cryptobyte.Builder
	signed.AddBytes([]byte{0, 0}) // version 1, certificate_timestamp
	signed.AddUint64(uint64(at.UnixMilli()))
	signed.AddUint16(1) // precert_entry
	signed.AddBytes(i.issuerKeyHash[:])
	signed.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(precert) })
	signed.AddUint16(0) // no extensions
	message, err := signed.Bytes()
	if err != nil {
		return nil, err
	}
	signature, err := sign(i.ctlog, message)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddBytes(i.ctlogID)
			b.AddUint64(uint64(at.UnixMilli()))
			b.AddUint16(0)
			b.AddBytes([]byte{4, 3}) // SHA-256, ECDSA
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(signature) })
		})
	})
	return b.Bytes()
}
