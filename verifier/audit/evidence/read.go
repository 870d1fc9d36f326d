package evidence

import (
	"archive/tar"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Archive is a Source out of an archive. Its tags and commits are read again each
// time; nothing is unpacked.
type Archive struct {
	name   string
	in     io.ReadSeeker
	head   head
	tips   []audit.Tip
	files  map[string][]byte         // but tags and commits
	held   map[string]git.ObjectType // the objects in it, those that are missing too
	tagged map[string]string         // what the tags in it are tags of

	edge []string // objects that something in it names as parent and that are not in it
}

var errIncomplete = errors.New("truncated, or has trailing data")

// Read reads and checks an archive, except its tags and commits. name is how people
// know it.
func Read(name string, in io.ReadSeeker) (*Archive, error) {
	a := &Archive{name: name, in: in, files: map[string][]byte{}, held: map[string]git.ObjectType{}, tagged: map[string]string{}}
	if err := a.read(); err != nil {
		if errors.Is(err, tar.ErrHeader) {
			err = errors.New("not an evidence archive; decompress it first if it is compressed")
		}
		return nil, a.failure(err)
	}
	a.readTips()
	return a, nil
}

func (a *Archive) failure(err error) error { return fmt.Errorf("evidence archive %s: %w", a.name, err) }

// Ranges returns what the audit was asked for.
func (a *Archive) Ranges() []string {
	revs := make([]string, len(a.head.Ranges))
	for i, r := range a.head.Ranges {
		revs[i] = string(r)
	}
	return revs
}

// Walk returns which commits the audit chose.
func (a *Archive) Walk() audit.Walk {
	return audit.Walk{FirstParent: a.head.FirstParent, NoMerges: a.head.NoMerges}
}

// Roots returns the trusted roots in the archive, which its author chose.
func (a *Archive) Roots() ([]*trust.Root, error) {
	var roots []*trust.Root
	for i, from := range a.head.Roots {
		r, err := trust.ParseRoot(from.Name, from.Source, a.files[fmt.Sprintf(rootName, i)])
		if err != nil {
			return nil, a.failure(err)
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// Policy returns the policy in the archive with its keys, which its author chose,
// where it came from, and the commit that supplied it. All are nil or empty where
// there is none.
func (a *Archive) Policy() (p *policy.Policy, from string, supplier *verifier.Supplier, err error) {
	in := a.head.Policy
	if in == nil {
		return nil, "", nil, nil
	}
	if p, err = policy.Parse(in.Source, a.files[policyName]); err != nil {
		return nil, "", nil, a.failure(err)
	}
	if s := in.Supplier; s != nil {
		supplier = &verifier.Supplier{ID: s.ID, Payload: s.Payload, Pinned: s.Pinned, From: in.From}
	}
	err = p.ReadKeys(func(name string) ([]byte, error) {
		i := slices.Index(in.Keys, name)
		if i < 0 {
			return nil, errors.New("not in the archive")
		}
		return a.files[fmt.Sprintf(keyName, i)], nil
	})
	if err != nil {
		return nil, "", nil, a.failure(err)
	}
	return p, in.From, supplier, nil
}

// read goes through the archive, in which everything has its place.
func (a *Archive) read() error {
	due, kept := []string{headName}, 0
	for h, in := range a.entries() {
		if in.err != nil {
			return in.err
		}
		typ, id := objectOf(h.Name)
		if len(due) == 0 && id != "" {
			if err := a.note(typ, id, in.r); err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			}
			continue
		}
		if len(due) == 0 || h.Name != due[0] {
			return fmt.Errorf("unexpected file %q", h.Name)
		}
		due = due[1:]
		text, err := readAtMost(in.r, limitOf(h.Name))
		if kept += len(text); err == nil && kept > maxKept {
			err = fmt.Errorf("more than %d bytes together with the files before it", maxKept)
		}
		if err == nil && h.Name == headName {
			err = a.readHead(text)
			due = a.judging()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		a.files[h.Name] = text
	}
	if len(due) > 0 {
		return errIncomplete
	}
	return nil
}

// limitOf is how large a file may be that is not an object.
func limitOf(name string) int64 {
	switch {
	case name == headName:
		return maxHead
	case name == policyName:
		return maxPolicy
	case strings.HasPrefix(name, "key-"):
		return maxKey
	}
	return maxRoot
}

// judging is the names of what judges.
func (a *Archive) judging() []string {
	var names []string
	for i := range a.head.Roots {
		names = append(names, fmt.Sprintf(rootName, i))
	}
	if p := a.head.Policy; p != nil {
		names = append(names, policyName)
		for i := range p.Keys {
			names = append(names, fmt.Sprintf(keyName, i))
		}
	}
	return names
}

func (a *Archive) readHead(text []byte) error {
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	if form.Version != version {
		return fmt.Errorf("version %d, not %d: another version of git-seal wrote it", form.Version, version)
	}
	if err := unmarshal(text, &a.head); err != nil {
		return err
	}
	h := &a.head
	switch {
	case h.Format != git.SHA1 && h.Format != git.SHA256:
		return fmt.Errorf("unknown object format %q", h.Format)
	case len(h.Roots) > maxRoots, h.Policy != nil && len(h.Policy.Keys) > maxKeys:
		return errors.New("too many trusted roots or key files")
	case len(h.Roots) == 0:
		return errors.New("no trusted root")
	}
	for _, t := range h.Tips {
		if !a.isID(t.ID) {
			return fmt.Errorf("%q is not the id of an object", t.ID)
		}
	}
	return nil
}

// readTips takes the type of each tip from the object in the archive. Of what is
// not in it, its author's word is all there is.
func (a *Archive) readTips() {
	for _, t := range a.head.Tips {
		typ := t.Type
		if held, ok := a.held[t.ID]; ok {
			typ = held
		}
		a.tips = append(a.tips, audit.Tip{Name: string(t.Name), Ref: string(t.Ref), ID: t.ID, Type: policy.ObjectType(typ), Excluded: t.Excluded})
	}
}

// isID reports whether a text is the full id of an object.
func (a *Archive) isID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == map[git.ObjectFormat]int{git.SHA1: 20, git.SHA256: 32}[a.head.Format] && id == strings.ToLower(id)
}

// objectOf returns what the name of an object says; id is empty for other files.
// Of a missing object the type is empty.
func objectOf(name string) (typ git.ObjectType, id string) {
	for dir, typ := range map[string]git.ObjectType{tagsDir: git.Tag, commitsDir: git.Commit, missingDir: ""} {
		if id, ok := strings.CutPrefix(name, dir); ok {
			return typ, id
		}
	}
	return "", ""
}

// note keeps what must be known of an object before any is judged.
func (a *Archive) note(typ git.ObjectType, id string, in io.Reader) error {
	if !a.isID(id) {
		return errors.New("not the id of an object")
	}
	if _, twice := a.held[id]; twice {
		return errors.New("duplicate object")
	}
	if typ == "" {
		lost, err := readLoss(in)
		if err != nil {
			return err
		}
		typ = lost.Type
	} else if typ == git.Tag {
		raw, err := readAtMost(in, git.MaxObjectSize)
		if err != nil {
			return err
		}
		if tag, err := git.ParseObject(a.head.Format, git.Tag, raw); err == nil {
			a.tagged[id], _ = tag.Target()
		}
	}
	a.held[id] = typ
	return nil
}

func readLoss(in io.Reader) (l loss, err error) {
	text, err := readAtMost(in, maxLost)
	if err == nil {
		err = unmarshal(text, &l)
	}
	if err == nil && (l.Type != git.Commit && l.Type != git.Tag || l.Reason == "") {
		err = errors.New("not a commit or tag, or no reason")
	}
	return l, err
}

// entry is what is after a header, or why there is no further one.
type entry struct {
	r   io.Reader
	err error
}

// entries reads the archive from its beginning to its very end. A header that is
// not in the one form ends it with an error.
func (a *Archive) entries() iter.Seq2[*tar.Header, entry] {
	return func(yield func(*tar.Header, entry) bool) {
		if _, err := a.in.Seek(0, io.SeekStart); err != nil {
			yield(nil, entry{err: err})
			return
		}
		const block = 512 // POSIX pax(1), ustar interchange format
		size := int64(2 * block)
		for r := tar.NewReader(a.in); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil && !reflect.DeepEqual(h, entryHeader(h.Name, h.Size)) {
				err = fmt.Errorf("%q is not in the form in which git-seal writes files", h.Name)
			}
			if !yield(h, entry{r, err}) || err != nil {
				return
			}
			size += block + (h.Size+block-1)/block*block
		}
		if end, err := a.in.Seek(0, io.SeekEnd); err != nil || end != size {
			yield(nil, entry{err: errors.Join(errIncomplete, err)})
		}
	}
}
