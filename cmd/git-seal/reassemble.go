package main

import (
	"bytes"

	"github.com/git-seal/git-seal/git"
)

// reassemble puts an object together again from what git hands a verifying
// program: of a tag payload and signature follow each other, of a commit the
// signature is a header behind all others. It is there to name the object to
// people; nil where the two do not make one.
func reassemble(payload, signature []byte) *git.Object {
	format, typ, ok := firstHeader(payload)
	if !ok || len(signature) == 0 {
		return nil
	}
	raw := bytes.Clone(payload)
	if typ == git.Tag {
		raw = append(raw, signature...)
	} else {
		end := bytes.Index(payload, []byte("\n\n"))
		if end < 0 {
			return nil
		}
		header := "gpgsig "
		if format == git.SHA256 {
			header = "gpgsig-sha256 "
		}
		folded := bytes.ReplaceAll(bytes.TrimSuffix(signature, []byte("\n")), []byte("\n"), []byte("\n "))
		raw = append(raw[:end+1], header...)
		raw = append(raw, folded...)
		raw = append(raw, '\n')
		raw = append(raw, payload[end+1:]...)
	}
	o, err := git.ParseObject(format, typ, raw)
	if err != nil || !bytes.Equal(o.Payload(), payload) || !bytes.Equal(o.Signature(), signature) {
		return nil
	}
	return o
}

// firstHeader tells a commit from a tag, and the hash algorithm by the length
// of the id that both begin with.
func firstHeader(payload []byte) (git.ObjectFormat, git.ObjectType, bool) {
	line, _, _ := bytes.Cut(payload, []byte("\n"))
	name, id, _ := bytes.Cut(line, []byte(" "))
	typ, ok := map[string]git.ObjectType{"tree": git.Commit, "object": git.Tag}[string(name)]
	format := git.SHA1
	if len(id) == 64 {
		format = git.SHA256
	}
	return format, typ, ok
}
