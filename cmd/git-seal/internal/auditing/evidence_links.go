package auditing

import (
	"errors"
	"fmt"

	"github.com/git-seal/git-seal/git"
)

// evidenceLinks follow what leads to what in an archive, which has to hold all
// that its tips lead to, each object behind those that lead to it, and nothing
// that nothing leads to.
type evidenceLinks struct {
	firstParent bool
	leftOut     bool // there are tips of which what they reach is not in it
	lost        bool // what some object leads to is not known
	objects     map[string]linked
}

// linked is what is known of an object.
type linked uint8

const (
	linkAsked  linked = 1 << iota // a tip leads to it: it has to be in the archive
	linkBeside                    // it may be in it or not: a policy's history leads to it, or it was left out
	linkHeld                      // it is in it
)

// newLinks begins with the tips, and with what may stand beside them: history is
// the commits that the policy's history names.
func (e *evidence) newLinks(history []string) *evidenceLinks {
	l := &evidenceLinks{firstParent: e.head.FirstParent, objects: map[string]linked{}}
	for _, ids := range [][]string{e.head.After, history} {
		for _, id := range ids {
			l.objects[id] |= linkBeside
		}
	}
	for _, t := range e.head.Tips {
		switch {
		case t.Excluded:
			l.objects[t.ID] |= linkBeside
			l.leftOut = true
		case t.Type == git.Commit, t.Type == git.Tag:
			l.objects[t.ID] |= linkAsked
		}
	}
	return l
}

// saw notes an object and what it leads to.
func (l *evidenceLinks) saw(s git.StoredObject) error {
	known := l.objects[s.ID]
	if known == 0 && !l.lost {
		return errors.New("nothing that was asked for leads to it")
	}
	l.objects[s.ID] |= linkHeld
	targets, err := l.targets(s)
	if err != nil {
		l.lost = true
	}
	for _, id := range targets {
		if l.objects[id]&linkHeld != 0 && s.Type == git.Commit {
			return fmt.Errorf("it comes behind its parent %s", id)
		}
		l.objects[id] |= known
	}
	return nil
}

func (l *evidenceLinks) targets(s git.StoredObject) ([]string, error) {
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

// edge is how many objects are not in the archive although something in it leads
// to them: they may be part of what was left out, which nobody can tell from it.
// Where nothing was left out there may be none.
func (l *evidenceLinks) edge() (int, error) {
	n, lacks := 0, ""
	for id, known := range l.objects {
		if known&(linkBeside|linkHeld) == 0 {
			n++
			lacks = max(lacks, id)
		}
	}
	if n > 0 && !l.leftOut {
		return n, fmt.Errorf("it is incomplete: it lacks %s, and %d objects in all, which something in it leads to", lacks, n)
	}
	return n, nil
}
