package audit

import "time"

// Report is an audit summed up: everything that an output format prints but the
// result of each good object. Its JSON is the summary line of docs/json.md.
// What is quoted from objects and certificates is as it stands there.
type Report struct {
	// Version is the program's that made the audit, Date when, as handed in.
	Version string    `json:"gitSeal"`
	Date    time.Time `json:"date"`
	// Ranges are the revisions as they were asked for.
	Ranges []string `json:"ranges"`
	// Refs are where the audit began, and what it left out.
	Refs []Ref `json:"refs"`
	// Policy judged; nil when there is none, and nothing is trusted.
	Policy *Policy `json:"policy"`
	// TrustedRoots judged, one or more.
	TrustedRoots []TrustedRoot `json:"trustedRoots"`

	// Objects says how many there are of what.
	Objects Objects `json:"objects"`
	// Verdicts says how many have which verdict.
	Verdicts Verdicts `json:"verdicts"`
	// Signers are those whose evidence is sound, the one of most objects first.
	Signers []Signer `json:"signers"`
	// Months are the months in which something was signed, the earliest first.
	Months []Month `json:"months"`
	// Failures are the objects that are not good, the worst first.
	Failures []Failure `json:"failures"`
	// Omitted says how many failures of which verdict are not among them,
	// because there are too many.
	Omitted Verdicts `json:"omittedFailures,omitempty"`
	// PolicyChanges are the commits that changed the policy's file.
	PolicyChanges []PolicyChange `json:"policyChanges,omitempty"`
	// Forge counts what a forge's own key has signed.
	Forge []Forge `json:"forge,omitempty"`
	// Excused are the objects that are not good and are not held against the
	// history, because the policy says so.
	Excused []Excused `json:"excused,omitempty"`
	// Before counts the objects that the policy's history leaves out: they are
	// in no other number.
	Before int `json:"before,omitempty"`

	// Evidence was judged in place of a repository; nil as a rule.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Missing is how many objects are not in the repository, all unknown.
	Missing int `json:"missing"`
	// Notes say what else a reader has to know about the repository, such as
	// that it is shallow.
	Notes []string `json:"notes,omitempty"`
	// Partial says why the audit ended before the history did; empty when it
	// did not.
	Partial string `json:"partial,omitempty"`
	// ExitCode is the program's.
	ExitCode int `json:"exitCode"`

	// Conclusion sums the verdicts up; for programs in Go.
	Conclusion Conclusion `json:"-"`
}

// Evidence is an archive of an earlier audit, which another one was made from.
type Evidence struct {
	// File is the archive's.
	File string `json:"file"`
	// Brought is what of the judge came in the archive, so that whoever made it
	// has chosen it: trusted roots, policy.
	Brought []string `json:"brought"`
}

// Conclusion sums up the verdicts of objects that the policy does not excuse.
type Conclusion int

// The conclusions. The zero value is none of them: nothing was judged.
const (
	NothingJudged Conclusion = iota
	AllGood
	Undecided // at least one object is unknown, and none is certainly not good
	NotGood   // at least one object is certainly not good
)

// Ref is where an audit begins.
type Ref struct {
	// Name is the ref's full name, or the revision as it was asked for.
	Name string `json:"name"`
	// ID is the object it leads to.
	ID string `json:"id"`
	// Excluded says that what it reaches was left out.
	Excluded bool `json:"excluded,omitempty"`
}

// Policy says by which policy.
type Policy struct {
	Source string `json:"source"` // the file, the commit's file, or the flag
	From   string `json:"from"`   // where the setting stands that names it
	SHA256 string `json:"sha256"` // of its text, in hex
	// Keys are the key files that it names.
	Keys []KeyFile `json:"keys,omitempty"`
}

// KeyFile says which keys judged OpenPGP and SSH signatures.
type KeyFile struct {
	Name   string `json:"name"`   // as the policy has it
	SHA256 string `json:"sha256"` // in hex
}

// TrustedRoot says by which trusted root.
type TrustedRoot struct {
	Name   string `json:"name"`
	From   string `json:"from"`
	SHA256 string `json:"sha256"` // of its JSON, in hex
}

// Objects counts what was judged.
type Objects struct {
	Commits   int `json:"commits"`
	Tags      int `json:"tags"`
	Mergetags int `json:"mergetags"`
	Unread    int `json:"unread"` // what could not be read, and may be either
}

// Total is how many there are of all kinds.
func (o Objects) Total() int { return o.Commits + o.Tags + o.Mergetags + o.Unread }

// Verdicts counts objects by the name of their verdict. A verdict that none has
// is not in it.
type Verdicts map[string]int

// Signer is an identity with what it has signed.
type Signer struct {
	Identity string   `json:"identity"`
	Issuer   string   `json:"issuer"`
	Scheme   string   `json:"scheme"`          // x509, openpgp or ssh
	Rules    []string `json:"rules,omitempty"` // what the policy calls it
	Objects  int      `json:"objects"`
	Verdicts Verdicts `json:"verdicts"`
	// First and Last are the proven times of its first and last signature;
	// nil where none is proven.
	First *time.Time `json:"first"`
	Last  *time.Time `json:"last"`
}

// Month counts the objects of a month in UTC, by the proven time or, where none
// is proven, by the time that the committer or tagger names.
type Month struct {
	// Month is yyyy-mm; empty for objects that name no time, or one that is
	// not believable.
	Month    string   `json:"month"`
	Verdicts Verdicts `json:"verdicts"`
}

// Failure is an object that is not good.
type Failure struct {
	ID       string   `json:"object"`
	Type     string   `json:"type"`
	MergedBy string   `json:"mergedBy,omitempty"` // the commit whose mergetag it is
	Refs     []string `json:"refs,omitempty"`
	Verdict  string   `json:"verdict"`
	Subject  string   `json:"subject"`
	Identity string   `json:"identity,omitempty"` // a claim where the verdict is bad or unknown
	Issuer   string   `json:"issuer,omitempty"`
	Reason   string   `json:"reason"`
	Hint     string   `json:"hint,omitempty"`
}

// PolicyChange is a commit that changed the policy's file, with its verdict
// under the policy before it.
type PolicyChange struct {
	Commit  string `json:"commit"`
	Subject string `json:"subject"`
	Verdict string `json:"verdict"` // empty where there was no policy before it
	Reason  string `json:"reason,omitempty"`
}

// Forge counts objects that a forge's own key has signed: merges that add
// nothing to their parents, and squash merges and edits, for whose content
// there is the forge's word alone.
type Forge struct {
	Kind     string   `json:"kind"` // merge, squash or edit
	Verdicts Verdicts `json:"verdicts"`
}

// Excused is a commit that the policy exempts, or all objects that may be
// unsigned.
type Excused struct {
	Why     Excuse `json:"why"`
	Commit  string `json:"commit,omitempty"` // of an exempt one
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason,omitempty"` // why it is exempt, in the policy's words
	Verdict string `json:"verdict"`
	Objects int    `json:"objects"`
}
