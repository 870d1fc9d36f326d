package audit

import (
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Object is one commit or tag as it comes off the repository.
type Object struct {
	// ID is the object's id in hex.
	ID string
	// Type is commit or tag; it may be empty where Err is set.
	Type policy.ObjectType
	// Raw is the object as git stores it, without git's header; nil where Err
	// is set. Nothing may change it.
	Raw []byte
	// Parents are the ids of a commit's parents.
	Parents []string
	// Refs are the full names of the refs that lead to the object, where the
	// caller looked for them: of tags.
	Refs []string
	// Rules are those of the policy's history for the refs that lead to it; nil
	// for those that count for every ref. Parse hands them on to Part.Signed.
	Rules *policy.HistoryRules
	// Err says why there is nothing to judge: the object is not here, or is
	// not what its id says. Its verdict is unknown.
	Err error
}

// Part is something with a signature of its own: an object, or a tag that stands
// in a mergetag header of a commit.
type Part struct {
	// ID is the id of the object or, of a mergetag, of the tag.
	ID string
	// MergedBy is the id of the commit whose header holds the tag; empty for
	// an object of the history.
	MergedBy string
	// Target is the id of what a tag points to; empty for a commit.
	Target string
	// Stray says of a tag in a mergetag header what it is of, where that is not
	// a parent of the merge; nil where it is. StrayUndecided says that the merge
	// alone does not tell.
	Stray          error
	StrayUndecided bool
	// Raw is the bytes that Content is parts of, the object's or the tag's.
	Raw []byte
	// Content is what git hands to a verifying program. It is not asked for
	// what is remembered.
	Content Content
	// Signed is what a policy has to know about it.
	Signed policy.Object
	// Subject is the first line of the message, for people: escape it before
	// it meets a terminal.
	Subject string
	// Date is when the committer or tagger says that it was made, which proves
	// nothing; zero where none is named.
	Date time.Time
	// Err says why it cannot be judged. Ambiguous says that readers could
	// understand it in more than one way, which makes it bad; otherwise it is
	// unknown.
	Err       error
	Ambiguous bool
}

// Content is an object as git sees it that verifies one.
type Content interface {
	// IsSigned says whether there is a signature.
	IsSigned() bool
	// Payload is what is signed, or would be.
	Payload() []byte
	// Signature is nil where there is none.
	Signature() []byte
}

// Result is what was found out about one part of a history.
type Result struct {
	Part
	// Refs are those of the object.
	Refs []string
	// Missing says that the object is not in the repository.
	Missing bool
	// Excused says why the policy does not hold it against the history that
	// the verdict is not good; empty where it does. Review sets it.
	Excused Excuse
	// Exemption is the policy's own reason, where Excused is Exempt.
	Exemption string

	*verifier.Result
}

// Excuse is why an object that is not good is not held against a history.
type Excuse string

// The excuses. The zero value is none.
const (
	Exempt          Excuse = "exempt"   // the policy names the commit
	UnsignedAllowed Excuse = "unsigned" // the policy lets objects be unsigned
)
