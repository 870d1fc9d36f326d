package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Caps on what is read of an archive that may come from anybody. Objects have
// git.MaxObjectSize.
const (
	maxEvidenceFile  = 256 << 20 // a result names up to some ten thousand failures of each verdict, and every ref
	maxEvidenceRoots = 64        // more instances than anybody trusts
	maxEvidenceKeys  = 1000      // as many as a policy may name
)

// evidence is an archive that is read: all but the objects, which are read from
// the file again as they are judged. Nothing of it is unpacked.
type evidence struct {
	file   *os.File
	head   evidenceHead
	files  map[string][]byte
	facts  evidenceFacts
	result []byte
}

// openEvidence reads and checks an archive's names, and all in it but objects.
func openEvidence(path string) (*evidence, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	e := &evidence{file: f, files: map[string][]byte{}}
	if err := e.read(); err != nil {
		f.Close()
		return nil, fmt.Errorf("evidence %s: %w", path, err)
	}
	return e, nil
}

func (e *evidence) read() error {
	seen := map[string]bool{}
	ended := false
	for h, in := range e.entries() {
		if in.err != nil {
			return in.err
		}
		if seen[h.Name] {
			return fmt.Errorf("%q is in it twice", h.Name)
		}
		seen[h.Name] = true
		if len(seen) == 1 && h.Name != evidenceHeadName || ended {
			return fmt.Errorf("%q is not where it has to be", h.Name)
		}
		if strings.HasPrefix(h.Name, "objects/") {
			continue
		}
		if !e.expects(h.Name) {
			return fmt.Errorf("%q has no place in it", h.Name)
		}
		text, err := readMax(in.r, maxEvidenceFile)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		switch h.Name {
		case evidenceHeadName:
			err = e.readHead(text)
		case evidenceFactsName:
			err = strictJSON(text, &e.facts)
		case evidenceResultName:
			e.result, ended = text, true
		default:
			e.files[h.Name] = text
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	if !ended || !seen[evidenceFactsName] {
		return errors.New("it is not whole")
	}
	return nil
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
	}
	return nil
}

// strictJSON reads one value, of which nothing is unknown.
func strictJSON(text []byte, v any) error {
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

// expects says whether a file with this name belongs into the archive.
func (e *evidence) expects(name string) bool {
	switch name {
	case evidenceHeadName, evidenceFactsName, evidenceResultName:
		return true
	case evidencePolicyName:
		return e.head.Policy != nil
	}
	for i := range e.head.Roots {
		if name == fmt.Sprintf(evidenceRootName, i) {
			return true
		}
	}
	if e.head.Policy != nil {
		for i := range e.head.Policy.Keys {
			if name == fmt.Sprintf(evidenceKeyName, i) {
				return true
			}
		}
	}
	return false
}

// evidenceEntry is what stands behind a header, or why there is no further one.
type evidenceEntry struct {
	r   io.Reader
	err error
}

// entries reads the archive from its beginning. What is no plain file, and an
// object that no repository could have, ends it with an error.
func (e *evidence) entries() iter.Seq2[*tar.Header, evidenceEntry] {
	return func(yield func(*tar.Header, evidenceEntry) bool) {
		if _, err := e.file.Seek(0, io.SeekStart); err != nil {
			yield(nil, evidenceEntry{err: err})
			return
		}
		r := tar.NewReader(e.file)
		for {
			h, err := r.Next()
			if err == io.EOF {
				return
			}
			if err == nil {
				err = e.checkEntry(h)
			}
			if !yield(h, evidenceEntry{r, err}) || err != nil {
				return
			}
		}
	}
}

func (e *evidence) checkEntry(h *tar.Header) error {
	if h.Typeflag != tar.TypeReg {
		return fmt.Errorf("%q is no plain file", h.Name)
	}
	id, object := strings.CutPrefix(h.Name, "objects/")
	if !object {
		return nil
	}
	want := map[git.ObjectFormat]int{git.SHA1: 20, git.SHA256: 32}[e.head.Format]
	if b, err := hex.DecodeString(id); err != nil || len(b) != want || id != strings.ToLower(id) {
		return fmt.Errorf("%q does not have the name of an object", h.Name)
	}
	if h.Size > git.MaxObjectSize {
		return fmt.Errorf("%q has %d bytes, at most %d are read", h.Name, h.Size, git.MaxObjectSize)
	}
	return nil
}

// objects reads the objects as the audit that made the archive had them. On
// which refs a commit was is the maker's word; rules that the policy has for no
// ref are not believed.
func (e *evidence) objects(history *verifier.History) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		for h, in := range e.entries() {
			if in.err != nil {
				yield(audit.Object{}, in.err)
				return
			}
			id, ok := strings.CutPrefix(h.Name, "objects/")
			if !ok {
				continue
			}
			o, err := readEvidenceObject(id, h, in.r)
			if err == nil && o.Rules != nil && !history.Covers(*o.Rules) {
				err = fmt.Errorf("%s: judged by rules that the policy has for no ref", h.Name)
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func readEvidenceObject(id string, h *tar.Header, r io.Reader) (audit.Object, error) {
	var about evidenceObject
	if err := strictJSON([]byte(h.PAXRecords[paxObject]), &about); err != nil {
		return audit.Object{}, fmt.Errorf("%s: %w", h.Name, err)
	}
	o := audit.Object{ID: id, Type: about.Type, Refs: about.Refs, Rules: about.Rules}
	if about.Missing != "" {
		o.Err = &lostObject{about.Missing, about.Hint}
		return o, nil
	}
	if o.Type != verifier.Commit && o.Type != verifier.Tag {
		return o, fmt.Errorf("%s: of type %q", h.Name, o.Type)
	}
	var err error
	o.Raw, err = readMax(r, git.MaxObjectSize)
	return o, err
}

// lostObject is why whoever made an archive could not judge an object.
type lostObject struct{ reason, hint string }

func (e *lostObject) Error() string { return e.reason }

// judge is the one that the archive holds.
func (e *evidence) judge() (*judge, error) {
	j := new(judge)
	for i, from := range e.head.Roots {
		root, err := trust.ParseRoot(from.Name, from.Source, e.files[fmt.Sprintf(evidenceRootName, i)])
		if err != nil {
			return nil, err
		}
		j.roots = append(j.roots, root)
	}
	if p := e.head.Policy; p != nil {
		var err error
		if j.policy, err = verifier.ParsePolicy(p.Source, e.files[evidencePolicyName]); err != nil {
			return nil, err
		}
		j.policyFrom = p.From
		if s := p.Supplier; s != nil {
			j.supplier = &policyCommit{id: s.ID, payload: s.Payload, pinned: s.Pinned}
		}
		j.keyFile = func(name string) ([]byte, error) {
			for i, k := range p.Keys {
				if k == name {
					return e.files[fmt.Sprintf(evidenceKeyName, i)], nil
				}
			}
			return nil, errors.New("not in the evidence")
		}
		if err := j.readKeys(); err != nil {
			return nil, err
		}
	}
	var err error
	j.verifier, err = verifier.New(verifier.Options{Roots: j.roots, Policy: j.policy})
	return j, err
}

// mergesCleanly is what whoever made the archive says of a merge.
func (e *evidence) mergesCleanly(id string) (bool, error) {
	clean, ok := e.facts.Merges[id]
	if !ok {
		return false, errors.New("the evidence does not say")
	}
	return clean, nil
}

// compare holds a report against the one in the archive.
func (e *evidence) compare(r *audit.Report) error {
	text, err := encodeJSON(comparable(r))
	if err != nil {
		return err
	}
	if !bytes.Equal(text, e.result) {
		return errors.New("the evidence names another result than it gives")
	}
	return nil
}

// auditFrom audits what an archive holds, by what it holds.
func (h *host) auditFrom(ctx context.Context, o *auditOptions) error {
	e, err := openEvidence(o.from)
	if err != nil {
		return fail(exitUnknown, "%w", err)
	}
	defer e.file.Close()
	judge, err := e.judge()
	if err != nil {
		return fail(exitUnknown, "evidence %s: %w", o.from, err)
	}
	a := &auditing{auditOptions: o, host: h, judge: judge, tips: e.head.Tips, notes: e.head.Notes, source: e}
	a.history = judge.policy.History()
	out, err := a.openFormats()
	if err != nil {
		return fail(exitUnknown, "%w", err)
	}
	defer out.close()
	return a.run(ctx, out)
}

// checkFrom refuses what has no meaning where an archive says it all.
func (o *auditOptions) checkFrom(cmd *cobra.Command) error {
	if len(o.ranges) > 0 {
		return usageFailure(cmd, errors.New("--from and RANGE"))
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "from", "format", "report-only":
		default:
			err = usageFailure(cmd, fmt.Errorf("--from and --%s", f.Name))
		}
	})
	return err
}

// format is the object format of what is judged.
func (a *auditing) format() git.ObjectFormat {
	if a.source != nil {
		return a.source.head.Format
	}
	return a.repo.Format()
}

// mergesCleanly asks git, or the archive, whether a merge is what merging its
// parents gives.
func (a *auditing) mergesCleanly(ctx context.Context, o *git.Object) (bool, error) {
	if a.source != nil {
		return a.source.mergesCleanly(o.ID())
	}
	clean, err := a.repo.MergesCleanly(ctx, o)
	if err == nil && a.writer != nil {
		a.writer.merge(o.ID(), clean)
	}
	return clean, err
}

// endEvidence ends the archive that is written, unless the audit broke off, and
// holds the result against the one in the archive that was read.
func (a *auditing) endEvidence(r *audit.Report, partial error) error {
	switch {
	case partial != nil:
		return nil
	case a.writer != nil:
		return a.writer.finish(r)
	case a.source != nil:
		if err := a.source.compare(r); err != nil {
			return fail(exitUnknown, "evidence %s: %w", a.from, err)
		}
	}
	return nil
}
