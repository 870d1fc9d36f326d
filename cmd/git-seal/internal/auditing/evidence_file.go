package auditing

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
)

// auditEvidence is an archive on its way into its file.
type auditEvidence struct {
	*evidenceWriter
	file *host.ReportFile
	name string // as it was asked for
}

// newEvidence begins the archive that was asked for.
func (a *Auditing) newEvidence(ctx context.Context) (*auditEvidence, error) {
	head, err := a.evidenceHead(ctx)
	if err != nil {
		return nil, err
	}
	var roots, keys [][]byte
	for _, r := range a.Judge.Roots {
		head.Roots = append(head.Roots, evidenceRoot{r.Name, r.Source})
		roots = append(roots, r.JSON)
	}
	var policy []byte
	if p := a.Judge.Policy; p != nil {
		policy = p.Text()
		head.Policy = &evidencePolicy{Source: p.Source(), From: a.Judge.PolicyFrom}
		if s := a.Judge.Supplier; s != nil {
			head.Policy.Supplier = &evidenceCommit{s.ID, s.Payload, s.Pinned}
		}
		for _, k := range p.KeyFiles() {
			text, err := a.Judge.KeyFile(k.Name)
			if err == nil && sha256.Sum256(text) != k.SHA256 {
				err = fmt.Errorf("%s: it was changed while it was read", k.Name)
			}
			if err != nil {
				return nil, err
			}
			head.Policy.Keys, keys = append(head.Policy.Keys, k.Name), append(keys, text)
		}
	}
	file, err := host.CreateReportFile(a.Evidence)
	if err != nil {
		return nil, fmt.Errorf("--evidence %w", err)
	}
	return &auditEvidence{newEvidenceWriter(file, head, roots, policy, keys), file, a.Evidence}, nil
}

// evidenceHead is what an archive says first, but for what judges.
func (a *Auditing) evidenceHead(ctx context.Context) (*evidenceHead, error) {
	h := &evidenceHead{
		Version: evidenceVersion, Format: a.Repo.Format(), Ranges: []rawName{},
		FirstParent: a.Walk.FirstParent, NoMerges: a.Walk.NoMerges,
		Tips: []evidenceTip{}, After: a.History.After,
	}
	for _, revs := range a.starts() {
		h.Ranges = append(h.Ranges, rawName(revs))
	}
	for _, t := range a.Tips {
		tip := evidenceTip{Name: rawName(t.Name), ID: t.ID, Type: t.Type, Excluded: t.Excluded}
		if !t.Excluded {
			ref, err := a.Repo.FullName(ctx, t.Name)
			if err != nil {
				return nil, err
			}
			tip.Ref = rawName(ref)
		}
		h.Tips = append(h.Tips, tip)
	}
	return h, nil
}

// object adds an object as the walk comes to it, and returns it as it will be
// read.
func (e *auditEvidence) object(s git.StoredObject) (git.StoredObject, error) {
	s = e.evidenceWriter.object(s)
	return s, e.failure()
}

// end writes what was found out, and gives the file its name.
func (e *auditEvidence) end(r *audit.Report) error {
	e.evidenceWriter.end(r)
	if e.err != nil {
		return e.failure()
	}
	if err := e.file.Commit(); err != nil {
		return fmt.Errorf("--evidence %w", err)
	}
	return nil
}

func (e *auditEvidence) failure() error {
	if e.err == nil {
		return nil
	}
	return fmt.Errorf("--evidence %s: %w", e.name, e.err)
}

// endEvidence ends the archive that is written, unless the audit broke off or
// judged nothing, and completes the report about one that was read.
func (a *Auditing) endEvidence(r *audit.Report, whole bool) error {
	switch {
	case a.source != nil:
		return a.source.complete(r, whole)
	case a.writer != nil && whole:
		return a.writer.end(r)
	}
	return nil
}
