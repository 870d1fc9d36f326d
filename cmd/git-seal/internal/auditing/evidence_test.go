package auditing

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// evidenceOf writes an archive of what ranges lead to, judged by no policy, as if
// commits without parents were missing where lost is set.
func evidenceOf(t testing.TB, repo *git.Repository, walk git.WalkOptions, lost bool, ranges ...string) []byte {
	t.Helper()
	root := trust.PublicGood()
	head := &evidenceHead{
		Version: evidenceVersion, Format: repo.Format(), FirstParent: walk.FirstParent,
		Roots: []evidenceRoot{{root.Name, root.Source}}, Tips: []evidenceTip{},
	}
	var tips []git.Tip
	for _, revs := range ranges {
		found, err := repo.ResolveRange(t.Context(), revs)
		if err != nil {
			t.Fatal(err)
		}
		head.Ranges = append(head.Ranges, rawName(revs))
		tips = append(tips, found...)
	}
	for _, tip := range tips {
		head.Tips = append(head.Tips, evidenceTip{Name: rawName(tip.Name), ID: tip.ID, Type: tip.Type, Excluded: tip.Excluded})
	}
	var b bytes.Buffer
	w := newEvidenceWriter(&b, head, [][]byte{root.JSON}, nil, nil)
	walk.TopoOrder = true
	for s, err := range repo.WalkTags(t.Context(), tips) {
		if err != nil {
			t.Fatal(err)
		}
		w.object(s)
	}
	for s, err := range repo.WalkCommits(t.Context(), tips, walk) {
		if err != nil {
			t.Fatal(err)
		}
		if lost && len(s.Parents()) == 0 {
			s.Raw, s.Err = nil, git.ErrMissing
		}
		w.object(s)
	}
	w.end(&audit.Report{})
	if w.err != nil {
		t.Fatal(w.err)
	}
	return b.Bytes()
}

// FuzzEvidence holds: reading an archive never panics; the objects that are read
// have the ids of their bytes; where nothing was left out all that tips and
// objects lead to is among them; and what was read, written again, is the same
// archive. A file of the name gets the content, where one is given: behind a
// header that holds, mutations reach further.
func FuzzEvidence(f *testing.F) {
	r := gittest.New(f, "sha1")
	r.Git("commit", "-q", "--allow-empty", "-m", "one")
	r.Git("switch", "-q", "-c", "side")
	r.Git("commit", "-q", "--allow-empty", "-m", "two")
	r.Git("switch", "-q", "main")
	r.Git("commit", "-q", "--allow-empty", "-m", "three")
	r.Git("merge", "-q", "--no-ff", "-m", "four", "side")
	r.Git("tag", "-a", "-m", "t1", "t1")
	r.Git("-c", "advice.nestedTag=false", "tag", "-a", "-m", "t2", "t2", "t1")
	repo, err := git.Open(f.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { repo.Close() })
	whole := evidenceOf(f, repo, git.WalkOptions{}, false, "t2", "main")
	for _, archive := range [][]byte{
		whole,
		evidenceOf(f, repo, git.WalkOptions{FirstParent: true}, false, "main"),
		evidenceOf(f, repo, git.WalkOptions{}, false, "side..main"),
		evidenceOf(f, repo, git.WalkOptions{}, true, "main"),
		whole[:len(whole)-1], whole[:len(whole)/2], append(whole[:len(whole):len(whole)], 0), {},
	} {
		f.Add(archive, "", []byte(nil))
	}
	files := filesOf(f, whole)
	for name, content := range files {
		f.Add(whole, name, content)
	}
	head := string(files[evidenceHeadName])
	f.Add(whole, evidenceHeadName, []byte(strings.Replace(head, `"name":"main"`, `"name":{"base64":"/w=="}`, 1)))
	f.Add(whole, evidenceHeadName, []byte(strings.Replace(head, `"type":"tag"`, `"type":"tag","excluded":true`, 1)))
	f.Add(whole, evidenceHeadName, []byte(strings.Replace(head, `"policy":null`, `"policy":{"source":"","from":"","keys":["a"]}`, 1)))
	f.Add(whole, evidenceFactsName, []byte(`{"merges":{"":{"error":"no"}},"policyChanges":[{"commit":"0123456789012345678901234567890123456789","subject":{"base64":"/w=="},"verdict":""}]}`))
	f.Fuzz(func(t *testing.T, archive []byte, name string, content []byte) {
		if name != "" {
			archive = withFile(t, archive, name, content)
		}
		e, objects, err := readAll(archive)
		if err != nil {
			return
		}
		complete(t, e, objects)

		var b bytes.Buffer
		var roots, keys [][]byte
		for _, name := range e.judging() {
			switch {
			case strings.HasPrefix(name, "trusted-root-"):
				roots = append(roots, e.files[name])
			case strings.HasPrefix(name, "key-"):
				keys = append(keys, e.files[name])
			}
		}
		w := newEvidenceWriter(&b, &e.head, roots, e.files[evidencePolicyName], keys)
		for _, s := range objects {
			w.object(s)
		}
		w.facts = e.facts
		w.json(evidenceFactsName, e.facts, maxEvidenceFacts)
		w.add(evidenceResultName, e.files[evidenceResultName], maxEvidenceResult)
		if err := w.tar.Close(); err != nil || w.err != nil {
			t.Fatal(err, w.err)
		}
		again, same, err := readAll(b.Bytes())
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		if !reflect.DeepEqual(e.head, again.head) || !reflect.DeepEqual(e.facts, again.facts) || !maps.EqualFunc(e.files, again.files, bytes.Equal) {
			t.Fatalf("written again it is %+v, %+v; not %+v, %+v", again.head, again.facts, e.head, e.facts)
		}
		if !reflect.DeepEqual(objects, same) {
			t.Fatalf("written again it has the objects %+v, not %+v", same, objects)
		}
	})
}

// readAll reads an archive to its end.
func readAll(archive []byte) (*evidence, []git.StoredObject, error) {
	e, err := readEvidence("fuzz", bytes.NewReader(archive))
	if err != nil {
		return nil, nil, err
	}
	var objects []git.StoredObject
	for s, err := range e.objects(nil) {
		if err != nil {
			return nil, nil, err
		}
		objects = append(objects, s)
	}
	return e, objects, nil
}

// complete checks that whatever leads out of the objects is among them, unless
// something was left out.
func complete(t *testing.T, e *evidence, objects []git.StoredObject) {
	t.Helper()
	held := map[string]bool{}
	for _, s := range objects {
		held[s.ID] = true
		if s.Err == nil && s.CheckID() != nil {
			t.Fatalf("%s does not have its id", s.ID)
		}
	}
	if len(e.head.After) > 0 {
		return // what the policy's history alone leads to may be missing
	}
	var left []string
	for _, tip := range e.head.Tips {
		if tip.Excluded {
			return
		}
		if tip.Type == git.Commit || tip.Type == git.Tag {
			left = append(left, tip.ID)
		}
	}
	for _, s := range objects {
		parents := s.Parents()
		if e.head.FirstParent && len(parents) > 1 {
			parents = parents[:1]
		}
		left = append(left, parents...)
	}
	for _, id := range left {
		if !held[id] {
			t.Fatalf("%s is not among %v", id, objects)
		}
	}
}

// filesOf returns the files of an archive that are no objects, and one of those
// that are.
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

// withFile returns an archive in which a file has another content; what cannot
// be read to there comes back as it is.
func withFile(t *testing.T, archive []byte, name string, content []byte) []byte {
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
		if h.Name == name {
			text = content
			h = EvidenceHeader(name, int64(len(content)))
		}
		if w.WriteHeader(h) != nil {
			return archive
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A repository may be damaged: bytes that are not the object's are no evidence
// of it, and what the audit judges is what the archive says.
func TestEvidenceHoldsNoBytesOfAnotherObject(t *testing.T) {
	t.Parallel()
	const id = "0123456789012345678901234567890123456789"
	var b bytes.Buffer
	w := newEvidenceWriter(&b, &evidenceHead{Version: evidenceVersion, Format: git.SHA1}, nil, nil, nil)
	s := w.object(git.StoredObject{Format: git.SHA1, ID: id, Type: git.Commit, Raw: []byte("tree of something else\n\n")})
	if !errors.Is(s.Err, git.ErrCorrupt) || s.Raw != nil {
		t.Errorf("judged as %+v", s)
	}
	w.end(&audit.Report{})
	if w.err != nil {
		t.Fatal(w.err)
	}
	files := filesOf(t, b.Bytes())
	if files[evidenceCommits+id] != nil || !strings.Contains(string(files[evidenceLost+id]), git.ErrCorrupt.Error()) {
		t.Errorf("the archive holds %q", files)
	}
}
