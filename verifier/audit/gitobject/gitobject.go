// Package gitobject hands git's objects to the judge and to audits: what a policy
// has to know about an object, and what in it has a signature of its own. Every
// source of an audit, and whoever judges a single object, builds them here.
package gitobject

import (
	"errors"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Signed returns what a policy has to know about an object. It does not say
// whether a merge adds nothing to its parents: that takes a repository.
func Signed(o *git.Object) policy.Object {
	by := o.Committer()
	return policy.Object{
		Type: policy.ObjectType(o.Type), Committer: by.Email, TagName: o.TagName(), Date: by.When,
		Subject: o.Subject(), Parents: len(o.Parents()),
	}
}

// FromStored returns an object for an audit, with the parents that its bytes
// name.
func FromStored(s git.StoredObject) audit.Object {
	o := audit.Object{ID: s.ID, Type: policy.ObjectType(s.Type), Raw: s.Raw, Refs: s.Refs, Err: s.Err}
	if s.Err == nil && s.Type == git.Commit {
		o.Parents = s.Parents()
	}
	return o
}

// Merges reports whether the tree of a merge is what merging its parents gives.
// An error says that it cannot be told.
type Merges func(merge *git.Object) (bool, error)

// Parse takes an object apart: the object itself, then the tags in its mergetag
// headers, each once, since copies would make much good of one signature. Its
// bytes must have its id. merges may be nil.
func Parse(format git.ObjectFormat, o audit.Object, merges Merges) []audit.Part {
	parsed, err := git.ParseStored(git.StoredObject{Format: format, ID: o.ID, Type: git.ObjectType(o.Type), Raw: o.Raw})
	if err != nil {
		return []audit.Part{unparsed(o.ID, o.Type, err)}
	}
	return append([]audit.Part{newPart(parsed, o, merges)}, mergedTags(parsed, o)...)
}

func mergedTags(merge *git.Object, in audit.Object) (parts []audit.Part) {
	tags, err := merge.Mergetags()
	check, seen := merge.MergetagCheck(), map[string]bool{}
	for _, tag := range tags {
		if seen[tag.ID()] {
			continue
		}
		seen[tag.ID()] = true
		part := newPart(tag, in, nil)
		part.ID, part.MergedBy = tag.ID(), in.ID
		if stray := (*git.MergetagError)(nil); errors.As(check(tag), &stray) {
			part.Stray, part.StrayUndecided = stray, stray.Nested()
		}
		parts = append(parts, part)
	}
	if err != nil {
		part := unparsed("", policy.Tag, err)
		part.MergedBy = in.ID
		parts = append(parts, part)
	}
	return parts
}

func newPart(o *git.Object, in audit.Object, merges Merges) audit.Part {
	target, _ := o.Target()
	signed := Signed(o)
	signed.Rules = in.Rules
	if merges != nil {
		signed.MergesCleanly = func() (bool, error) { return merges(o) }
	}
	return audit.Part{
		ID: in.ID, Target: target, Raw: o.Raw, Content: o,
		Signed: signed, Subject: signed.Subject, Date: signed.Date,
	}
}

func unparsed(id string, typ policy.ObjectType, err error) audit.Part {
	return audit.Part{ID: id, Signed: policy.Object{Type: typ}, Err: err, Ambiguous: errors.As(err, new(*git.AmbiguousError))}
}
