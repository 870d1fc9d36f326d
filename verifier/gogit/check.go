package gogit

import (
	"bytes"
	"fmt"

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
		typ := git.Tag
		if bytes.HasPrefix(payload, []byte("tree ")) {
			typ = git.Commit
		}
		o, err := git.Assemble(git.SHA1, typ, payload, signature)
		if err != nil {
			return err
		}
		if r := VerifyObject(v, o); r.Verdict != verifier.Good {
			return fmt.Errorf("%s: %s", r.Verdict, r.Reason)
		}
		return nil
	}
}
