package fulcio

import (
	"crypto/x509"
	"encoding/asn1"
	"maps"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ExtensionNumbers are the last numbers of 1.3.6.1.4.1.57264.1.n, under the
// names that Fulcio's OID information (docs/oid-info.md there) gives them. Name
// and issuer of the signer are not among them: they have their own keys.
var ExtensionNumbers = map[string]int{
	"github-workflow-trigger":                 2,
	"github-workflow-sha":                     3,
	"github-workflow-name":                    4,
	"github-workflow-repository":              5,
	"github-workflow-ref":                     6,
	"build-signer-uri":                        9,
	"build-signer-digest":                     10,
	"runner-environment":                      11,
	"source-repository-uri":                   12,
	"source-repository-digest":                13,
	"source-repository-ref":                   14,
	"source-repository-identifier":            15,
	"source-repository-owner-uri":             16,
	"source-repository-owner-identifier":      17,
	"build-config-uri":                        18,
	"build-config-digest":                     19,
	"build-trigger":                           20,
	"run-invocation-uri":                      21,
	"source-repository-visibility":            22,
	"source-repository-visibility-at-signing": 22,
	"deployment-environment":                  23,
	"token-subject":                           24,
}

// firstDERExtension is the number from which on values are DER UTF8Strings;
// the older ones are the bare bytes.
const firstDERExtension = 8

// ExtensionNames returns the names, in the order of the alphabet, of the
// certificate extensions that a policy can ask for.
func ExtensionNames() []string { return SortedKeys(ExtensionNumbers) }

// Extension is what Fulcio says about a signer beside name and provider.
type Extension struct{ Name, Value string }

// Extensions returns a certificate's extensions by Fulcio, in the
// certificate's order, under the names by which a policy can ask for them.
// Those in another form than Fulcio's are left out. It verifies nothing.
func Extensions(cert *x509.Certificate) []Extension {
	var all []Extension
	for _, e := range cert.Extensions {
		for _, name := range ExtensionNames() {
			if !e.Id.Equal(OID(ExtensionNumbers[name])) {
				continue
			}
			if value, ok := FulcioValue(cert, name); ok {
				all = append(all, Extension{name, value})
			}
			break // of two names for one extension the shorter
		}
	}
	return all
}

func OID(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}
}

// FulcioValue returns the value of a certificate's extension; ok is false
// where it has none, or one in another form.
func FulcioValue(cert *x509.Certificate, name string) (value string, ok bool) {
	number, known := ExtensionNumbers[name]
	if !known || cert == nil {
		return "", false
	}
	raw := Value(cert, OID(number))
	if raw == nil {
		return "", false
	}
	if number < firstDERExtension {
		return string(raw), true
	}
	var s cryptobyte.String
	in := cryptobyte.String(raw)
	if !in.ReadASN1(&s, cbasn1.UTF8String) || !in.Empty() {
		return "", false
	}
	return string(s), true
}

func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
