package gogit_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/trust"
)

const unsigned = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n\nmessage\n"

// trustingNobody returns a verifier for objects that need no services.
func trustingNobody(t *testing.T) *verifier.Verifier {
	t.Helper()
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// set stores an object and returns its id.
func set(t testing.TB, s storer.EncodedObjectStorer, typ plumbing.ObjectType, raw string) plumbing.Hash {
	t.Helper()
	o := s.NewEncodedObject()
	o.SetType(typ)
	w, err := o.Writer()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, raw); err != nil {
		t.Fatal(err)
	}
	id, err := s.SetEncodedObject(o)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A tag is good under its own name alone, and a name that nobody signed is no
// tag's.
func TestVerifyTagComparesNames(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	v := newVerifier(t, s)
	r := newSealed(t, s)
	commit := r.commit("release\n")
	tag := r.tag("v1.0", "release\n")
	r.Git("tag", "-a", "-m", "unsigned", "v2.0")
	unsignedTag := r.Git("rev-parse", "v2.0")
	objects := open(t, r.Dir)
	for _, test := range []struct {
		name, ref, id string
		want          verifier.Verdict
		reason        string
	}{
		{"own name", "refs/tags/v1.0", tag, verifier.Good, ""},
		{"another name", "refs/tags/v2.0", tag, verifier.Bad, `own name is "v1.0", and it is served as "refs/tags/v2.0"`},
		{"own name in a folder of tags", "refs/tags/old/v1.0", tag, verifier.Bad, "served as"},
		{"own name in another case", "refs/tags/V1.0", tag, verifier.Bad, "served as"},
		{"another server's tags", "refs/remotes/origin/tags/v1.0", tag, verifier.Good, ""},
		{"another server's tags, another name", "refs/remotes/origin/tags/v2.0", tag, verifier.Bad, "served as"},
		{"a longer name", "refs/remotes/origin/rev1.0", tag, verifier.Bad, "served as"},
		{"no place for refs", "v1.0", tag, verifier.Bad, "served as"},
		{"unsigned", "refs/tags/v2.0", unsignedTag, verifier.Unsigned, "no signature"},
		{"unsigned, another name", "refs/tags/v1.0", unsignedTag, verifier.Bad, "served as"},
		{"lightweight", "refs/tags/v1.0", commit, verifier.Unsigned, `"refs/tags/v1.0" leads to a commit and not to a tag`},
		{"missing", "refs/tags/v1.0", strings.Repeat("1", 40), verifier.Unknown, "object missing"},
		{"no id", "refs/tags/v1.0", strings.Repeat("0", 40), verifier.Unknown, "object missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := gogit.VerifyTag(v, objects, plumbing.NewHashReference(plumbing.ReferenceName(test.ref), plumbing.NewHash(test.id)))
			if got.Verdict != test.want || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("%s (%s), want %s (%s)", got.Verdict, got.Reason, test.want, test.reason)
			}
			if (got.Reason == "") != (got.Verdict == verifier.Good) {
				t.Errorf("%s with the reason %q", got.Verdict, got.Reason)
			}
		})
	}
	// The name decides about the tag's ref, never about the tag.
	if got := gogit.Verify(v, objects, plumbing.NewHash(tag)); got.Verdict != verifier.Good {
		t.Errorf("by its id: %s (%s)", got.Verdict, got.Reason)
	}
}

func TestVerifyTagWantsAnID(t *testing.T) {
	t.Parallel()
	symbolic := plumbing.NewSymbolicReference("refs/tags/latest", "refs/tags/v1.0")
	for _, ref := range []*plumbing.Reference{nil, new(plumbing.Reference), symbolic} {
		if got := gogit.VerifyTag(trustingNobody(t), memory.NewStorage(), ref); got.Verdict != verifier.Unknown || got.Reason == "" {
			t.Errorf("%v: %s (%s)", ref, got.Verdict, got.Reason)
		}
	}
}

// faulty is a storer that does not do what it should.
type faulty struct {
	storer.EncodedObjectStorer
	size   func() (int64, error)
	object func() (plumbing.EncodedObject, error)
}

func (f faulty) EncodedObjectSize(id plumbing.Hash) (int64, error) {
	if f.size == nil {
		return f.EncodedObjectStorer.EncodedObjectSize(id)
	}
	return f.size()
}

func (f faulty) EncodedObject(typ plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	if f.object == nil {
		return f.EncodedObjectStorer.EncodedObject(typ, id)
	}
	return f.object()
}

// encoded is an object that says what it likes about itself.
type encoded struct {
	plumbing.MemoryObject
	size   int64
	reader func() (io.ReadCloser, error)
}

func (e *encoded) Size() int64                    { return e.size }
func (e *encoded) Reader() (io.ReadCloser, error) { return e.reader() }

func newEncoded(typ plumbing.ObjectType, size int64, r io.Reader) *encoded {
	e := &encoded{size: size, reader: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	e.SetType(typ)
	return e
}

// endless is a reader without an end, which counts what is read.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}

// What a storer does wrong is an error that can be told from others, and an
// unknown verdict.
func TestVerifyIsUnknownWhenStorerFails(t *testing.T) {
	t.Parallel()
	errDisk := errors.New("input/output error")
	isCorrupt := func(err error) bool { return errors.Is(err, git.ErrCorrupt) }
	isTooLarge := func(err error) bool { return errors.As(err, new(*git.SizeError)) }
	isDisk := func(err error) bool { return errors.Is(err, errDisk) }
	for _, test := range []struct {
		name  string
		fault func(s *memory.Storage) storer.EncodedObjectStorer
		is    func(error) bool
	}{
		{"missing", func(*memory.Storage) storer.EncodedObjectStorer { return memory.NewStorage() },
			func(err error) bool { return errors.Is(err, git.ErrMissing) }},
		{"size cannot be read", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, func() (int64, error) { return 0, errDisk }, nil}
		}, isDisk},
		{"object cannot be read", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) { return nil, errDisk }}
		}, isDisk},
		{"no reader", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				e := newEncoded(plumbing.CommitObject, 1, nil)
				e.reader = func() (io.ReadCloser, error) { return nil, errDisk }
				return e, nil
			}}
		}, isDisk},
		{"reading ends early", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				return newEncoded(plumbing.CommitObject, 1, io.MultiReader(strings.NewReader("tree"), readerOf(errDisk))), nil
			}}
		}, isDisk},
		{"a byte changed", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				return newEncoded(plumbing.CommitObject, int64(len(unsigned)), strings.NewReader(strings.Replace(unsigned, "message", "Message", 1))), nil
			}}
		}, isCorrupt},
		{"a byte too few", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				return newEncoded(plumbing.CommitObject, int64(len(unsigned)), strings.NewReader(unsigned[:len(unsigned)-1])), nil
			}}
		}, isCorrupt},
		{"another type", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				return newEncoded(plumbing.TagObject, int64(len(unsigned)), strings.NewReader(unsigned)), nil
			}}
		}, isCorrupt},
		{"no object and no error", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) { return nil, nil }}
		}, func(err error) bool { return strings.Contains(err.Error(), "broke off") }},
		{"panic", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) { panic("a pack that nobody expected") }}
		}, func(err error) bool { return strings.Contains(err.Error(), "a pack that nobody expected") }},
		{"no storer", func(*memory.Storage) storer.EncodedObjectStorer { return nil },
			func(err error) bool { return strings.Contains(err.Error(), "broke off") }},
		{"too large", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, func() (int64, error) { return git.MaxObjectSize + 1, nil },
				func() (plumbing.EncodedObject, error) { panic("asked for what is too large") }}
		}, isTooLarge},
		{"too large, and the storer cannot say so", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, func() (int64, error) { return 0, plumbing.ErrObjectNotFound },
				func() (plumbing.EncodedObject, error) {
					return newEncoded(plumbing.CommitObject, git.MaxObjectSize+1, readerOf(errors.New("read what is too large"))), nil
				}}
		}, isTooLarge},
		{"larger than it says", func(s *memory.Storage) storer.EncodedObjectStorer {
			return faulty{s, nil, func() (plumbing.EncodedObject, error) {
				return newEncoded(plumbing.CommitObject, 1, new(endless)), nil
			}}
		}, isTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sound := memory.NewStorage()
			id := set(t, sound, plumbing.CommitObject, unsigned)
			objects := test.fault(sound)
			o, err := gogit.ReadObject(objects, id)
			if o != nil || err == nil || !test.is(err) || !strings.Contains(err.Error(), id.String()) {
				t.Errorf("object %v, error %v", o, err)
			}
			r := gogit.Verify(trustingNobody(t), objects, id)
			if r.Verdict != verifier.Unknown || err != nil && r.Reason != err.Error() {
				t.Errorf("%s (%s), want the error %v", r.Verdict, r.Reason, err)
			}
		})
	}
}

type readerOfError struct{ err error }

func readerOf(err error) io.Reader                 { return readerOfError{err} }
func (r readerOfError) Read(p []byte) (int, error) { return 0, r.err }

// An object that inflates without end costs as much memory as the largest one
// that is judged.
func TestReadObjectStopsAtTheCap(t *testing.T) {
	t.Parallel()
	content := new(endless)
	objects := faulty{memory.NewStorage(), func() (int64, error) { return 1, nil },
		func() (plumbing.EncodedObject, error) { return newEncoded(plumbing.CommitObject, 1, content), nil }}
	if _, err := gogit.ReadObject(objects, plumbing.ZeroHash); !errors.As(err, new(*git.SizeError)) {
		t.Errorf("error %v", err)
	}
	if content.read > git.MaxObjectSize+1 {
		t.Errorf("read %d bytes", content.read)
	}
}

func TestReadObjectRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	objects := memory.NewStorage()
	for _, typ := range []plumbing.ObjectType{plumbing.BlobObject, plumbing.TreeObject} {
		id := set(t, objects, typ, "")
		_, err := gogit.ReadObject(objects, id)
		var wrong *git.TypeError
		if !errors.As(err, &wrong) || wrong.Type != typ.String() {
			t.Errorf("%s: %v", typ, err)
		}
		if r := gogit.Verify(trustingNobody(t), objects, id); r.Verdict != verifier.Unknown {
			t.Errorf("%s: %s (%s)", typ, r.Verdict, r.Reason)
		}
	}
}

// What lies damaged on the disk is unknown, whichever layer finds out.
func TestDamagedFilesAreUnknown(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	first, second := r.Commit("first"), r.Commit("second")
	file := func(id string) string { return filepath.Join(r.Dir, ".git", "objects", id[:2], id[2:]) }
	content, err := os.ReadFile(file(first))
	if err != nil {
		t.Fatal(err)
	}
	middle := bytes.Clone(content)
	middle[len(middle)/2] ^= 0x10
	another, err := os.ReadFile(file(second))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file(first), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		content []byte
		want    verifier.Verdict
	}{
		{"sound", content, verifier.Unsigned},
		{"empty", nil, verifier.Unknown},
		{"cut off", content[:len(content)-8], verifier.Unknown},
		{"a bit flipped", middle, verifier.Unknown},
		{"another object's", another, verifier.Unknown},
	} {
		if err := os.WriteFile(file(first), test.content, 0o644); err != nil {
			t.Fatal(err)
		}
		got := gogit.Verify(trustingNobody(t), open(t, r.Dir), plumbing.NewHash(first))
		if got.Verdict != test.want || got.Reason == "" {
			t.Errorf("%s: %s (%s), want %s", test.name, got.Verdict, got.Reason, test.want)
		}
	}
}
