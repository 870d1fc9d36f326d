package git

import "fmt"

// Mergetags returns the tag objects that a commit's mergetag headers hold, in
// their order: the signed tags of others that the commit merged. Each has its
// own payload and signature, and MergetagCheck tells whether it is of what was
// merged. A header that does not hold a tag is an error that names its offset;
// the tags that could be read are returned with it.
func (o *Object) Mergetags() ([]*Object, error) {
	var tags []*Object
	var first error
	for _, s := range o.mergetags {
		tag, err := ParseObject(o.Format, Tag, unfold(o.Raw[s.start:s.end]))
		if err != nil {
			if first == nil {
				first = fmt.Errorf("mergetag header at byte %d: %w", s.start, err)
			}
			continue
		}
		tags = append(tags, tag)
	}
	return tags, first
}

// MergetagError says that a tag in a mergetag header is not of a parent of the
// merge. Git writes no such header for a commit that is not a parent, for a tree
// or for a file: the tag was copied from elsewhere. It does write one for a tag
// of another tag, and then the merge alone does not tell whose that is.
type MergetagError struct {
	Target string     // the id of what the tag points to
	Type   ObjectType // of that: may be tree or blob
}

func (e *MergetagError) Error() string {
	switch e.Type {
	case Commit:
		return fmt.Sprintf("the tag is of %s, which is not a parent of the merge", e.Target)
	case Tag:
		return fmt.Sprintf("the tag is of another tag, %s, which may be of anything", e.Target)
	}
	return fmt.Sprintf("the tag is of a %s, %s, which is not a parent of the merge", e.Type, e.Target)
}

// Nested reports whether the tag is of another tag, so that whether the merge
// has what it is of as a parent cannot be told from the merge alone.
func (e *MergetagError) Nested() bool { return e.Type == Tag }

// MergetagCheck returns a function that checks a tag out of the commit's
// Mergetags: it returns nil for a tag of one of the commit's parents and a
// *MergetagError for any other.
func (o *Object) MergetagCheck() func(tag *Object) error {
	parents := map[string]bool{}
	for _, id := range o.Parents() {
		parents[id] = true
	}
	return func(tag *Object) error {
		if tag.targetTyp == string(Commit) && parents[tag.target] {
			return nil
		}
		return &MergetagError{Target: tag.target, Type: ObjectType(tag.targetTyp)}
	}
}
