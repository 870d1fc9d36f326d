package judging

import (
	"bytes"

	"github.com/git-seal/git-seal/git"
)

// IsPushCertificate reports whether a server may be asking about a push: it
// looks at git's letter alone, so that whatever git receive-pack takes for a
// push certificate has to count as one.
//
// receive-pack asks for no first line "certificate version 0.1" and for no
// header; it splits at the first blank line, and takes each line behind it for
// a command (git's gitprotocol-pack, "Push Certificate"). A payload may be a
// commit and that as well. With nothing behind the blank line it is one too:
// receive-pack then takes commands that stand beside the certificate.
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

// pushCommands is where receive-pack reads the commands of a push certificate,
// and where the message of a commit or tag stands.
func pushCommands(payload []byte) []byte {
	_, body, _ := bytes.Cut(payload, []byte("\n\n"))
	return body
}

// isPushCommand reports whether text begins as a command of the push protocol
// does: two object ids, with a space behind each.
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

// isHexID reports whether git reads b as an object id: unlike in objects, digits
// of either case.
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
