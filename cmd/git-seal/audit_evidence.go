package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// evidenceVersion is the form of the archive, which docs/audit.md describes.
const evidenceVersion = 1

// The names in the archive, in their order: what judges, the objects, and what
// was found out.
const (
	evidenceHeadName   = "evidence.json"
	evidenceRootName   = "trusted-root-%d.json"
	evidencePolicyName = "policy.yaml"
	evidenceKeyName    = "key-%d"
	evidenceFactsName  = "facts.json"
	evidenceResultName = "result.json"
)

// evidenceHead says what was judged and by what.
type evidenceHead struct {
	Version int              `json:"version"`
	Format  git.ObjectFormat `json:"objectFormat"`
	Ranges  []string         `json:"ranges"`
	Tips    []git.Tip        `json:"tips"`
	Notes   []string         `json:"notes,omitempty"`
	Roots   []evidenceFile   `json:"trustedRoots"`
	Policy  *evidencePolicy  `json:"policy"`
}

// evidenceFile is where a file came from that is in the archive.
type evidenceFile struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

type evidencePolicy struct {
	Source   string          `json:"source"`
	From     string          `json:"from"`
	Keys     []string        `json:"keys,omitempty"`
	Supplier *evidenceCommit `json:"commit,omitempty"` // that the policy is in
}

type evidenceCommit struct {
	ID      string `json:"id"`
	Payload []byte `json:"payload"`
	Pinned  bool   `json:"pinned"`
}

// evidenceObject goes before each object, in a header of its own.
type evidenceObject struct {
	Type    verifier.ObjectType    `json:"type"`
	Refs    []string               `json:"refs,omitempty"`
	Rules   *verifier.HistoryRules `json:"rules,omitempty"`
	Missing string                 `json:"missing,omitempty"` // why it is not here
	Hint    string                 `json:"hint,omitempty"`
}

// paxObject is the key of an evidenceObject in the archive's extended headers.
const paxObject = "GITSEAL.object"

// evidenceFacts are what the objects alone do not show, so that whoever has no
// source code has to take them from whoever made the archive.
type evidenceFacts struct {
	Merges        map[string]bool      `json:"merges"` // whether a merge is what merging its parents gives
	Before        int                  `json:"before"`
	PolicyChanges []audit.PolicyChange `json:"policyChanges,omitempty"`
}

// evidenceWriter writes the archive beside the audit, to a file that gets its
// name once it is whole. Its bytes are the same for the same audit: it has no
// times, and no owner.
type evidenceWriter struct {
	path string
	file *os.File
	tar  *tar.Writer
	err  error

	mu    sync.Mutex
	facts evidenceFacts
}

// newEvidence begins the archive with what judges.
func (a *auditing) newEvidence(path string) (*evidenceWriter, error) {
	if a.identity != nil {
		return nil, fail(exitUsage, "--evidence and --certificate-identity: evidence needs a policy that is in a file")
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return nil, err
	}
	w := &evidenceWriter{path: path, file: f, tar: tar.NewWriter(f), facts: evidenceFacts{Merges: map[string]bool{}}}
	head := evidenceHead{Version: evidenceVersion, Format: a.repo.Format(), Ranges: a.asked(), Tips: a.tips, Notes: a.notes}
	for _, r := range a.judge.roots {
		head.Roots = append(head.Roots, evidenceFile{r.Name, r.Source})
	}
	var keys [][]byte
	if p := a.judge.policy; p != nil {
		head.Policy = &evidencePolicy{Source: p.Source(), From: a.judge.policyFrom}
		for _, k := range p.KeyFiles() {
			text, err := a.judge.keyFile(k.Name)
			if err != nil {
				return nil, errors.Join(err, w.discard())
			}
			head.Policy.Keys, keys = append(head.Policy.Keys, k.Name), append(keys, text)
		}
		if s := a.judge.supplier; s != nil {
			head.Policy.Supplier = &evidenceCommit{s.id, s.payload, s.pinned}
		}
	}
	w.json(evidenceHeadName, head)
	for i, r := range a.judge.roots {
		w.add(fmt.Sprintf(evidenceRootName, i), r.JSON, nil)
	}
	if p := a.judge.policy; p != nil {
		w.add(evidencePolicyName, p.Text(), nil)
	}
	for i, text := range keys {
		w.add(fmt.Sprintf(evidenceKeyName, i), text, nil)
	}
	if w.err != nil {
		return nil, errors.Join(w.err, w.discard())
	}
	return w, nil
}

func (w *evidenceWriter) add(name string, content []byte, about *evidenceObject) {
	if w.err != nil {
		return
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o644, Format: tar.FormatPAX}
	if about != nil {
		text, err := json.Marshal(about)
		if err != nil {
			w.err = err
			return
		}
		h.PAXRecords = map[string]string{paxObject: string(text)}
	}
	if w.err = w.tar.WriteHeader(h); w.err == nil {
		_, w.err = w.tar.Write(content)
	}
}

func (w *evidenceWriter) json(name string, v any) {
	text, err := encodeJSON(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.add(name, text, nil)
}

// object adds an object as it is handed to the audit.
func (w *evidenceWriter) object(o audit.Object) {
	about := &evidenceObject{Type: o.Type, Refs: o.Refs, Rules: o.Rules}
	if o.Err != nil {
		about.Missing, about.Hint = o.Err.Error(), hintFor(o.Err)
	}
	w.add("objects/"+o.ID, o.Raw, about)
}

// witnessed adds each object to the archive, where one is written, as it is
// handed on.
func (a *auditing) witnessed(objects iter.Seq2[audit.Object, error]) iter.Seq2[audit.Object, error] {
	if a.writer == nil {
		return objects
	}
	return func(yield func(audit.Object, error) bool) {
		for o, err := range objects {
			if err == nil {
				a.writer.object(o)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// merge notes what git says of a merge.
func (w *evidenceWriter) merge(id string, clean bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts.Merges[id] = clean
}

// finish ends the archive with the report, and gives it its name.
func (w *evidenceWriter) finish(r *audit.Report) error {
	w.facts.Before, w.facts.PolicyChanges = r.Before, r.PolicyChanges
	w.json(evidenceFactsName, w.facts)
	w.json(evidenceResultName, comparable(r))
	if w.err == nil {
		w.err = w.tar.Close()
	}
	if w.err == nil {
		w.err = w.file.Chmod(0o644)
	}
	if w.err == nil {
		w.err = w.file.Close()
	}
	if w.err == nil {
		w.err = os.Rename(w.file.Name(), w.path)
	}
	if w.err != nil {
		return fmt.Errorf("evidence: %w", errors.Join(w.err, w.discard()))
	}
	return nil
}

func (w *evidenceWriter) discard() error {
	w.file.Close()
	if err := os.Remove(w.file.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// comparable is a report without what differs from one run to the next.
func comparable(r *audit.Report) any {
	same := *r
	return struct {
		*audit.Report
		Date     omitted `json:"date,omitzero"`
		Version  omitted `json:"gitSeal,omitzero"`
		ExitCode omitted `json:"exitCode,omitzero"`
	}{Report: &same}
}

// omitted takes the place of a field that JSON is to have no trace of.
type omitted struct{}
