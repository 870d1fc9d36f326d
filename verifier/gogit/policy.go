package gogit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// ReadPolicy reads the policy in a commit, with the key files in the same commit.
func ReadPolicy(objects storer.EncodedObjectStorer, commit plumbing.Hash) (*policy.Policy, error) {
	text, err := readFile(objects, commit, policy.Path)
	if err != nil {
		return nil, fmt.Errorf("the commit %s: %s: %w", commit, policy.Path, err)
	}
	p, err := policy.Parse(policy.Path+" of "+commit.String(), text)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(func(name string) ([]byte, error) {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%q is outside the policy's directory", name)
		}
		return readFile(objects, commit, path.Join(path.Dir(policy.Path), name))
	})
}

// readFile returns the content of a file in a commit. fs.ErrNotExist says that the
// commit has no such file.
func readFile(objects storer.EncodedObjectStorer, commit plumbing.Hash, name string) ([]byte, error) {
	id, err := pathID(objects, commit, name)
	if err != nil {
		return nil, err
	}
	if id.IsZero() {
		return nil, fs.ErrNotExist
	}
	blob, err := objects.EncodedObject(plumbing.BlobObject, id)
	if err != nil {
		return nil, err
	}
	return content(blob)
}

// pathID returns the id of a file or directory in a commit, zero for none.
func pathID(objects storer.EncodedObjectStorer, commit plumbing.Hash, name string) (plumbing.Hash, error) {
	typ, raw, err := read(objects, commit)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	tree, ok := strings.CutPrefix(line, "tree ")
	if typ != git.Commit || !ok {
		return plumbing.ZeroHash, errors.New("a commit without a tree")
	}
	id := plumbing.NewHash(tree)
	for part := range strings.SplitSeq(name, "/") {
		if id, err = entryID(objects, id, part); err != nil || id.IsZero() {
			return id, err
		}
	}
	return id, nil
}

// entryID returns the id of what a tree has under a name, zero for nothing or
// where the id is not a tree's.
func entryID(objects storer.EncodedObjectStorer, tree plumbing.Hash, name string) (plumbing.Hash, error) {
	encoded, err := objects.EncodedObject(plumbing.AnyObject, tree)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return plumbing.ZeroHash, audit.ErrMissing
	}
	if err != nil || encoded.Type() != plumbing.TreeObject {
		return plumbing.ZeroHash, err
	}
	r, err := encoded.Reader()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxTree+1))
	if err != nil || len(raw) > maxTree {
		return plumbing.ZeroHash, errors.Join(err, checkSize(int64(len(raw))))
	}
	for len(raw) > 0 {
		head, rest, ok := bytes.Cut(raw, []byte{0})
		_, entry, spaced := bytes.Cut(head, []byte(" "))
		var id plumbing.Hash
		if !ok || !spaced || len(rest) < len(id) {
			return plumbing.ZeroHash, fmt.Errorf("%s: %w", tree, git.ErrCorrupt)
		}
		if string(entry) == name {
			copy(id[:], rest)
			return id, nil
		}
		raw = rest[len(id):]
	}
	return plumbing.ZeroHash, nil
}

// maxTree bounds a tree: one with a hundred thousand entries has 4 MB.
const maxTree = git.MaxObjectSize

// policyStore is a source for audit.ListPolicyChanges.
type policyStore struct{ *Source }

func (s policyStore) PolicyID(_ context.Context, commit string) (string, error) {
	file, err := pathID(s.objects, plumbing.NewHash(commit), policy.Path)
	if err != nil || file.IsZero() {
		return "", err
	}
	dir, err := pathID(s.objects, plumbing.NewHash(commit), path.Dir(policy.Path))
	return dir.String(), err
}

func (s policyStore) FirstParent(_ context.Context, commit string) (string, error) {
	if c := s.readCommit(commit); len(c.Parents) > 0 {
		return c.Parents[0], nil
	}
	return "", nil
}

func (s policyStore) ReadPolicy(_ context.Context, commit string) (*policy.Policy, error) {
	return ReadPolicy(s.objects, plumbing.NewHash(commit))
}

func (s policyStore) Verify(_ context.Context, v *verifier.Verifier, commit string) (*verifier.Result, string) {
	o, err := ReadObject(s.objects, plumbing.NewHash(commit))
	if err != nil {
		return &verifier.Result{Reason: err.Error()}, ""
	}
	signed := gitobject.Signed(o)
	if s.Merges != nil {
		signed.MergesCleanly = func() (bool, error) { return s.Merges(o) }
	}
	return v.VerifyObject(signed, o.Payload(), o.Signature()), o.Subject()
}
