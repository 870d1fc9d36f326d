package audit

import (
	"context"
	"errors"
	"iter"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Source is a history that can be judged: a repository, an archive of one. The
// rules about refs, about what is left out and exempt, and about a forge's merges
// are the audit's and the same for every source.
type Source interface {
	// Tips returns where the audit begins and what it leaves out.
	Tips() []Tip
	// Resolve returns the type of an object and the commit that it is or is a
	// tag of, empty for none. ErrMissing says that the object is not here.
	Resolve(ctx context.Context, id string) (typ policy.ObjectType, commit string, err error)
	// Objects yields the tags among tips, with the refs that lead to them and
	// the tags that they are of, and then the commits that tips reach. An error
	// ends it.
	Objects(ctx context.Context, tips []Tip, w Walk) iter.Seq2[Object, error]
	// Parse takes an object apart: the object itself first, then the tags in its
	// mergetag headers. It is called for objects without Err, by several
	// goroutines at a time. Signed.MergesCleanly of a commit says whether a merge
	// adds nothing to its parents, as far as the source can tell.
	Parse(ctx context.Context, o Object) []Part
	// PolicyChanges returns the commits that changed the policy in the
	// repository, with what each is under the policy before it. v is the audit's
	// verifier.
	PolicyChanges(ctx context.Context, v *verifier.Verifier, w Walk) ([]PolicyChange, error)
	// Notes returns what else a reader of the report must know. It is called
	// after the last object.
	Notes(ctx context.Context) ([]string, error)
}

// ErrMissing says that a source does not have an object.
var ErrMissing = errors.New("object is missing")

// Tip is where an audit begins, or what it leaves out.
type Tip struct {
	Name     string // as it was asked for
	Ref      string // the full name of the ref that Name means, empty for none
	ID       string
	Type     policy.ObjectType // may be of something else than a commit or tag
	Excluded bool              // what it reaches is left out
}

// Walk chooses among the commits that tips reach.
type Walk struct {
	FirstParent bool // of each merge only the first parent is followed
	NoMerges    bool // commits with more than one parent are left out
	TopoOrder   bool // each commit comes before its parents, whatever the dates
}
