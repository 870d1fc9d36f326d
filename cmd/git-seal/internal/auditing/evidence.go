package auditing

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
)

// evidenceVersion is the form of the archive, which docs/audit.md describes.
const evidenceVersion = 1

// The names in the archive, in their order: what judges, what is judged, and
// what was found out.
const (
	evidenceHeadName   = "evidence.json"
	evidenceRootName   = "trusted-root-%d.json"
	evidencePolicyName = "policy.yaml"
	evidenceKeyName    = "key-%d"
	evidenceTags       = "tags/"    // and the id: a tag as git stores it
	evidenceCommits    = "commits/" // and the id: a commit as git stores it
	evidenceLost       = "missing/" // and the id: why there was nothing to store
	evidenceFactsName  = "facts.json"
	evidenceResultName = "result.json"
)

// Caps on what is read of an archive, which may come from anybody, and so on
// what is written. Tags and commits have git.MaxObjectSize, the policy, its keys
// and the trusted roots the caps that they have elsewhere.
const (
	maxEvidenceHead   = 64 << 20  // refs: half a million of them
	maxEvidenceFacts  = 64 << 20  // merges: a million of them
	maxEvidenceResult = 256 << 20 // some ten thousand failures of each verdict, and every ref
	maxEvidenceKept   = 512 << 20 // all of this together, and what judges: it is held in memory
	maxEvidenceLost   = 64 << 10  // a reason and a hint
	maxEvidenceValues = 4 << 20   // in one of them: each takes memory, however short it is
	maxEvidenceRoots  = 64        // more instances than anybody trusts
	maxEvidenceKeys   = 1000      // as many as a policy may name
)

// evidenceHead says what was judged and by what.
type evidenceHead struct {
	Version     int              `json:"version"`
	Format      git.ObjectFormat `json:"objectFormat"`
	Ranges      []rawName        `json:"ranges"`
	FirstParent bool             `json:"firstParent,omitempty"`
	NoMerges    bool             `json:"noMerges,omitempty"`
	Tips        []evidenceTip    `json:"tips"`
	After       []string         `json:"after,omitempty"` // commits that the policy's history names
	Roots       []evidenceRoot   `json:"trustedRoots"`
	Policy      *evidencePolicy  `json:"policy"`
}

// evidenceTip is a git.Tip with the full name of the ref that its name means.
type evidenceTip struct {
	Name     rawName        `json:"name"`
	Ref      rawName        `json:"ref,omitempty"`
	ID       string         `json:"id"`
	Type     git.ObjectType `json:"type"`
	Excluded bool           `json:"excluded,omitempty"`
}

// evidenceRoot is where a trusted root came from that is in the archive.
type evidenceRoot struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

// evidencePolicy is the same of the policy and its key files.
type evidencePolicy struct {
	Source   string          `json:"source"`
	From     string          `json:"from"`
	Keys     []string        `json:"keys,omitempty"`
	Supplier *evidenceCommit `json:"commit,omitempty"` // that the policy is in
}

type evidenceCommit struct {
	ID      string `json:"id"`
	Payload []byte `json:"payload"`
	Pinned  bool   `json:"pinned,omitempty"`
}

// evidenceLoss is why there is nothing of an object.
type evidenceLoss struct {
	Type   git.ObjectType `json:"type"`
	Reason string         `json:"reason"`
	Hint   string         `json:"hint,omitempty"`
}

// evidenceFacts are what objects, policy and roots do not show, so that whoever
// has no source code takes it from whoever made the archive.
type evidenceFacts struct {
	Merges        map[string]evidenceMerge `json:"merges"`
	PolicyChanges []evidenceChange         `json:"policyChanges,omitempty"`
	Notes         []string                 `json:"notes,omitempty"`
}

// evidenceChange is a change of the policy, with the subject as the commit has
// it.
type evidenceChange struct {
	audit.PolicyChange
	Subject rawName `json:"subject"`
}

// evidenceMerge is what git said of a merge: whether its tree is what merging
// its parents gives, or why that could not be told.
type evidenceMerge struct {
	Clean bool   `json:"clean,omitempty"`
	Err   string `json:"error,omitempty"`
}

// EvidenceHeader is the one form of a header. It has no time and no owner, so
// that the same audit gives the same bytes.
func EvidenceHeader(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
}

// evidenceWriter writes an archive. The first error stays.
type evidenceWriter struct {
	tar *tar.Writer
	err error

	mu    sync.Mutex // of facts, which several goroutines find out
	facts evidenceFacts
}

// newEvidenceWriter begins an archive with what judges.
func newEvidenceWriter(w io.Writer, head *evidenceHead, roots [][]byte, policy []byte, keys [][]byte) *evidenceWriter {
	e := &evidenceWriter{tar: tar.NewWriter(w), facts: evidenceFacts{Merges: map[string]evidenceMerge{}}}
	e.json(evidenceHeadName, head, maxEvidenceHead)
	for i, text := range roots {
		e.add(fmt.Sprintf(evidenceRootName, i), text, instance.MaxTrustedRoot)
	}
	if head.Policy != nil {
		e.add(evidencePolicyName, policy, host.MaxPolicyFile)
	}
	for i, text := range keys {
		e.add(fmt.Sprintf(evidenceKeyName, i), text, judging.MaxKeyFile)
	}
	return e
}

// add writes a file that nobody reads if it is larger than limit.
func (e *evidenceWriter) add(name string, content []byte, limit int64) {
	size := int64(len(content))
	if size > limit {
		e.fail(fmt.Errorf("%s has %d bytes, at most %d are read", name, size, limit))
	}
	if e.err != nil {
		return
	}
	if e.fail(e.tar.WriteHeader(EvidenceHeader(name, size))); e.err == nil {
		_, err := e.tar.Write(content)
		e.fail(err)
	}
}

func (e *evidenceWriter) json(name string, v any, limit int64) {
	text, err := host.EncodeJSON(v)
	e.fail(err)
	e.add(name, text, limit)
}

func (e *evidenceWriter) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// object writes what the walk has come to, and returns it as it will be read:
// bytes that do not have their object's id are no evidence of it.
func (e *evidenceWriter) object(s git.StoredObject) git.StoredObject {
	if s.Err == nil {
		s.Err = s.CheckID()
	}
	switch {
	case s.Err != nil:
		s.Raw = nil
		e.json(evidenceLost+s.ID, evidenceLoss{s.Type, s.Err.Error(), why.HintFor(s.Err)}, maxEvidenceLost)
	case s.Type == git.Tag:
		e.add(evidenceTags+s.ID, s.Raw, git.MaxObjectSize)
	default:
		e.add(evidenceCommits+s.ID, s.Raw, git.MaxObjectSize)
	}
	return s
}

// merge notes what git says of a merge.
func (e *evidenceWriter) merge(id string, clean bool, err error) {
	said := evidenceMerge{Clean: clean}
	if err != nil {
		said = evidenceMerge{Err: err.Error()}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.facts.Merges[id] = said
}

// end writes what was found out.
func (e *evidenceWriter) end(r *audit.Report) {
	for _, c := range r.PolicyChanges {
		e.facts.PolicyChanges = append(e.facts.PolicyChanges, evidenceChange{c, rawName(c.Subject)})
	}
	e.facts.Notes = r.Notes
	e.json(evidenceFactsName, e.facts, maxEvidenceFacts)
	text, err := comparable(r)
	e.fail(err)
	e.add(evidenceResultName, text, maxEvidenceResult)
	if e.err == nil {
		e.fail(e.tar.Close())
	}
}

// comparable is a report as JSON, without what differs from one run to the next.
// Text that is no UTF-8 is in it as it is once it was read again.
func comparable(r *audit.Report) ([]byte, error) {
	text, err := host.EncodeJSON(r)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, err
	}
	for _, name := range []string{"date", "gitSeal", "exitCode"} {
		delete(fields, name)
	}
	return host.EncodeJSON(fields)
}
