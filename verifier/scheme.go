package verifier

import (
	"bytes"
)

// Scheme is what a signature's armor says it is. What is none of these is a
// broken signature.
type Scheme string

// The schemes, by git's names (gpg.format). The zero value means that there is
// no signature.
const (
	NoScheme Scheme = ""
	X509     Scheme = "x509"
	OpenPGP  Scheme = "openpgp"
	SSH      Scheme = "ssh"

	schemeJunk Scheme = "junk"
)

// armors are the first lines by which git tells schemes apart (gpg-interface.c
// there).
var armors = []struct {
	line   string
	scheme Scheme
}{
	{"-----BEGIN SIGNED MESSAGE-----", X509},
	{"-----BEGIN PGP SIGNATURE-----", OpenPGP},
	{"-----BEGIN PGP MESSAGE-----", OpenPGP},
	{"-----BEGIN SSH SIGNATURE-----", SSH},
}

func schemeOf(signature []byte) Scheme {
	if len(signature) == 0 {
		return NoScheme
	}
	line, _, _ := bytes.Cut(signature, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	for _, a := range armors {
		if string(line) == a.line {
			return a.scheme
		}
	}
	return schemeJunk
}
