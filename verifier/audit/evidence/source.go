package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

var _ audit.Source = (*Archive)(nil)

// Tips returns where the audit began and what it left out.
func (a *Archive) Tips() []audit.Tip { return a.tips }

// Resolve returns the type of an object in the archive and the commit that it is or
// is a tag of.
func (a *Archive) Resolve(_ context.Context, id string) (typ policy.ObjectType, commit string, err error) {
	held, ok := a.held[id]
	if !ok {
		return "", "", audit.ErrMissing
	}
	for range len(a.tagged) + 1 { // no chain of tags is longer
		target, ok := a.tagged[id]
		if !ok {
			break
		}
		id = target
	}
	if a.held[id] != git.Commit {
		id = ""
	}
	return policy.ObjectType(held), id, nil
}

// Objects reads the tags and commits that tips reach, in the order of the archive.
// Bytes that do not have their object's id end it with an error, and so does an
// archive that lacks an object which it has to hold: all that tips reach, unless
// something was left out, and each object after those that lead to it.
func (a *Archive) Objects(_ context.Context, tips []audit.Tip, w audit.Walk) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		l, refs := newLinks(tips, w.FirstParent), map[string][]string{}
		for _, t := range tips {
			if t.Type == policy.Tag && !t.Excluded {
				refs[t.ID] = append(refs[t.ID], t.Name)
			}
		}
		for h, in := range a.entries() {
			if in.err != nil {
				yield(audit.Object{}, a.failure(in.err))
				return
			}
			typ, id := objectOf(h.Name)
			if id == "" || !l.wanted(id) {
				continue
			}
			s, err := a.object(typ, id, in.r)
			if err == nil {
				err = l.saw(s)
			}
			if err != nil {
				yield(audit.Object{}, a.failure(fmt.Errorf("%s: %w", h.Name, err)))
				return
			}
			s.Refs = refs[id]
			if !yield(gitobject.FromStored(s), nil) {
				return
			}
		}
		var err error
		if a.edge, err = l.edge(); err != nil {
			yield(audit.Object{}, a.failure(err))
		}
	}
}

func (a *Archive) object(typ git.ObjectType, id string, in io.Reader) (git.StoredObject, error) {
	s := git.StoredObject{Format: a.head.Format, ID: id, Type: typ}
	if typ == "" {
		lost, err := readLoss(in)
		s.Type, s.Err = lost.Type, errors.New(lost.Reason)
		return s, err
	}
	var err error
	if s.Raw, err = readAtMost(in, git.MaxObjectSize); err == nil {
		err = s.CheckID()
	}
	return s, err
}

// Parse takes an object apart. What merging the parents of a merge gives, an
// archive does not show.
func (a *Archive) Parse(_ context.Context, o audit.Object) []audit.Part {
	return gitobject.Parse(a.head.Format, o, func(merge *git.Object) (bool, error) {
		if len(merge.Parents()) != 2 {
			return false, nil
		}
		return false, errors.New("an evidence archive does not show what merging the parents gives")
	})
}

// PolicyChanges returns none: an archive does not show which commits changed the
// policy, and Notes says so.
func (a *Archive) PolicyChanges(context.Context, *verifier.Verifier, audit.Walk) ([]audit.PolicyChange, error) {
	return nil, nil
}

// Notes returns what an archive cannot show.
func (a *Archive) Notes(context.Context) ([]string, error) {
	notes := []string{
		"the author of " + a.name + " says what the refs are called and where they lead; nothing in it proves that",
		"an evidence archive does not show which commits changed " + policy.Path,
	}
	var others []string
	for _, t := range a.tips {
		if !t.Excluded && t.Type != policy.Commit && t.Type != policy.Tag {
			others = append(others, t.Name)
		}
	}
	if n := len(others); n > 0 {
		notes = append(notes, fmt.Sprintf("not verified: %d refs that, by its author's word, lead neither to a commit nor to a tag: %s", n, firstOf(others)))
	}
	if n := len(a.edge); n > 0 {
		notes = append(notes, fmt.Sprintf("not verified: %d commits that are not in it although commits in it name them as parents; by its author's word, what was left out reaches them: %s", n, firstOf(a.edge)))
	}
	return notes, nil
}

// Brought returns which of policy and trusted roots the archive has: whoever judges
// by them believes its author.
func (a *Archive) Brought() (policy, roots bool) { return a.head.Policy != nil, true }

// firstOf names some of many.
func firstOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}

// links follow what leads to what.
type links struct {
	firstParent bool
	leftOut     bool // there are tips of which what they reach is left out
	lost        bool // what some object leads to is not known
	excluded    map[string]bool
	asked, seen map[string]bool
}

func newLinks(tips []audit.Tip, firstParent bool) *links {
	l := &links{firstParent: firstParent, asked: map[string]bool{}, seen: map[string]bool{}, excluded: map[string]bool{}}
	for _, t := range tips {
		switch {
		case t.Excluded:
			l.leftOut, l.excluded[t.ID] = true, true
		case t.Type == policy.Commit, t.Type == policy.Tag:
			l.asked[t.ID] = true
		}
	}
	return l
}

// wanted reports whether a tip leads to an object, as far as is known.
func (l *links) wanted(id string) bool { return l.asked[id] || l.lost }

// saw notes an object and what it leads to.
func (l *links) saw(s git.StoredObject) error {
	l.seen[s.ID] = true
	targets, err := l.targets(s)
	if err != nil {
		l.lost = true
	}
	for _, id := range targets {
		if l.seen[id] && s.Type == git.Commit {
			return fmt.Errorf("after its parent %s", id)
		}
		l.asked[id] = true
	}
	return nil
}

func (l *links) targets(s git.StoredObject) ([]string, error) {
	if s.Err != nil {
		return nil, s.Err
	}
	if s.Type == git.Commit {
		parents := s.Parents()
		if l.firstParent && len(parents) > 1 {
			parents = parents[:1]
		}
		return parents, nil
	}
	tag, err := git.ParseObject(s.Format, s.Type, s.Raw)
	if err != nil {
		return nil, err
	}
	if id, typ := tag.Target(); typ == string(git.Commit) || typ == string(git.Tag) {
		return []string{id}, nil
	}
	return nil, nil
}

// edge returns the objects that are not in the archive although something in it
// leads to them. Where nothing was left out there may be none.
func (l *links) edge() ([]string, error) {
	var edge []string
	for id := range l.asked {
		if !l.seen[id] && !l.excluded[id] {
			edge = append(edge, id)
		}
	}
	slices.Sort(edge)
	if len(edge) > 0 && !l.leftOut {
		return edge, fmt.Errorf("incomplete: %d objects are missing that something in it leads to: %s", len(edge), firstOf(edge))
	}
	return edge, nil
}
