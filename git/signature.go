package git

import "bytes"

// Scheme is the kind of signature, told as git tells it: by the armor's first
// line.
type Scheme string

const (
	None    Scheme = ""
	X509    Scheme = "x509"    // -----BEGIN SIGNED MESSAGE-----
	OpenPGP Scheme = "openpgp" // -----BEGIN PGP SIGNATURE----- or MESSAGE
	SSH     Scheme = "ssh"     // -----BEGIN SSH SIGNATURE-----
	Junk    Scheme = "junk"    // a signature header that holds none of these
)

var armors = []struct {
	begin  string
	scheme Scheme
}{
	{"-----BEGIN SIGNED MESSAGE-----", X509},
	{"-----BEGIN PGP SIGNATURE-----", OpenPGP},
	{"-----BEGIN PGP MESSAGE-----", OpenPGP},
	{"-----BEGIN SSH SIGNATURE-----", SSH},
}

// SchemeOf returns the kind of an armored signature by its first bytes. As in
// git, nothing may stand before the armor, and what stands behind its first
// line is not looked at. No bytes are None.
func SchemeOf(armored []byte) Scheme {
	if len(armored) == 0 {
		return None
	}
	for _, a := range armors {
		if bytes.HasPrefix(armored, []byte(a.begin)) {
			return a.scheme
		}
	}
	return Junk
}

// unfold returns the value of a header: what stands behind its name and one
// space, its continuation lines without the space that begins each.
func unfold(header []byte) []byte {
	name := bytes.IndexAny(header, " \n")
	if header[name] == '\n' {
		return header[name:]
	}
	return bytes.ReplaceAll(header[name+1:], []byte("\n "), []byte("\n"))
}
