package main

import (
	"crypto/x509"
	"encoding/asn1"
)

// extension is one of the facts that Fulcio puts into a certificate.
type extension struct{ name, value string }

// fulcioNames are Fulcio's certificate extensions under 1.3.6.1.4.1.57264.1, by
// their last number (Fulcio's docs/oid-info.md). Number 7 is a form of name and
// no extension.
var fulcioNames = map[int]string{
	2:  "github workflow trigger",
	3:  "github workflow sha",
	4:  "github workflow name",
	5:  "github workflow repository",
	6:  "github workflow ref",
	9:  "build signer uri",
	10: "build signer digest",
	11: "runner environment",
	12: "source repository uri",
	13: "source repository digest",
	14: "source repository ref",
	15: "source repository identifier",
	16: "source repository owner uri",
	17: "source repository owner identifier",
	18: "build config uri",
	19: "build config digest",
	20: "build trigger",
	21: "run invocation uri",
	22: "source repository visibility",
}

// firstDERExtension is the number from which on values are DER UTF8Strings; the
// older ones are bare bytes.
const firstDERExtension = 8

// fulcioExtensions lists what Fulcio says about the signer beside the identity,
// in the certificate's order.
func fulcioExtensions(cert *x509.Certificate) []extension {
	arc := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1}
	var all []extension
	for _, e := range cert.Extensions {
		if len(e.Id) != len(arc)+1 || !e.Id[:len(arc)].Equal(arc) {
			continue
		}
		number := e.Id[len(arc)]
		name, ok := fulcioNames[number]
		if !ok {
			continue
		}
		value := string(e.Value)
		if number >= firstDERExtension {
			var s string
			if rest, err := asn1.UnmarshalWithParams(e.Value, &s, "utf8"); err != nil || len(rest) > 0 {
				continue
			}
			value = s
		}
		all = append(all, extension{name, value})
	}
	return all
}
