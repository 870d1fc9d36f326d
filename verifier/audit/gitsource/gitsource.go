// Package gitsource is a repository as an audit reads it: through git, with one
// long-lived process for the objects and one for the walk.
package gitsource

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Source is a repository with the tips of an audit.
type Source struct {
	repo *git.Repository
	tips []audit.Tip

	treeless bool // which commits changed the policy cannot be told
}

var _ audit.Source = (*Source)(nil)

// Selection says where an audit begins.
type Selection struct {
	Ranges []string // revisions and ranges (gitrevisions(7)); none of all three is HEAD
	All    bool     // whatever a ref leads to, and HEAD
	Tags   bool     // whatever a ref under refs/tags/ leads to
}

// Revisions returns what is selected as rev-list takes it.
func (s Selection) Revisions() []string {
	revs := slices.Clone(s.Ranges)
	if s.All {
		revs = append(revs, "--all")
	}
	if s.Tags {
		revs = append(revs, "--tags")
	}
	if len(revs) == 0 {
		revs = []string{"HEAD"}
	}
	return revs
}

// Open resolves what is selected, once: the report names what the walk begins
// with, whatever happens to the refs meanwhile.
func Open(ctx context.Context, repo *git.Repository, selection Selection) (*Source, error) {
	s := &Source{repo: repo}
	ranges := selection.Ranges
	if len(ranges) == 0 && !selection.All && !selection.Tags {
		ranges = []string{"HEAD"}
	}
	for _, revs := range ranges {
		if err := s.addRange(ctx, revs); err != nil {
			return nil, err
		}
	}
	var prefixes []string
	switch {
	case selection.All:
		if err := s.addRange(ctx, "HEAD"); err != nil && !errors.Is(err, git.ErrNoRevision) {
			return nil, err // detached, it may be on no branch
		}
	case selection.Tags:
		prefixes = []string{"refs/tags/"}
	default:
		return s, nil
	}
	refs, err := repo.ListRefs(ctx, prefixes...)
	for _, t := range refs {
		s.tips = append(s.tips, audit.Tip{Name: t.Name, Ref: t.Name, ID: t.ID, Type: policy.ObjectType(t.Type)})
	}
	return s, err
}

// New begins with tips whose names are full names of refs, or ids.
func New(repo *git.Repository, tips []git.Tip) *Source {
	s := &Source{repo: repo}
	for _, t := range tips {
		s.tips = append(s.tips, audit.Tip{Name: t.Name, Ref: t.Name, ID: t.ID, Type: policy.ObjectType(t.Type), Excluded: t.Excluded})
	}
	return s
}

// addRange adds what a revision or a range begins with and leaves out. A tag has
// the name of the ref under which it is served.
func (s *Source) addRange(ctx context.Context, revs string) error {
	tips, err := s.repo.ResolveRange(ctx, revs)
	if err != nil {
		return err
	}
	for _, t := range tips {
		tip := audit.Tip{Name: t.Name, ID: t.ID, Type: policy.ObjectType(t.Type), Excluded: t.Excluded}
		if !t.Excluded {
			if tip.Ref, err = s.repo.FullName(ctx, t.Name); err != nil {
				return err
			}
			if t.Type == git.Tag && tip.Ref != "" {
				tip.Name = tip.Ref
			}
		}
		s.tips = append(s.tips, tip)
	}
	return nil
}

// Format returns the repository's object format.
func (s *Source) Format() git.ObjectFormat { return s.repo.Format() }

// Tips returns where the audit begins and what it leaves out.
func (s *Source) Tips() []audit.Tip { return s.tips }

// Resolve returns an object's type and the commit that it is or is a tag of.
func (s *Source) Resolve(ctx context.Context, id string) (typ policy.ObjectType, commit string, err error) {
	_, name, err := s.repo.Resolve(ctx, id)
	if errors.Is(err, git.ErrMissing) {
		return "", "", audit.ErrMissing
	}
	if err != nil || name == string(git.Commit) {
		return policy.ObjectType(name), id, err
	}
	if name == string(git.Tag) {
		commit, _, err = s.repo.Resolve(ctx, id+"^{commit}")
		if errors.Is(err, git.ErrMissing) {
			err = nil // a tag of something else, or of what is not here
		}
	}
	return policy.ObjectType(name), commit, err
}

// Objects reads the tags and the commits that tips reach.
func (s *Source) Objects(ctx context.Context, tips []audit.Tip, w audit.Walk) iter.Seq2[audit.Object, error] {
	return func(yield func(audit.Object, error) bool) {
		begin := gitTips(tips)
		walk := git.WalkOptions{FirstParent: w.FirstParent, NoMerges: w.NoMerges, TopoOrder: w.TopoOrder}
		for _, objects := range []iter.Seq2[git.StoredObject, error]{s.repo.WalkTags(ctx, begin), s.repo.WalkCommits(ctx, begin, walk)} {
			for o, err := range objects {
				if err != nil {
					yield(audit.Object{}, err)
					return
				}
				if !yield(gitobject.FromStored(o), nil) {
					return
				}
			}
		}
	}
}

func gitTips(tips []audit.Tip) []git.Tip {
	all := make([]git.Tip, len(tips))
	for i, t := range tips {
		all[i] = git.Tip{Name: t.Name, ID: t.ID, Type: git.ObjectType(t.Type), Excluded: t.Excluded}
	}
	return all
}

// Parse takes an object apart. Whether a merge adds nothing to its parents, git
// says.
func (s *Source) Parse(ctx context.Context, o audit.Object) []audit.Part {
	return gitobject.Parse(s.repo.Format(), o, func(merge *git.Object) (bool, error) { return s.repo.MergesCleanly(ctx, merge) })
}

// Count returns how many objects an audit will judge, without the tags that tags
// are of: the tags, and the commits that no commit under after reaches.
func (s *Source) Count(ctx context.Context, w audit.Walk, after []string) (int, error) {
	tips, tags := gitTips(s.tips), map[string]bool{}
	for _, t := range tips {
		if t.Type == git.Tag && !t.Excluded {
			tags[t.ID] = true
		}
	}
	for _, id := range after {
		if typ, commit, err := s.Resolve(ctx, id); err == nil && typ == policy.Commit {
			tips = append(tips, git.Tip{Name: id, ID: commit, Type: git.Commit, Excluded: true})
		}
	}
	commits, err := s.repo.CountCommits(ctx, tips, git.WalkOptions{FirstParent: w.FirstParent, NoMerges: w.NoMerges})
	return len(tags) + commits, err
}

// Notes returns what else a reader of the report must know about the repository.
func (s *Source) Notes(ctx context.Context) ([]string, error) {
	var notes []string
	shallow, err := s.repo.IsShallow(ctx)
	if err != nil {
		return nil, err
	}
	if shallow {
		notes = append(notes, "shallow clone: the first commits beyond its boundary are counted as unknown, and the commits before them not at all")
	}
	if s.treeless {
		notes = append(notes, "the clone has no trees: it cannot show which commits changed "+policy.Path)
	}
	replaced, err := s.repo.CountReplaced(ctx)
	if replaced > 0 {
		notes = append(notes, fmt.Sprintf("%d refs under refs/replace/ make git show other objects than those verified here", replaced))
	}
	return notes, err
}
