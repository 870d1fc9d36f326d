package verifier_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// parts are what a test puts into a signature. Nothing is checked: the writer
// of package cms would refuse most of what these tests need.
type parts struct {
	certificates [][]byte // the signer's first
	signer       *x509.Certificate
	signedAttrs  []byte // DER with the SET tag
	signature    []byte
	unsigned     []attribute
}

// attribute is an unsigned attribute; values are DER.
type attribute struct {
	oid    asn1.ObjectIdentifier
	values [][]byte
}

var (
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidLogEntry        = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 1}
	oidTimeStampToken  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

// der writes the SignedData of docs/format.md.
func (p *parts) der(t testing.TB) []byte {
	t.Helper()
	explicit := cbasn1.Tag(0).Constructed().ContextSpecific()
	sequence := func(f func(b *cryptobyte.Builder)) func(b *cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, f) }
	}
	algorithm := func(oid asn1.ObjectIdentifier) func(b *cryptobyte.Builder) {
		return sequence(func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
	}
	set := func(elements [][]byte) func(b *cryptobyte.Builder) {
		elements = slices.SortedFunc(slices.Values(elements), bytes.Compare)
		return func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(elements, nil)) }
	}
	signerInfo := sequence(func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(p.signer.RawIssuer)
			b.AddASN1BigInt(p.signer.SerialNumber)
		})
		algorithm(oidSHA256)(b)
		b.AddBytes(append([]byte{0xa0}, p.signedAttrs[1:]...))
		algorithm(oidECDSAWithSHA256)(b)
		b.AddASN1OctetString(p.signature)
		if len(p.unsigned) > 0 {
			var attrs [][]byte
			for _, a := range p.unsigned {
				var b cryptobyte.Builder
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(a.oid)
					b.AddASN1(cbasn1.SET, set(a.values))
				})
				attrs = append(attrs, b.BytesOrPanic())
			}
			b.AddASN1(cbasn1.Tag(1).Constructed().ContextSpecific(), set(attrs))
		}
	})
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(explicit, sequence(func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1(cbasn1.SET, algorithm(oidSHA256))
			algorithm(oidData)(b)
			b.AddASN1(explicit, set(p.certificates))
			b.AddASN1(cbasn1.SET, signerInfo)
		}))
	})
	der, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// armor writes DER as git stores it.
func armor(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "SIGNED MESSAGE", Bytes: der})
}
