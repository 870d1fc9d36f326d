package judging

import (
	"bytes"

	"github.com/git-seal/git-seal/git"
)

// IsPushCertificate reports whether a server may be asking about a push. A server
// looks only at git's letter, so whatever git receive-pack takes for a push
// certificate must count as one.
//
// receive-pack requires neither a first line "certificate version 0.1" nor a header.
// It splits at the first blank line and takes each line after it for a command
// (git's gitprotocol-pack, "Push Certificate"). A payload may be a commit and a push
// certificate at once. With nothing after the blank line it is one too: receive-pack
// then takes the commands sent next to the certificate.
func IsPushCertificate(payload []byte) bool {
	if bytes.HasPrefix(payload, []byte("certificate version ")) {
		return true
	}
	if body := pushCommands(payload); len(body) == 0 || isPushCommand(body) {
		return true
	}
	format, typ, ok := FirstHeader(payload)
	if !ok {
		return true
	}
	_, err := git.ParseObject(format, typ, payload)
	return err != nil
}

// pushCommands returns the part in which receive-pack reads the commands of a push
// certificate, and which is the message of a commit or tag.
func pushCommands(payload []byte) []byte {
	_, body, _ := bytes.Cut(payload, []byte("\n\n"))
	return body
}

// isPushCommand reports whether text begins as a command of the push protocol: two
// object IDs, each followed by a space.
func isPushCommand(text []byte) bool {
	for range 2 {
		id, rest, ok := bytes.Cut(text, []byte(" "))
		if !ok || !isHexID(id) {
			return false
		}
		text = rest
	}
	return true
}

// isHexID reports whether git reads b as an object ID. Unlike in objects, digits may
// be of either case.
func isHexID(b []byte) bool {
	if len(b) != 40 && len(b) != 64 {
		return false
	}
	for _, c := range bytes.ToLower(b) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
