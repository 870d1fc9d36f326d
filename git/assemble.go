package git

import (
	"bytes"
	"errors"
	"slices"
)

// Assemble puts together the object that git makes of a payload and the
// signature over it in its armor: of a commit the signature is a header behind
// all others, of a tag it is the end. An object in which the two would not be
// told apart again is an error: a tag's message without a final newline, for
// one, would swallow the armor's first line.
func Assemble(format ObjectFormat, typ ObjectType, payload, signature []byte) (*Object, error) {
	raw := slices.Concat(payload, signature)
	if typ == Commit {
		own, _ := format.signatureHeaders()
		headers, message, _ := bytes.Cut(payload, []byte("\n\n"))
		folded := bytes.ReplaceAll(bytes.TrimSuffix(signature, []byte("\n")), []byte("\n"), []byte("\n "))
		raw = slices.Concat(headers, []byte("\n"+own+" "), folded, []byte("\n\n"), message)
	}
	o, err := ParseObject(format, typ, raw)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(o.Payload(), payload) || !bytes.Equal(o.Signature(), signature) {
		return nil, errors.New("payload and signature would not be told apart in the object")
	}
	return o, nil
}
