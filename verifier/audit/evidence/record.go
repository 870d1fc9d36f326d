package evidence

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Recorder is a Source whose objects are written to an archive as an audit comes
// to them. Close ends the archive.
type Recorder struct {
	audit.Source
	format git.ObjectFormat
	tar    *tar.Writer
	err    error // the first one
}

var _ audit.Source = (*Recorder)(nil)

// Judge is by what an audit judges, as an archive keeps it.
type Judge struct {
	Roots      []*trust.Root
	Policy     *policy.Policy // nil for none
	PolicyFrom string
	Supplier   *verifier.Supplier                // nil where the policy comes from no commit
	KeyFile    func(name string) ([]byte, error) // reads the policy's key files
}

// Record begins an archive with by what the audit judges. ranges are as they were
// asked for.
func Record(w io.Writer, source audit.Source, format git.ObjectFormat, ranges []string, walk audit.Walk, by Judge) (*Recorder, error) {
	r := &Recorder{Source: source, format: format, tar: tar.NewWriter(w)}
	h := head{Version: version, Format: format, Ranges: []rawText{}, FirstParent: walk.FirstParent, NoMerges: walk.NoMerges, Tips: []tip{}}
	for _, revs := range ranges {
		h.Ranges = append(h.Ranges, rawText(revs))
	}
	for _, t := range source.Tips() {
		h.Tips = append(h.Tips, tip{rawText(t.Name), rawText(t.Ref), t.ID, git.ObjectType(t.Type), t.Excluded})
	}
	for _, root := range by.Roots {
		h.Roots = append(h.Roots, newRoot(root))
	}
	var keys [][]byte
	if p := by.Policy; p != nil {
		h.Policy = &rules{Source: p.Source(), From: by.PolicyFrom}
		if s := by.Supplier; s != nil {
			h.Policy.Supplier = &commit{s.ID, s.Payload, s.Pinned}
		}
		for _, k := range p.KeyFiles() {
			text, err := by.KeyFile(k.Name)
			if err == nil && sha256.Sum256(text) != k.SHA256 {
				err = fmt.Errorf("%s changed while it was read", k.Name)
			}
			if err != nil {
				return nil, err
			}
			h.Policy.Keys, keys = append(h.Policy.Keys, k.Name), append(keys, text)
		}
	}
	r.json(headName, h, maxHead)
	for i, root := range by.Roots {
		r.add(fmt.Sprintf(rootName, i), root.JSON, maxRoot)
	}
	if h.Policy != nil {
		r.add(policyName, by.Policy.Text(), maxPolicy)
	}
	for i, text := range keys {
		r.add(fmt.Sprintf(keyName, i), text, maxKey)
	}
	return r, r.err
}

func newRoot(r *trust.Root) root { return root{r.Name, r.Source} }

// Objects yields the source's objects as a reader of the archive will have them,
// each after it was written: bytes that do not have their object's id are no
// evidence of it. Merges are in the archive also where the audit leaves them out,
// since what is before them hangs on them.
func (r *Recorder) Objects(ctx context.Context, tips []audit.Tip, w audit.Walk) iter.Seq2[audit.Object, error] {
	w.TopoOrder, w.NoMerges = true, false
	return func(yield func(audit.Object, error) bool) {
		for o, err := range r.Source.Objects(ctx, tips, w) {
			if err == nil {
				o = r.object(o)
				err = r.err
			}
			if !yield(o, err) || err != nil {
				return
			}
		}
	}
}

func (r *Recorder) object(o audit.Object) audit.Object {
	typ := git.ObjectType(o.Type)
	if o.Err == nil {
		o.Err = git.StoredObject{Format: r.format, ID: o.ID, Type: typ, Raw: o.Raw}.CheckID()
	}
	switch {
	case o.Err != nil:
		o.Raw, o.Parents = nil, nil
		r.json(missingDir+o.ID, loss{typ, o.Err.Error()}, maxLost)
	case typ == git.Tag:
		r.add(tagsDir+o.ID, o.Raw, git.MaxObjectSize)
	default:
		r.add(commitsDir+o.ID, o.Raw, git.MaxObjectSize)
	}
	return o
}

// Close ends the archive. Without it, or after an error, there is none.
func (r *Recorder) Close() error {
	if r.err == nil {
		r.err = r.tar.Close()
	}
	return r.err
}

// add writes a file that no one reads if it is larger than limit.
func (r *Recorder) add(name string, content []byte, limit int64) {
	size := int64(len(content))
	if size > limit {
		r.fail(fmt.Errorf("%s has %d bytes; the limit is %d", name, size, limit))
	}
	if r.err != nil {
		return
	}
	if r.fail(r.tar.WriteHeader(entryHeader(name, size))); r.err == nil {
		_, err := r.tar.Write(content)
		r.fail(err)
	}
}

func (r *Recorder) json(name string, v any, limit int64) {
	text, err := marshal(v)
	r.fail(err)
	r.add(name, text, limit)
}

func (r *Recorder) fail(err error) { r.err = errors.Join(r.err, err) }
