package auditing

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/git"
)

// evidence is an archive that is read: all but tags and commits, which are read
// again as they are judged. Nothing of it is unpacked.
type evidence struct {
	name   string // as it was asked for
	in     io.ReadSeeker
	head   evidenceHead
	files  map[string][]byte
	refs   map[string]string         // the refs that the names of tips mean
	held   map[string]git.ObjectType // the objects in it; of those that are missing the type is empty
	tagged map[string]string         // what the tags in it are tags of
	facts  evidenceFacts
	links  *evidenceLinks // once objects were read
	own    ownJudge       // once it is known who judges
}

var errIncomplete = errors.New("it is cut off, or something stands behind its end")

// readEvidence reads and checks an archive, but for its tags and commits.
func readEvidence(name string, in io.ReadSeeker) (*evidence, error) {
	e := &evidence{
		name: name, in: in, files: map[string][]byte{}, refs: map[string]string{},
		held: map[string]git.ObjectType{}, tagged: map[string]string{},
	}
	if err := e.read(); err != nil {
		if errors.Is(err, tar.ErrHeader) {
			err = errors.New("it is no archive that git seal audit --evidence has written; one that was compressed has to be unpacked first")
		}
		return nil, e.failure(err)
	}
	return e, nil
}

func (e *evidence) failure(err error) error { return fmt.Errorf("evidence %s: %w", e.name, err) }

// read goes through the archive, in which everything has its place.
func (e *evidence) read() error {
	due, ended, kept := []string{evidenceHeadName}, false, 0
	for h, in := range e.entries() {
		if in.err != nil {
			return in.err
		}
		typ, id := evidenceObject(h.Name)
		if len(due) == 0 && !ended && id != "" {
			if err := e.note(typ, id, in.r); err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			}
			continue
		}
		if len(due) == 0 && !ended {
			due = []string{evidenceFactsName, evidenceResultName}
		}
		if len(due) == 0 || h.Name != due[0] {
			return fmt.Errorf("%q is not where it has to be", h.Name)
		}
		due = due[1:]
		text, err := host.ReadMax(in.r, e.limit(h.Name))
		kept += len(text)
		switch {
		case err != nil:
		case kept > maxEvidenceKept:
			err = fmt.Errorf("more than %d bytes with what stands before it", maxEvidenceKept)
		case h.Name == evidenceHeadName:
			err = e.readHead(text)
			due = e.judging()
		case h.Name == evidenceFactsName:
			err = e.readFacts(text)
		default:
			e.files[h.Name], ended = text, h.Name == evidenceResultName
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	if !ended {
		return errIncomplete
	}
	return nil
}

// limit is how large a file may be that is no object.
func (e *evidence) limit(name string) int64 {
	switch {
	case name == evidenceHeadName:
		return maxEvidenceHead
	case name == evidenceFactsName:
		return maxEvidenceFacts
	case name == evidenceResultName:
		return maxEvidenceResult
	case name == evidencePolicyName:
		return host.MaxPolicyFile
	case strings.HasPrefix(name, "key-"):
		return judging.MaxKeyFile
	}
	return instance.MaxTrustedRoot
}

// judging is the names of what judges.
func (e *evidence) judging() []string {
	var names []string
	for i := range e.head.Roots {
		names = append(names, fmt.Sprintf(evidenceRootName, i))
	}
	if p := e.head.Policy; p != nil {
		names = append(names, evidencePolicyName)
		for i := range p.Keys {
			names = append(names, fmt.Sprintf(evidenceKeyName, i))
		}
	}
	return names
}

func (e *evidence) readHead(text []byte) error {
	var form struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	if form.Version != evidenceVersion {
		return fmt.Errorf("version %d, not %d: another version of git-seal has written it", form.Version, evidenceVersion)
	}
	if err := strictJSON(text, &e.head); err != nil {
		return err
	}
	h := &e.head
	switch {
	case h.Format != git.SHA1 && h.Format != git.SHA256:
		return fmt.Errorf("unknown object format %q", h.Format)
	case len(h.Roots) > maxEvidenceRoots, h.Policy != nil && len(h.Policy.Keys) > maxEvidenceKeys:
		return errors.New("too many trusted roots or key files")
	case len(h.Roots) == 0:
		return errors.New("no trusted root")
	}
	for _, t := range h.Tips {
		if !e.isID(t.ID) {
			return fmt.Errorf("%q is not the id of an object", t.ID)
		}
		if !t.Excluded {
			e.refs[string(t.Name)] = string(t.Ref)
		}
	}
	return nil
}

func (e *evidence) readFacts(text []byte) error {
	if err := strictJSON(text, &e.facts); err != nil {
		return err
	}
	for _, c := range e.facts.PolicyChanges {
		if !e.isID(c.Commit) {
			return fmt.Errorf("%q is not the id of a commit", c.Commit)
		}
		if c.Verdict != "" && !slices.Contains(verdictOrder, c.Verdict) {
			return fmt.Errorf("unknown verdict %q", c.Verdict)
		}
	}
	return nil
}

// isID says whether a text is the full id of an object.
func (e *evidence) isID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == map[git.ObjectFormat]int{git.SHA1: 20, git.SHA256: 32}[e.head.Format] && id == strings.ToLower(id)
}

// strictJSON reads one value, of which nothing is unknown.
func strictJSON(text []byte, v any) error {
	if bytes.Count(text, []byte(",")) > maxEvidenceValues {
		return errors.New("too many values")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something stands behind the value")
	}
	return nil
}

// evidenceObject returns what the name of an object says; id is empty where it
// is that of something else. Of what is missing the type is empty.
func evidenceObject(name string) (typ git.ObjectType, id string) {
	for prefix, typ := range map[string]git.ObjectType{evidenceTags: git.Tag, evidenceCommits: git.Commit, evidenceLost: ""} {
		if id, ok := strings.CutPrefix(name, prefix); ok {
			return typ, id
		}
	}
	return "", ""
}

// note keeps what has to be known of an object before any is judged.
func (e *evidence) note(typ git.ObjectType, id string, in io.Reader) error {
	if !e.isID(id) {
		return errors.New("this is not the id of an object")
	}
	if _, twice := e.held[id]; twice {
		return errors.New("it is in it twice")
	}
	e.held[id] = typ
	if typ != git.Tag {
		return nil
	}
	raw, err := host.ReadMax(in, git.MaxObjectSize)
	if err != nil {
		return err
	}
	if tag, err := git.ParseObject(e.head.Format, git.Tag, raw); err == nil {
		e.tagged[id], _ = tag.Target()
	}
	return nil
}

// evidenceEntry is what stands behind a header, or why there is no further one.
type evidenceEntry struct {
	r   io.Reader
	err error
}

// entries reads the archive from its beginning to its very end. What is not in
// the one form of header ends it with an error.
func (e *evidence) entries() iter.Seq2[*tar.Header, evidenceEntry] {
	return func(yield func(*tar.Header, evidenceEntry) bool) {
		if _, err := e.in.Seek(0, io.SeekStart); err != nil {
			yield(nil, evidenceEntry{err: err})
			return
		}
		const block = 512 // POSIX pax(1), ustar interchange format
		size := int64(2 * block)
		for r := tar.NewReader(e.in); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err == nil && !reflect.DeepEqual(h, EvidenceHeader(h.Name, h.Size)) {
				err = fmt.Errorf("%q is no plain file as git seal audit --evidence writes it", h.Name)
			}
			if !yield(h, evidenceEntry{r, err}) || err != nil {
				return
			}
			size += block + (h.Size+block-1)/block*block
		}
		if end, err := e.in.Seek(0, io.SeekEnd); err != nil || end != size {
			yield(nil, evidenceEntry{err: errors.Join(errIncomplete, err)})
		}
	}
}
