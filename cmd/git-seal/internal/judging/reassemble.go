package judging

import (
	"bytes"

	"github.com/git-seal/git-seal/git"
)

// Reassemble returns the object that git split into payload and signature for a
// verifying program, or nil if the two do not make one. It serves to name the object
// to people.
func Reassemble(payload, signature []byte) *git.Object {
	format, typ, ok := FirstHeader(payload)
	if !ok || len(signature) == 0 {
		return nil
	}
	o, err := git.Assemble(format, typ, payload, signature)
	if err != nil {
		return nil
	}
	return o
}

// FirstHeader reports whether payload begins as a commit or a tag, and its hash
// algorithm by the length of the ID that both begin with.
func FirstHeader(payload []byte) (git.ObjectFormat, git.ObjectType, bool) {
	line, _, _ := bytes.Cut(payload, []byte("\n"))
	name, id, _ := bytes.Cut(line, []byte(" "))
	typ, ok := map[string]git.ObjectType{"tree": git.Commit, "object": git.Tag}[string(name)]
	format := git.SHA1
	if len(id) == 64 {
		format = git.SHA256
	}
	return format, typ, ok
}
