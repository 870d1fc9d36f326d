package auditing

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// objects reads the tags and commits in the order in which the audit came to
// them. Bytes that do not have their object's id, and links that do not hold
// together, end it with an error. history is the commits that the policy's history
// names.
func (e *evidence) objects(history []string) iter.Seq2[git.StoredObject, error] {
	return func(yield func(git.StoredObject, error) bool) {
		refs := map[string][]string{}
		for _, t := range e.head.Tips {
			if t.Type == git.Tag && !t.Excluded {
				refs[t.ID] = append(refs[t.ID], string(t.Name))
			}
		}
		e.links = e.newLinks(history)
		for h, in := range e.entries() {
			if in.err != nil {
				yield(git.StoredObject{}, e.failure(in.err))
				return
			}
			typ, id := evidenceObject(h.Name)
			if id == "" {
				continue
			}
			s, err := e.object(typ, id, in.r)
			if err == nil {
				err = e.links.saw(s)
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", h.Name, err)
			} else if s.Err == nil {
				err = s.CheckID()
			}
			if err != nil {
				yield(s, e.failure(err))
				return
			}
			s.Refs = refs[id]
			if !yield(s, nil) {
				return
			}
		}
		if _, err := e.links.edge(); err != nil {
			yield(git.StoredObject{}, e.failure(err))
		}
	}
}

func (e *evidence) object(typ git.ObjectType, id string, in io.Reader) (git.StoredObject, error) {
	s := git.StoredObject{Format: e.head.Format, ID: id, Type: typ}
	if typ != "" {
		var err error
		s.Raw, err = host.ReadMax(in, git.MaxObjectSize)
		return s, err
	}
	text, err := host.ReadMax(in, maxEvidenceLost)
	if err != nil {
		return s, err
	}
	var loss evidenceLoss
	if err := strictJSON(text, &loss); err != nil {
		return s, err
	}
	if loss.Type != git.Commit && loss.Type != git.Tag || loss.Reason == "" {
		return s, errors.New("neither a commit nor a tag, or without a reason")
	}
	s.Type, s.Err = loss.Type, &host.LostObject{Reason: loss.Reason, Hint: loss.Hint}
	return s, nil
}

// commitOf returns the commit that an object is, or is a tag of.
func (e *evidence) commitOf(id string) (string, error) {
	for range len(e.tagged) + 1 { // no chain of tags is longer
		target, ok := e.tagged[id]
		if !ok {
			break
		}
		id = target
	}
	if e.held[id] != git.Commit {
		return "", git.ErrMissing
	}
	return id, nil
}
