package gogit

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/git-seal/git-seal/git"
)

// ReadObject reads the commit or tag with this id and splits it into payload
// and signature. What a caller goes on to use, such as the target of a tag that
// is good, is best taken from here: it is what was judged.
//
// The id has been computed again from the bytes, with go-git's SHA-1, which
// like git's own refuses bytes that were made to collide. Errors are those of
// git.Repository's ReadObject: git.ErrMissing, git.ErrCorrupt, *git.TypeError,
// *git.SizeError, *git.AmbiguousError, and the storer's own. After an error
// nothing of the object is returned.
func ReadObject(objects storer.EncodedObjectStorer, id plumbing.Hash) (o *git.Object, err error) {
	defer func() {
		// Storers parse packs, which come from others.
		if p := recover(); p != nil {
			o, err = nil, fmt.Errorf("%s: reading broke off: %v", id, p)
		}
	}()
	typ, raw, err := read(objects, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	if o, err = git.ParseObject(git.SHA1, typ, raw); err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	return o, nil
}

// read returns the type and the raw bytes that have this id.
func read(objects storer.EncodedObjectStorer, id plumbing.Hash) (git.ObjectType, []byte, error) {
	// Storers inflate an object as soon as they are asked for it, so they are
	// asked for its size first. The one for files does not look into
	// alternates for a size: what it does not find may still be there.
	size, err := objects.EncodedObjectSize(id)
	if err == nil {
		err = checkSize(size)
	}
	if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
		return "", nil, err
	}
	encoded, err := objects.EncodedObject(plumbing.AnyObject, id)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return "", nil, git.ErrMissing
	case err != nil:
		return "", nil, err
	}
	typ := encoded.Type()
	if typ != plumbing.CommitObject && typ != plumbing.TagObject {
		return "", nil, &git.TypeError{Type: typ.String(), Want: "a commit or tag"}
	}
	raw, err := content(encoded)
	if err != nil {
		return "", nil, err
	}
	if sum := plumbing.ComputeHash(typ, raw); sum != id {
		return "", nil, fmt.Errorf("%w: the id of its bytes is %s", git.ErrCorrupt, sum)
	}
	return git.ObjectType(typ.String()), raw, nil
}

// content returns an object's raw bytes, however many it says that it has.
func content(encoded plumbing.EncodedObject) ([]byte, error) {
	if err := checkSize(encoded.Size()); err != nil {
		return nil, err
	}
	r, err := encoded.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, git.MaxObjectSize+1))
	if err != nil {
		return nil, err
	}
	return raw, checkSize(int64(len(raw)))
}

func checkSize(size int64) error {
	if size > git.MaxObjectSize {
		return &git.SizeError{What: "object", Size: size, Max: git.MaxObjectSize}
	}
	return nil
}
