package evidence

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// history is a repository with a merge, tags and a branch.
func history(t testing.TB) *git.Repository {
	t.Helper()
	r := gittest.New(t, "sha1")
	r.Git("commit", "-q", "--allow-empty", "-m", "one")
	r.Git("switch", "-q", "-c", "side")
	r.Git("commit", "-q", "--allow-empty", "-m", "two")
	r.Git("switch", "-q", "main")
	r.Git("commit", "-q", "--allow-empty", "-m", "three")
	r.Git("merge", "-q", "--no-ff", "-m", "four", "side")
	r.Git("tag", "-a", "-m", "t1", "t1")
	r.Git("-c", "advice.nestedTag=false", "tag", "-a", "-m", "t2", "t2", "t1")
	repo, err := git.Open(t.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

// record makes an archive of what ranges select, judged by no policy.
func record(t testing.TB, repo *git.Repository, w audit.Walk, ranges ...string) []byte {
	t.Helper()
	source, err := gitsource.Open(t.Context(), repo, gitsource.Selection{Ranges: ranges})
	if err != nil {
		t.Fatal(err)
	}
	return recordSource(t, source, repo.Format(), w, ranges)
}

func recordSource(t testing.TB, source audit.Source, format git.ObjectFormat, w audit.Walk, ranges []string) []byte {
	t.Helper()
	var b bytes.Buffer
	r, err := Record(&b, source, format, ranges, w, Judge{Roots: []*trust.Root{trust.PublicGood()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Objects(t.Context(), source.Tips(), w) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads an archive to its end.
func readAll(t testing.TB, archive []byte) (*Archive, []audit.Object, error) {
	t.Helper()
	a, err := Read("test.tar", bytes.NewReader(archive))
	if err != nil {
		return nil, nil, err
	}
	var objects []audit.Object
	for o, err := range a.Objects(t.Context(), a.Tips(), a.Walk()) {
		if err != nil {
			return nil, nil, err
		}
		objects = append(objects, o)
	}
	return a, objects, nil
}

// FuzzArchive holds: reading an archive never panics; the objects that are read
// have the ids of their bytes; where nothing was left out, all that tips and objects
// lead to is among them; and what was read, recorded again, reads the same. A file
// of the name gets the content, where one is given: after a valid header, mutations
// reach further.
func FuzzArchive(f *testing.F) {
	repo := history(f)
	whole := record(f, repo, audit.Walk{}, "refs/tags/t2", "refs/heads/main")
	for _, archive := range [][]byte{
		whole,
		record(f, repo, audit.Walk{FirstParent: true}, "refs/heads/main"),
		record(f, repo, audit.Walk{}, "refs/heads/side..refs/heads/main"),
		whole[:len(whole)-1], whole[:len(whole)/2], append(whole[:len(whole):len(whole)], 0), {},
	} {
		f.Add(archive, "", []byte(nil))
	}
	files := filesOf(f, whole)
	for name, content := range files {
		f.Add(whole, name, content)
	}
	head := string(files[headName])
	for _, change := range [][2]string{
		{`"name":"refs/heads/main"`, `"name":{"base64":"/w=="}`}, {`"type":"tag"`, `"type":"tag","excluded":true`},
		{`"policy":null`, `"policy":{"source":"","from":"","keys":["a"]}`},
	} {
		f.Add(whole, headName, []byte(strings.Replace(head, change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, archive []byte, name string, content []byte) {
		if name != "" {
			archive = withFile(t, archive, name, content)
		}
		a, objects, err := readAll(t, archive)
		if err != nil {
			return
		}
		complete(t, a, objects)
		if a.head.Policy != nil {
			return // which need not be one that parses
		}
		roots, err := a.Roots()
		if err != nil {
			return
		}
		var b bytes.Buffer
		r, err := Record(&b, a, a.head.Format, a.Ranges(), a.Walk(), Judge{Roots: roots})
		if err != nil {
			t.Fatalf("recorded again: %v", err)
		}
		for _, err := range r.Objects(t.Context(), a.Tips(), a.Walk()) {
			if err != nil {
				t.Fatalf("recorded again: %v", err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		_, same, err := readAll(t, b.Bytes())
		if err != nil || len(same) != len(objects) {
			t.Fatalf("read again: %d objects, not %d: %v", len(same), len(objects), err)
		}
		for i := range objects {
			if objects[i].ID != same[i].ID || !bytes.Equal(objects[i].Raw, same[i].Raw) || (objects[i].Err == nil) != (same[i].Err == nil) {
				t.Fatalf("read again: %+v, not %+v", same[i], objects[i])
			}
		}
	})
}

// complete checks that whatever leads out of the objects is among them, unless
// something was left out.
func complete(t *testing.T, a *Archive, objects []audit.Object) {
	t.Helper()
	read := map[string]bool{}
	for _, o := range objects {
		read[o.ID] = true
		s := git.StoredObject{Format: a.head.Format, ID: o.ID, Type: git.ObjectType(o.Type), Raw: o.Raw}
		if o.Err == nil && s.CheckID() != nil {
			t.Fatalf("%s does not have its id", o.ID)
		}
	}
	var left []string
	for _, tip := range a.Tips() {
		if tip.Excluded {
			return
		}
		if tip.Type == policy.Commit || tip.Type == policy.Tag {
			left = append(left, tip.ID)
		}
	}
	for _, o := range objects {
		parents := o.Parents
		if a.head.FirstParent && len(parents) > 1 {
			parents = parents[:1]
		}
		left = append(left, parents...)
	}
	for _, id := range left {
		if !read[id] {
			t.Fatalf("%s is not among the objects", id)
		}
	}
}

// TestArchiveHidesNothing: no word of an archive's author takes an object out of
// the audit unless the report names it.
func TestArchiveHidesNothing(t *testing.T) {
	t.Parallel()
	repo := history(t)
	whole := record(t, repo, audit.Walk{}, "refs/heads/main")
	head := filesOf(t, whole)[headName]
	main, _, err := repo.Resolve(t.Context(), "refs/heads/main")
	if err != nil {
		t.Fatal(err)
	}
	parent, _, err := repo.Resolve(t.Context(), "refs/heads/main^1")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		archive []byte
		want    string // in the error
	}{
		{"a parent is missing", withoutFile(t, whole, commitsDir+parent), "incomplete: "},
		{"what was before is declared", changed(t, whole, headName, head, `"tips"`, `"after":["`+parent+`"],"tips"`), "unknown field"},
		{"a key in another case", changed(t, whole, headName, head, `"tips"`, `"Tips"`), "not in the form"},
		{"a key twice", changed(t, whole, headName, head, `"tips":`, `"tips":[],"tips":`), "not in the form"},
		{"the tip is declared a tree", changed(t, whole, headName, head, `"type":"commit"`, `"type":"tree"`), ""},
		{"the tip is declared a tree and dropped", withoutFile(t, changed(t, whole, headName, head, `"type":"commit"`, `"type":"tree"`), commitsDir+main), "note: not verified: 1 refs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, objects, err := readAll(t, tt.archive)
			if strings.HasPrefix(tt.want, "note: ") {
				notes, _ := a.Notes(t.Context())
				if err != nil || !strings.Contains(strings.Join(notes, "\n"), strings.TrimPrefix(tt.want, "note: ")) {
					t.Errorf("%v, notes %q", err, notes)
				}
				return
			}
			if tt.want == "" {
				if err != nil || len(objects) != 4 {
					t.Errorf("%d objects, %v", len(objects), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// A repository may be damaged: bytes that are not the object's are no evidence
// of it, and the audit judges what the archive says.
func TestRecorderWritesNoBytesOfAnotherObject(t *testing.T) {
	t.Parallel()
	const id = "0123456789012345678901234567890123456789"
	var b bytes.Buffer
	r := &Recorder{format: git.SHA1, tar: tar.NewWriter(&b)}
	o := r.object(audit.Object{ID: id, Type: policy.Commit, Raw: []byte("tree of something else\n\n")})
	if !errors.Is(o.Err, git.ErrCorrupt) || o.Raw != nil {
		t.Errorf("judged as %+v", o)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, b.Bytes())
	if files[commitsDir+id] != nil || !strings.Contains(string(files[missingDir+id]), git.ErrCorrupt.Error()) {
		t.Errorf("the archive holds %q", files)
	}
}

// TestRecordingIsStable: the archive of an archive is the archive.
func TestRecordingIsStable(t *testing.T) {
	t.Parallel()
	repo := history(t)
	first := record(t, repo, audit.Walk{}, "refs/tags/t2", "refs/heads/main")
	a, _, err := readAll(t, first)
	if err != nil {
		t.Fatal(err)
	}
	if again := recordSource(t, a, repo.Format(), a.Walk(), a.Ranges()); !reflect.DeepEqual(filesOf(t, again), filesOf(t, first)) {
		t.Error("recorded again it is another archive")
	}
}

// filesOf returns the files of an archive.
func filesOf(t testing.TB, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = content
	}
}

func changed(t *testing.T, archive []byte, name string, content []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(content, []byte(old)) {
		t.Fatalf("no %q in %s", old, content)
	}
	return withFile(t, archive, name, bytes.Replace(content, []byte(old), []byte(new), 1))
}

func withoutFile(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	return edit(t, archive, func(h *tar.Header, content []byte) []byte {
		if h.Name == name {
			return nil
		}
		return content
	})
}

// withFile returns an archive in which a file has another content; what cannot
// be read to there comes back as it is.
func withFile(t *testing.T, archive []byte, name string, content []byte) []byte {
	t.Helper()
	return edit(t, archive, func(h *tar.Header, old []byte) []byte {
		if h.Name == name {
			return content
		}
		return old
	})
}

func edit(t *testing.T, archive []byte, change func(*tar.Header, []byte) []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return archive
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return archive
		}
		next := change(h, text)
		if next == nil && text != nil {
			continue
		}
		if !bytes.Equal(next, text) {
			h = entryHeader(h.Name, int64(len(next)))
		}
		if w.WriteHeader(h) != nil {
			return archive
		}
		if _, err := w.Write(next); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
