package verifier

import "bytes"

// scheme is what a signature's armor says it is. What is none of these is a
// broken signature.
type scheme int

const (
	schemeNone scheme = iota
	schemeX509
	schemeOpenPGP
	schemeSSH
	schemeJunk
)

// armors are the first lines by which git tells schemes apart (gpg-interface.c
// there).
var armors = []struct {
	line   string
	scheme scheme
}{
	{"-----BEGIN SIGNED MESSAGE-----", schemeX509},
	{"-----BEGIN PGP SIGNATURE-----", schemeOpenPGP},
	{"-----BEGIN PGP MESSAGE-----", schemeOpenPGP},
	{"-----BEGIN SSH SIGNATURE-----", schemeSSH},
}

func schemeOf(signature []byte) scheme {
	if len(signature) == 0 {
		return schemeNone
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
