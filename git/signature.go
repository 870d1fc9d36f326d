package git

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

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

// armorHeaders are the names of headers in OpenPGP's armor (RFC 9580 §6.2.2).
var armorHeaders = []string{"Version", "Comment", "Hash", "Charset", "MessageID"}

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

// isArmored reports whether value is one whole armor of any scheme and nothing
// else: what no signature covers must not be able to say anything to a reader. As
// libgit2 stores it, one empty line may follow.
func isArmored(value []byte) bool {
	lines := strings.Split(strings.TrimSuffix(string(value), "\n"), "\n")
	for _, a := range armors {
		if lines[0] != a.begin {
			continue
		}
		end := strings.Replace(a.begin, "BEGIN", "END", 1)
		return len(lines) > 2 && lines[len(lines)-1] == end && isArmorBody(lines[1:len(lines)-1], a.scheme)
	}
	return false
}

// isArmorBody reports whether lines are base64 with, in OpenPGP's armor, the
// headers that stand before it.
func isArmorBody(lines []string, scheme Scheme) bool {
	for i, line := range lines {
		if line == "" && scheme == OpenPGP {
			lines = lines[i+1:]
			break
		}
		name, _, header := strings.Cut(line, ": ")
		if scheme != OpenPGP || !header || !slices.Contains(armorHeaders, name) || strings.ContainsFunc(line, unicode.IsControl) {
			break
		}
	}
	return !slices.ContainsFunc(lines, func(line string) bool {
		return line == "" || strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != ""
	})
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
