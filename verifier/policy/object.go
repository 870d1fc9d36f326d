package policy

import (
	"time"
)

func (o Object) CommitterRole() string {
	if o.Type == Tag {
		return "tagger"
	}
	return "committer"
}

// ObjectType is the type of what is signed, by git's name for it.
type ObjectType string

// The types. The zero value means that the caller does not say.
const (
	Commit          ObjectType = "commit"
	Tag             ObjectType = "tag"
	PushCertificate ObjectType = "push certificate"
)

// Object is what a policy has to know about the signed object beside its
// bytes. The verifier does not parse git's objects: the caller hands over what
// stands in the payload that is verified. Of what is left empty a policy finds
// that it does not match, never that it does.
type Object struct {
	// Type is the object's.
	Type ObjectType
	// Committer is the e-mail address of the commit's committer or the tag's
	// tagger, without angle brackets; empty where readers could disagree
	// about it, and for a push certificate, whose pusher is git's name for a
	// key.
	Committer string
	// TagName is the name that a tag itself carries, not that of a ref.
	TagName string
	// Date is when the committer or tagger says that it was made; zero where
	// readers could disagree about it. It proves nothing: it stands in for the
	// time that an SSH signature does not hold, as it does for git.
	Date time.Time

	// Subject is the first line of the message, by which forges mark their
	// squash merges.
	Subject string
	// Parents is how many parents a commit has.
	Parents int
	// MergesCleanly says whether the tree of a commit with two parents is what
	// merging them gives. It is called for commits that a forge's own key has
	// signed, and for no others, because the answer costs a merge. Nil, or an
	// error, means that it cannot be told.
	MergesCleanly func() (bool, error)
	// Rules are those of the policy's history for the refs that lead to the
	// object; nil where the caller does not say, and then those for every ref
	// count.
	Rules *HistoryRules
}
