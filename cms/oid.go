package cms

import (
	"math/big"
	"strings"
)

// ObjectIdentifier holds the content octets of a DER OBJECT IDENTIFIER. It
// compares with ==, and String gives the dotted decimal form.
type ObjectIdentifier string

const (
	oidData       ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"         // 1.2.840.113549.1.7.1
	oidSignedData ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"         // 1.2.840.113549.1.7.2
	oidTSTInfo    ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04" // 1.2.840.113549.1.9.16.1.4

	oidContentType    ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"         // 1.2.840.113549.1.9.3
	oidMessageDigest  ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"         // 1.2.840.113549.1.9.4
	oidSigningTime    ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"         // 1.2.840.113549.1.9.5
	oidTimeStampToken ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e" // 1.2.840.113549.1.9.16.2.14
	oidLogEntry       ObjectIdentifier = "\x2b\x06\x01\x04\x01\x83\xbf\x30\x03\x01"     // 1.3.6.1.4.1.57264.3.1

	oidSHA256 ObjectIdentifier = "\x60\x86\x48\x01\x65\x03\x04\x02\x01" // 2.16.840.1.101.3.4.2.1
	oidSHA384 ObjectIdentifier = "\x60\x86\x48\x01\x65\x03\x04\x02\x02" // 2.16.840.1.101.3.4.2.2
	oidSHA512 ObjectIdentifier = "\x60\x86\x48\x01\x65\x03\x04\x02\x03" // 2.16.840.1.101.3.4.2.3

	oidRSA             ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1
	oidSHA256WithRSA   ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" // 1.2.840.113549.1.1.11
	oidSHA384WithRSA   ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c" // 1.2.840.113549.1.1.12
	oidSHA512WithRSA   ObjectIdentifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d" // 1.2.840.113549.1.1.13
	oidECPublicKey     ObjectIdentifier = "\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	oidECDSAWithSHA256 ObjectIdentifier = "\x2a\x86\x48\xce\x3d\x04\x03\x02"     // 1.2.840.10045.4.3.2
	oidECDSAWithSHA384 ObjectIdentifier = "\x2a\x86\x48\xce\x3d\x04\x03\x03"     // 1.2.840.10045.4.3.3
	oidECDSAWithSHA512 ObjectIdentifier = "\x2a\x86\x48\xce\x3d\x04\x03\x04"     // 1.2.840.10045.4.3.4
	oidEd25519         ObjectIdentifier = "\x2b\x65\x70"                         // 1.3.101.112
)

// valid says whether o is DER: at least one subidentifier, each complete and
// without leading zeros (X.690 §8.19.2).
func (o ObjectIdentifier) valid() bool {
	start := true
	for i := range len(o) {
		if start && o[i] == 0x80 {
			return false
		}
		start = o[i]&0x80 == 0
	}
	return len(o) > 0 && start
}

// String gives the dotted decimal form, for example "1.2.840.113549.1.7.2".
func (o ObjectIdentifier) String() string {
	var arcs []string
	n := new(big.Int)
	for i := range len(o) {
		n.Or(n.Lsh(n, 7), big.NewInt(int64(o[i]&0x7f)))
		if o[i]&0x80 != 0 {
			continue
		}
		if arcs == nil {
			// X.690 §8.19.4: the first two arcs share one subidentifier.
			first := int64(2)
			if n.Cmp(big.NewInt(80)) < 0 {
				first = n.Int64() / 40
			}
			arcs = append(arcs, big.NewInt(first).String())
			n.Sub(n, big.NewInt(40*first))
		}
		arcs = append(arcs, n.String())
		n.SetInt64(0)
	}
	return strings.Join(arcs, ".")
}
