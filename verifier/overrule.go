package verifier

import (
	"fmt"
	"strings"
)

// Supplier is the commit that supplies a policy. A change under review must not
// bring its own judge, so neither the commit nor a tag of it is judged by that
// policy, unless the policy's owner pinned it.
type Supplier struct {
	ID      string // hexadecimal
	Payload []byte // what is signed of it
	Pinned  bool   // the owner of the policy chose this very commit
	From    string // what names the commit, for people
}

// Overrule returns r, or the result for an object that supplies the policy by
// which it would be judged: unknown. A verdict that no policy changes stays. A
// nil Supplier overrules nothing.
func (s *Supplier) Overrule(r *Result, payload []byte) *Result {
	if s == nil || s.Pinned || string(payload) != string(s.Payload) && !strings.HasPrefix(string(payload), "object "+s.ID+"\n") {
		return r
	}
	switch r.Verdict {
	case Bad, Unsigned, Unsupported, Unknown:
		return r
	}
	own := *r
	own.Verdict, own.Rule = Unknown, ""
	own.Reason = fmt.Sprintf("it supplies the policy that would verify it (%s)", s.From)
	own.Advice, own.Hint = PinPolicy, ""
	return &own
}

// ServedAs returns r, or the bad result for a tag that a ref of another name
// leads to: a signed v1.0 offered as v2.0 passes every check but this. Refs are
// full names; a caller that has other names, such as an id, does not hand them in.
func (r *Result) ServedAs(tagName string, refs ...string) *Result {
	for _, ref := range refs {
		if !servedUnder(ref, tagName) {
			return r.misplaced(fmt.Sprintf("the tag's own name is %q, and it is served as %q", tagName, ref), FetchTagAgain)
		}
	}
	return r
}

// servedUnder reports whether a tag may be served under a ref: refs/tags/ and
// the name that the tag itself carries or, elsewhere, where servers keep the tags
// of others, a name that ends in it.
func servedUnder(ref, tagName string) bool {
	if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return name == tagName
	}
	return strings.HasSuffix(ref, "/"+tagName)
}

// CopiedInto returns the bad result for a tag in a merge that is not of one of
// its parents; why says what it is of.
func (r *Result) CopiedInto(why error) *Result { return r.misplaced(why.Error(), AskMerger) }

// misplaced is the result for a tag that is not where it belongs, whatever else
// is true of it.
func (r *Result) misplaced(why string, advice Advice) *Result {
	if r.Verdict == Bad {
		return r
	}
	bad := *r
	bad.Verdict, bad.Rule = Bad, ""
	bad.Reason, bad.Advice, bad.Hint = why, advice, ""
	return &bad
}

// Undecided returns r as unknown, for a reason that only the caller knows. A
// verdict that is certainly not good stays.
func (r *Result) Undecided(why error, advice Advice) *Result {
	switch r.Verdict {
	case Bad, Revoked, Unsigned, Unsupported:
		return r
	}
	open := *r
	open.Verdict, open.Rule = Unknown, ""
	open.Reason, open.Advice, open.Hint = why.Error(), advice, ""
	return &open
}
