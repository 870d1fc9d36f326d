package gogit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// Check returns what judges a signature just made, before it becomes part of
// an object: the Check that a signer asks for. It puts payload and signature,
// in its armor, together as git does and judges the commit or tag that comes
// out; whatever is not good is an error. So v needs a policy that allows the
// signer.
func Check(v *verifier.Verifier) func(payload, signature []byte) error {
	return func(payload, signature []byte) error {
		o, err := assemble(payload, signature)
		if err != nil {
			return err
		}
		if r := VerifyObject(v, o); r.Verdict != verifier.Good {
			return fmt.Errorf("%s: %s", r.Verdict, r.Reason)
		}
		return nil
	}
}

// assemble returns the object that payload and signature make up. A payload
// that would not be read as such again is an error: a tag's message without a
// final newline would swallow the signature's first line.
func assemble(payload, signature []byte) (*git.Object, error) {
	typ, raw := git.Tag, slices.Concat(payload, signature)
	if bytes.HasPrefix(payload, []byte("tree ")) {
		typ = git.Commit
		headers, message, _ := bytes.Cut(payload, []byte("\n\n"))
		folded := bytes.ReplaceAll(bytes.TrimSuffix(signature, []byte("\n")), []byte("\n"), []byte("\n "))
		raw = slices.Concat(headers, []byte("\ngpgsig "), folded, []byte("\n\n"), message)
	}
	o, err := git.ParseObject(git.SHA1, typ, raw)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(o.Payload(), payload) || !bytes.Equal(o.Signature(), signature) {
		return nil, errors.New("payload and signature would not be told apart in the object")
	}
	return o, nil
}
