package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AmbiguousRefError says that git takes a name in a revision in more than one
// way: as a tag and as a branch, or as a ref and as an abbreviated id. Git picks
// one of them and warns; which one, whoever can push a ref may choose.
type AmbiguousRefError struct {
	Rev  string   // the revision
	Name string   // the name in it
	Refs []string // the full names of the refs under refs/ that it may mean
}

func (e *AmbiguousRefError) Error() string {
	refs := make([]string, len(e.Refs))
	for i, ref := range e.Refs {
		refs[i] = strings.Trim(strconv.Quote(ref), `"`) // bytes that are no text, escaped
	}
	means := strings.Join(refs, " or ")
	switch len(e.Refs) {
	case 0:
		means = "more than one object"
	case 1:
		means += ", and something else: another kind of ref, or an object by its id"
	}
	if e.Name == e.Rev {
		return fmt.Sprintf("%q is ambiguous: it may mean %s", e.Rev, means)
	}
	return fmt.Sprintf("%q: %q is ambiguous: it may mean %s", e.Rev, e.Name, means)
}

// nameArgs precede the subcommand that resolves names which somebody has given:
// git warns of those that it takes in two ways, whatever the user's configuration
// says.
var nameArgs = append(slices.Clone(objectArgs), "-c", "core.warnAmbiguousRefs=true", "-c", "advice.objectNameWarning=false")

// ambiguousIn returns an *AmbiguousRefError where git's messages about rev warn
// that a name in it is ambiguous.
func (r *Repository) ambiguousIn(ctx context.Context, rev, said string) error {
	for line := range strings.Lines(said) {
		name, warned := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "warning: refname '")
		name, ambiguous := strings.CutSuffix(name, "' is ambiguous.")
		if warned && ambiguous {
			return r.ambiguous(ctx, rev, name)
		}
	}
	return nil
}

// ambiguous returns the error for an ambiguous name.
func (r *Repository) ambiguous(ctx context.Context, rev, name string) error {
	refs, err := r.refsNamed(ctx, name)
	if err != nil {
		return err
	}
	e := &AmbiguousRefError{Rev: rev, Name: name}
	for _, ref := range refs {
		e.Refs = append(e.Refs, ref.name)
	}
	return e
}

// checkName returns an *AmbiguousRefError for a revision in which a name is
// ambiguous. It has been resolved to the object id. A full id that begins it means
// the object, whatever refs are called: those who read what git has listed do not
// depend on other people's refs.
func (r *Repository) checkName(ctx context.Context, rev, id string) error {
	if _, ok := r.leadingID(rev); ok {
		return nil
	}
	again, err := r.parseName(ctx, rev)
	if err == nil && again != id {
		err = fmt.Errorf("%q: was %s, is %s: it moved while it was read", rev, id, again)
	}
	return err
}

// parseName returns the id that git makes of a revision, and an
// *AmbiguousRefError where a name in it is ambiguous, whether or not git makes an
// id of it.
func (r *Repository) parseName(ctx context.Context, rev string) (id string, err error) {
	out, said, err := r.options.runHeard(ctx, maxAnswerSize, append(slices.Clone(nameArgs), "rev-parse", "--verify", "--end-of-options", rev)...)
	if failed := (*CommandError)(nil); errors.As(err, &failed) {
		said = failed.Stderr
	}
	if ambiguous := r.ambiguousIn(ctx, rev, said); ambiguous != nil {
		return "", ambiguous
	}
	return strings.TrimSpace(string(out)), err
}

// checkID returns an *AmbiguousRefError where a revision begins with a full id
// that is also the name of a ref. Git reads an object by it; git checkout and
// git switch take a branch of that name.
func (r *Repository) checkID(ctx context.Context, rev string) error {
	id, ok := r.leadingID(rev)
	if !ok {
		return nil
	}
	r.idRefs.once.Do(func() { r.idRefs.names, r.idRefs.err = r.listIDRefs(ctx) })
	if r.idRefs.err != nil || !r.idRefs.names[id] {
		return r.idRefs.err
	}
	return r.ambiguous(ctx, rev, id)
}

// listIDRefs returns the full ids that are also the short names of refs.
func (r *Repository) listIDRefs(ctx context.Context) (map[string]bool, error) {
	out, err := r.options.run(ctx, maxListSize, "for-each-ref", "--format=%(refname)")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		ref := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "/HEAD")
		if id := ref[strings.LastIndexByte(ref, '/')+1:]; r.isFullID(id) {
			names[id] = true
		}
	}
	return names, nil
}

// leadingID returns the full object id that a revision begins with: alone, or
// before what leads from an object to another (gitrevisions(7)).
func (r *Repository) leadingID(rev string) (id string, ok bool) {
	end := strings.IndexAny(rev, "^~:")
	if end < 0 {
		end = len(rev)
	}
	return rev[:end], r.isFullID(rev[:end])
}

// isFullID reports whether git reads s as an id of this repository's format,
// in upper case too. Before Open nothing is one.
func (r *Repository) isFullID(s string) bool {
	return r.format != "" && isID([]byte(strings.ToLower(s)), r.format)
}
