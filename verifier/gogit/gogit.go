// Package gogit judges commits and tags in a go-git storer: a forge's, a GitOps
// controller's, one in memory. The bytes that are judged are those that the
// storer holds; go-git's own decoding and encoding, which does not give back
// every object as it was, takes no part.
//
// Of go-git it needs the storers' interface alone, neither its transports nor
// its work trees. Ids are SHA-1: go-git v5 opens no other repositories, and
// built for SHA-256 (its build tag) nothing is good here.
package gogit

import (
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
)

// Verify judges the commit or tag with this id. Like the verifier's own Verify
// it does not fail and does not panic: an object that is missing, that cannot
// be read or whose bytes do not have the id is unknown, one that readers could
// understand in two ways is bad.
//
// By an id nobody can tell under which name a tag was offered. Whoever comes
// from a name calls VerifyTag.
func Verify(v *verifier.Verifier, objects storer.EncodedObjectStorer, id plumbing.Hash) *verifier.Result {
	o, err := ReadObject(objects, id)
	if err != nil {
		return unread(err)
	}
	return VerifyObject(v, o)
}

// VerifyTag judges the tag that ref leads to, and that it is served under its
// own name: a signed v1.0 offered as v2.0 is good by every other check, and bad
// here. Below refs/tags the names are compared whole; elsewhere, where servers
// keep the tags of others, the ref's name has to end in the tag's.
//
// A ref that leads to a commit (a lightweight tag) is unsigned, whoever signed
// the commit: nobody signed the name. A symbolic ref is unknown; resolve it
// before, with storer.ResolveReference.
func VerifyTag(v *verifier.Verifier, objects storer.EncodedObjectStorer, ref *plumbing.Reference) *verifier.Result {
	if ref == nil || ref.Type() != plumbing.HashReference {
		return &verifier.Result{Reason: "the ref holds no object id", Hint: "resolve the ref before its tag is judged"}
	}
	o, err := ReadObject(objects, ref.Hash())
	if err != nil {
		return unread(err)
	}
	name := ref.Name().String()
	if o.Type != git.Tag {
		return &verifier.Result{
			Verdict: verifier.Unsigned,
			Reason:  fmt.Sprintf("%q leads to a %s and not to a tag: nobody signed that name", name, o.Type),
			Hint:    "sign tags with git tag -s; who signed the commit is another question",
		}
	}
	return VerifyObject(v, o).ServedAs(o.TagName(), name)
}

// VerifyObject judges an object that has been read with ReadObject, or a tag
// out of its Mergetags.
func VerifyObject(v *verifier.Verifier, o *git.Object) *verifier.Result {
	return v.VerifyObject(gitobject.Signed(o), o.Payload(), o.Signature())
}

// unread is the result for an object that could not be read.
func unread(err error) *verifier.Result {
	r := &verifier.Result{Verdict: verifier.Unknown, Reason: err.Error()}
	switch {
	case errors.As(err, new(*git.AmbiguousError)):
		r.Verdict = verifier.Bad
	case errors.Is(err, git.ErrMissing):
		r.Hint = "a shallow clone may lack it, or the fetch was not for it; fetch it and judge again"
	case errors.Is(err, git.ErrCorrupt):
		r.Hint = "the storage is damaged, or was tampered with; fetch the object anew"
	}
	return r
}
