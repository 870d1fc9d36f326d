package judging

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"github.com/git-seal/git-seal/git"
)

// Fingerprint is a certificate's SHA-1 as gpgsm writes it, empty where there is
// no certificate. It names the certificate; nothing is decided by it.
func Fingerprint(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Algorithms are the OpenPGP numbers of the signature's algorithms, 0 where
// they are not known.
func Algorithms(cert *x509.Certificate) (pubkey, hash int) {
	if cert == nil {
		return 0, 0
	}
	switch cert.PublicKeyAlgorithm {
	case x509.ECDSA:
		pubkey = git.PubkeyECDSA
	case x509.RSA:
		pubkey = git.PubkeyRSA
	case x509.Ed25519:
		pubkey = git.PubkeyEd25519
	}
	return pubkey, git.HashSHA256
}
