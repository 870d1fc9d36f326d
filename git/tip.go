package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Tip is where a walk through the history begins, or what it leaves out.
type Tip struct {
	Name     string     // a ref's full name, or the revision as it was asked for
	ID       string     // the object
	Type     ObjectType // the object's, which may be tree or blob
	Excluded bool       // what can be reached from here is left out
}

// ResolveRange returns what a revision or a range
// (gitrevisions(7): A..B, A...B, ^A, A^!) begins with and leaves out. What git
// makes no range of is ErrNoRevision, and a name that git takes in two ways an
// *AmbiguousRefError.
func (r *Repository) ResolveRange(ctx context.Context, revs string) ([]Tip, error) {
	if err := checkRevision(strings.TrimPrefix(revs, "^")); err != nil {
		return nil, err
	}
	out, said, err := r.options.runHeard(ctx, maxAnswerSize, append(slices.Clone(nameArgs), "rev-parse", revs, "--")...)
	failed := (*CommandError)(nil)
	if errors.As(err, &failed) {
		said = failed.Stderr
	}
	if ambiguous := r.ambiguousIn(ctx, revs, said); ambiguous != nil {
		return nil, ambiguous
	}
	if failed != nil && strings.Contains(said, "bad revision") {
		return nil, fmt.Errorf("%q: %w", revs, ErrNoRevision)
	}
	if err != nil {
		return nil, err
	}
	var tips []Tip
	for line := range strings.Lines(string(out)) {
		id, excluded := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "^")
		if _, ok := formatOf(id); !ok {
			continue // the -- that ends revisions
		}
		_, typ, err := r.Resolve(ctx, id)
		if err != nil {
			return nil, err
		}
		tips = append(tips, Tip{Name: rangeEnd(revs, excluded), ID: id, Type: ObjectType(typ), Excluded: excluded})
	}
	if len(tips) == 0 {
		return nil, fmt.Errorf("%q: %w", revs, ErrNoRevision)
	}
	return tips, nil
}

// rangeEnd is the name of one end of a range A..B, and of anything else the
// whole.
func rangeEnd(revs string, excluded bool) string {
	name := strings.TrimPrefix(revs, "^")
	left, right, two := strings.Cut(revs, "..")
	if two && !strings.HasPrefix(right, ".") {
		name = right
		if excluded {
			name = left
		}
	}
	if name == "" {
		return "HEAD"
	}
	return name
}

// ListRefs returns the refs under prefixes (refs/tags/), all refs where there
// are none, in the order of their names, and what each leads to. Refs under
// refs/replace/, which this package never follows, are not among them. One that
// is broken, which git would pass over with a warning, is ErrBrokenRef.
func (r *Repository) ListRefs(ctx context.Context, prefixes ...string) ([]Tip, error) {
	args := append(append([]string{}, objectArgs...), "for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", "--")
	args = append(args, prefixes...)
	out, said, err := r.options.runHeard(ctx, maxListSize, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "warning: ignoring ") { // broken ref NAME, ref with broken name NAME
			return nil, fmt.Errorf("%s: %w", line[strings.LastIndexByte(strings.TrimSpace(line), ' ')+1:len(line)-1], ErrBrokenRef)
		}
	}
	var tips []Tip
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("git for-each-ref: unexpected answer %q", line)
		}
		if !strings.HasPrefix(fields[2], "refs/replace/") {
			tips = append(tips, Tip{Name: fields[2], ID: fields[0], Type: ObjectType(fields[1])})
		}
	}
	return tips, nil
}

// CountReplaced returns how many refs under refs/replace/ there are: mirror
// clones bring them along, and git shows other objects in the place of those
// that they name.
func (r *Repository) CountReplaced(ctx context.Context) (int, error) {
	out, err := r.options.run(ctx, maxListSize, "for-each-ref", "--format=x", "refs/replace/")
	return strings.Count(string(out), "\n"), err
}

// FullName returns the full name of the ref that a revision is a name of, HEAD's
// branch for HEAD, and nothing where it is the name of none or of several.
func (r *Repository) FullName(ctx context.Context, rev string) (string, error) {
	if strings.HasPrefix(rev, "refs/") {
		return rev, nil
	}
	if err := checkRevision(rev); err != nil {
		return "", err
	}
	out, err := r.options.run(ctx, maxAnswerSize, "rev-parse", "--verify", "--quiet", "--symbolic-full-name", "--end-of-options", rev)
	name := strings.TrimSpace(string(out))
	if failed := (*CommandError)(nil); errors.As(err, &failed) || !strings.HasPrefix(name, "refs/") {
		return "", nil
	}
	return name, err
}
