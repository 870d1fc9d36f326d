package fulcio

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"strings"
)

// Fingerprint returns a certificate's SHA-1 as gpgsm writes it, or "" if there is no
// certificate. It names the certificate and decides nothing.
func Fingerprint(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
