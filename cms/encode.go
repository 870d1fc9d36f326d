package cms

import (
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// encode writes s back from what was read, in stored order. Parse compares the
// result with what it was given, so that no octet goes unread.
func (s *SignedData) encode(version int) ([]byte, error) {
	b := cryptobyte.NewBuilder(make([]byte, 0, len(s.Raw)))
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOID(b, oidSignedData)
		b.AddASN1(tag0, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { s.addTo(b, version) })
		})
	})
	return b.Bytes()
}

func (s *SignedData) addTo(b *cryptobyte.Builder, version int) {
	b.AddASN1Int64(int64(version))
	b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
		for _, a := range s.digestAlgorithms {
			a.addTo(b)
		}
	})
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOID(b, s.contentType)
		if s.content != nil {
			b.AddASN1(tag0, func(b *cryptobyte.Builder) { b.AddASN1OctetString(s.content) })
		}
	})
	if s.certificates != nil {
		b.AddASN1(tag0, func(b *cryptobyte.Builder) {
			for _, der := range s.certificates {
				b.AddBytes(der)
			}
		})
	}
	b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, s.SignerInfo.addTo)
	})
}

func (si *SignerInfo) addTo(b *cryptobyte.Builder) {
	if si.subjectKeyID != nil {
		b.AddASN1Int64(3)
		b.AddASN1(tagSubjectKeyID, func(b *cryptobyte.Builder) { b.AddBytes(si.subjectKeyID) })
	} else {
		b.AddASN1Int64(1)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(si.issuer)
			b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(si.serial) })
		})
	}
	si.DigestAlgorithm.addTo(b)
	addAttributes(b, tag0, si.signedAttrs)
	si.SignatureAlgorithm.addTo(b)
	b.AddASN1OctetString(si.Signature)
	if si.unsignedAttrs != nil {
		addAttributes(b, tag1, si.unsignedAttrs)
	}
}

func (a AlgorithmIdentifier) addTo(b *cryptobyte.Builder) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOID(b, a.Algorithm)
		b.AddBytes(a.Parameters)
	})
}

func addAttributes(b *cryptobyte.Builder, tag asn1.Tag, attrs []attribute) {
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, a := range attrs {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				addOID(b, a.typ)
				b.AddASN1(asn1.SET, func(b *cryptobyte.Builder) {
					for _, v := range a.values {
						b.AddBytes(v.full)
					}
				})
			})
		}
	})
}

func addOID(b *cryptobyte.Builder, o ObjectIdentifier) {
	b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(o)) })
}
