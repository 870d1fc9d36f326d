package gogit

import (
	"container/heap"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Source is a storer as an audit reads it. Its objects come in the order of git
// rev-list, so that a report is the one that git-seal makes of the repository.
//
// It reads each commit at once and holds what it needs of all of them: a storer
// has no walk of its own that gives back raw bytes.
type Source struct {
	objects storer.EncodedObjectStorer
	tips    []audit.Tip

	// Merges says whether the tree of a merge is what merging its parents gives,
	// which is asked for merges by a forge's own key: go-git cannot merge trees.
	// (*git.Repository).MergesCleanly is one that runs git. Nil leaves such merges
	// unknown.
	Merges gitobject.Merges
}

var _ audit.Source = (*Source)(nil)

// NewSource returns a source with these tips.
func NewSource(objects storer.EncodedObjectStorer, tips []audit.Tip) *Source {
	return &Source{objects: objects, tips: tips}
}

// ListTips returns HEAD and all refs, in the order of their names, as git seal
// audit --all begins with them. A symbolic ref other than HEAD leads where its
// target does; one that leads nowhere is left out.
func ListTips(s storer.Storer) ([]audit.Tip, error) {
	var tips []audit.Tip
	head, err := storer.ResolveReference(s, plumbing.HEAD)
	if err == nil {
		tips, err = appendTip(tips, s, "HEAD", head)
	}
	if err != nil && !errors.Is(err, plumbing.ErrReferenceNotFound) {
		return nil, err
	}
	refs, err := s.IterReferences()
	if err != nil {
		return nil, err
	}
	var all []audit.Tip
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		name := ref.Name().String()
		if !strings.HasPrefix(name, "refs/") || strings.HasPrefix(name, "refs/replace/") {
			return nil
		}
		resolved, err := storer.ResolveReference(s, ref.Name())
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			return nil
		}
		if err == nil {
			all, err = appendTip(all, s, name, resolved)
		}
		return err
	})
	slices.SortFunc(all, func(a, b audit.Tip) int { return strings.Compare(a.Name, b.Name) })
	return append(tips, all...), err
}

// appendTip appends a tip; resolved is the ref that name leads to in the end.
func appendTip(tips []audit.Tip, s storer.EncodedObjectStorer, name string, resolved *plumbing.Reference) ([]audit.Tip, error) {
	o, err := s.EncodedObject(plumbing.AnyObject, resolved.Hash())
	if err != nil {
		return tips, err
	}
	ref := name
	if name == "HEAD" && resolved.Name() != plumbing.HEAD {
		ref = resolved.Name().String()
	} else if name == "HEAD" {
		ref = ""
	}
	return append(tips, audit.Tip{Name: name, Ref: ref, ID: resolved.Hash().String(), Type: policy.ObjectType(o.Type().String())}), nil
}

// Tips returns where the audit begins and what it leaves out.
func (s *Source) Tips() []audit.Tip { return s.tips }

// Resolve returns an object's type and the commit that it is or is a tag of.
func (s *Source) Resolve(_ context.Context, id string) (typ policy.ObjectType, commit string, err error) {
	seen := map[string]bool{}
	for first := true; !seen[id]; first = false {
		seen[id] = true
		kind, raw, err := read(s.objects, plumbing.NewHash(id))
		if other := (*git.TypeError)(nil); errors.As(err, &other) {
			if first {
				typ = policy.ObjectType(other.Type)
			}
			return typ, "", nil
		}
		if errors.Is(err, git.ErrMissing) && !first {
			return typ, "", nil
		}
		if errors.Is(err, git.ErrMissing) {
			return "", "", audit.ErrMissing
		}
		if err != nil {
			return "", "", err
		}
		if first {
			typ = policy.ObjectType(kind)
		}
		if kind == git.Commit {
			return typ, id, nil
		}
		tag, err := git.ParseObject(git.SHA1, kind, raw)
		if err != nil {
			return typ, "", nil
		}
		id, _ = tag.Target()
	}
	return typ, "", nil
}

// Objects yields the tags among tips and those that they are of, and the commits
// that tips reach.
func (s *Source) Objects(ctx context.Context, tips []audit.Tip, w audit.Walk) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		for _, o := range s.tags(tips) {
			if !yield(o, nil) {
				return
			}
		}
		commits, err := s.commits(ctx, tips, w)
		for _, c := range commits {
			if w.NoMerges && len(c.Parents) > 1 {
				continue
			}
			o := c.Object
			if o.Err == nil {
				_, o.Raw, o.Err = read(s.objects, plumbing.NewHash(o.ID))
			}
			if !yield(o, nil) {
				return
			}
		}
		if err != nil {
			yield(audit.Object{}, err)
		}
	}
}

func (s *Source) tags(tips []audit.Tip) (tags []audit.Object) {
	refs := map[string][]string{}
	var ids []string
	for _, t := range tips {
		if t.Excluded || t.Type != policy.Tag {
			continue
		}
		if _, seen := refs[t.ID]; !seen {
			ids = append(ids, t.ID)
		}
		refs[t.ID] = append(refs[t.ID], t.Name)
	}
	for ; len(ids) > 0; ids = ids[1:] {
		o := audit.Object{ID: ids[0], Type: policy.Tag, Refs: refs[ids[0]]}
		_, o.Raw, o.Err = read(s.objects, plumbing.NewHash(o.ID))
		tags = append(tags, o)
		if o.Err != nil {
			continue
		}
		if tag, err := git.ParseObject(git.SHA1, git.Tag, o.Raw); err == nil {
			if id, typ := tag.Target(); typ == string(git.Tag) {
				if _, seen := refs[id]; !seen {
					refs[id] = nil
					ids = append(ids, id)
				}
			}
		}
	}
	return tags
}

// commit is a commit without its bytes, which are read again when it is its turn.
type commit struct {
	audit.Object
	date     int64
	order    int // in which it was found: commits of one date keep it
	excluded bool
}

// commits returns the commits that tips reach, and no excluded tip, in the order
// of rev-list: the newest first, as far as parents come after a child that was
// seen, or in the order of the graph (--topo-order).
func (s *Source) commits(ctx context.Context, tips []audit.Tip, w audit.Walk) ([]*commit, error) {
	known := map[string]*commit{}
	queue := &byDate{}
	find := func(id string, excluded bool) {
		c := known[id]
		if c == nil {
			c = s.readCommit(id)
			c.order = len(known)
			known[id] = c
			heap.Push(queue, c)
		}
		c.excluded = c.excluded || excluded
	}
	for _, t := range tips {
		_, id, err := s.Resolve(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if id != "" {
			find(id, t.Excluded)
		}
	}
	var list []*commit
	for queue.Len() > 0 {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		c := heap.Pop(queue).(*commit)
		list = append(list, c)
		for _, p := range parents(c, w) {
			find(p, c.excluded)
		}
	}
	exclude(list, known, w)
	list = slices.DeleteFunc(list, func(c *commit) bool { return c.excluded })
	if w.TopoOrder {
		list = topological(list, w)
	}
	return list, nil
}

func (s *Source) readCommit(id string) *commit {
	c := &commit{Object: audit.Object{ID: id, Type: policy.Commit}}
	typ, raw, err := read(s.objects, plumbing.NewHash(id))
	if err == nil && typ != git.Commit {
		err = &git.TypeError{Type: string(typ), Want: "a commit"}
	}
	if err != nil {
		c.Err = err
		return c
	}
	c.Parents = git.StoredObject{Type: git.Commit, Raw: raw}.Parents()
	if o, err := git.ParseObject(git.SHA1, git.Commit, raw); err == nil {
		c.date = o.Committer().When.Unix()
	}
	return c
}

// parents are those that the walk follows.
func parents(c *commit, w audit.Walk) []string {
	if w.FirstParent && len(c.Parents) > 1 {
		return c.Parents[:1]
	}
	return c.Parents
}

// exclude excludes whatever an excluded commit reaches, in whatever order they
// were found.
func exclude(list []*commit, known map[string]*commit, w audit.Walk) {
	var left []*commit
	for _, c := range list {
		if c.excluded {
			left = append(left, c)
		}
	}
	for ; len(left) > 0; left = left[1:] {
		for _, id := range parents(left[0], w) {
			if p := known[id]; p != nil && !p.excluded {
				p.excluded = true
				left = append(left, p)
			}
		}
	}
}

// topological puts each commit before its parents, and keeps lines of history
// together: those that no other leads to first, the newest last found.
func topological(list []*commit, w audit.Walk) []*commit {
	children := map[string]int{}
	byID := map[string]*commit{}
	for _, c := range list {
		byID[c.ID] = c
	}
	for _, c := range list {
		for _, p := range parents(c, w) {
			children[p]++
		}
	}
	var stack []*commit
	for _, c := range slices.Backward(list) {
		if children[c.ID] == 0 {
			stack = append(stack, c)
		}
	}
	sorted := make([]*commit, 0, len(list))
	for len(stack) > 0 {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		sorted = append(sorted, c)
		for _, id := range parents(c, w) {
			p := byID[id]
			if p == nil {
				continue
			}
			if children[id]--; children[id] == 0 {
				stack = append(stack, p)
			}
		}
	}
	return sorted
}

// byDate is a heap of commits, the newest first.
type byDate []*commit

func (q byDate) Len() int { return len(q) }
func (q byDate) Less(i, j int) bool {
	if q[i].date != q[j].date {
		return q[i].date > q[j].date
	}
	return q[i].order < q[j].order
}
func (q byDate) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *byDate) Push(c any)   { *q = append(*q, c.(*commit)) }
func (q *byDate) Pop() any {
	old := *q
	c := old[len(old)-1]
	*q = old[:len(old)-1]
	return c
}

// Parse takes an object apart.
func (s *Source) Parse(_ context.Context, o audit.Object) []audit.Part {
	merges := s.Merges
	if merges == nil {
		merges = func(merge *git.Object) (bool, error) {
			if len(merge.Parents()) != 2 {
				return false, nil
			}
			return false, errors.New("no function that merges was given")
		}
	}
	return gitobject.Parse(git.SHA1, o, merges)
}

// Notes returns nothing: a storer shows nothing else.
func (s *Source) Notes(context.Context) ([]string, error) { return nil, nil }

// PolicyChanges lists the commits that changed the policy.
func (s *Source) PolicyChanges(ctx context.Context, v *verifier.Verifier, w audit.Walk) ([]audit.PolicyChange, error) {
	commits, err := s.commits(ctx, s.tips, w)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(commits))
	for i, c := range commits {
		ids[i] = c.ID
	}
	return audit.ListPolicyChanges(ctx, policyStore{s}, v, ids)
}
