package audit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Caps on what a report holds, so that no history makes it grow without end.
const (
	// maxFailures bounds the failures that are kept of each verdict: more than
	// a person reads. Programs read the result of each object instead.
	maxFailures = 10_000
	// maxSigners bounds the signers that are told apart: who writes a history
	// can name as many as there are commits.
	maxSigners = 20_000
	// maxText bounds each text that is kept of a failure.
	maxText = 400
)

// worstFirst is the order of failures: what was certainly forged or withdrawn,
// then who may not, then what lacks evidence, then what could not be told.
var worstFirst = []verifier.Verdict{
	verifier.Bad, verifier.Revoked, verifier.Untrusted, verifier.Unproven,
	verifier.Unsigned, verifier.Unsupported, verifier.Unknown,
}

// Tally sums results up as they come.
type Tally struct {
	head     Report
	signers  map[signerKey]*Signer
	months   map[string]Verdicts
	forge    map[string]Verdicts
	unsigned *Excused // all that may be unsigned; nil where there is none
	failures map[verifier.Verdict][]Failure
}

type signerKey struct{ identity, issuer, scheme string }

// NewTally begins a sum. head has what is known beforehand: version, date,
// ranges, refs, policy and trusted roots.
func NewTally(head Report) *Tally {
	head.Verdicts, head.Omitted = Verdicts{}, Verdicts{}
	return &Tally{
		head: head, signers: map[signerKey]*Signer{}, months: map[string]Verdicts{}, forge: map[string]Verdicts{},
		failures: map[verifier.Verdict][]Failure{},
	}
}

// Add counts a result.
func (t *Tally) Add(r *Result) {
	verdict := r.Verdict.String()
	t.head.Verdicts[verdict]++
	t.conclude(r)
	switch {
	case r.MergedBy != "":
		t.head.Objects.Mergetags++
	case r.Signed.Type == policy.Commit:
		t.head.Objects.Commits++
	case r.Signed.Type == policy.Tag:
		t.head.Objects.Tags++
	default:
		t.head.Objects.Unread++
	}
	if r.Missing {
		t.head.Missing++
	}
	if r.Forge != "" {
		count(t.forge, string(r.Forge), verdict)
	}
	count(t.months, monthOf(r), verdict)
	t.addSigner(r)
	switch {
	case r.Verdict == verifier.Good:
	case r.Excused != "":
		t.addExcused(r)
	default:
		t.addFailure(r)
	}
}

// conclude lets what is certainly not good outweigh what is unknown, and that
// outweigh what is good or excused.
func (t *Tally) conclude(r *Result) {
	so := NotGood
	switch {
	case r.Excused != "" || r.Verdict == verifier.Good:
		so = AllGood
	case r.Verdict == verifier.Unknown:
		so = Undecided
	}
	t.head.Conclusion = max(t.head.Conclusion, so)
}

// addExcused keeps each commit that the policy names, which are as many as it
// has room for, and counts the others.
func (t *Tally) addExcused(r *Result) {
	if r.Excused == Exempt {
		t.head.Excused = append(t.head.Excused, Excused{Exempt, r.ID, short(r.Subject), short(r.Exemption), r.Verdict.String(), 1})
		return
	}
	if t.unsigned == nil {
		t.unsigned = &Excused{Why: r.Excused, Verdict: r.Verdict.String()}
	}
	t.unsigned.Objects++
}

func count(counts map[string]Verdicts, key, verdict string) {
	v := counts[key]
	if v == nil {
		v = Verdicts{}
		counts[key] = v
	}
	v[verdict]++
}

// monthOf believes in times since the first commit that git could have made.
func monthOf(r *Result) string {
	at := r.SignedAt
	if at.IsZero() {
		at = r.Date
	}
	if at = at.UTC(); at.Year() < 1970 || at.Year() > 2199 {
		return ""
	}
	return at.Format("2006-01")
}

// addSigner counts a signature for whom it proves to have signed.
func (t *Tally) addSigner(r *Result) {
	switch r.Verdict {
	case verifier.Bad, verifier.Unknown, verifier.Unsigned, verifier.Unsupported:
		return // the name is a claim, or there is none
	}
	key := signerKey{r.Identity.SubjectAlternativeName, r.Identity.Issuer, string(r.Scheme)}
	if key.identity == "" { // a key that has withdrawn its names
		key.identity = cmp.Or(r.Rule, r.Key.Fingerprint)
	}
	s := t.signers[key]
	if s == nil {
		if len(t.signers) == maxSigners {
			return
		}
		s = &Signer{Identity: key.identity, Issuer: key.issuer, Scheme: key.scheme, Verdicts: Verdicts{}}
		t.signers[key] = s
	}
	s.Objects++
	s.Verdicts[r.Verdict.String()]++
	if r.Rule != "" && !slices.Contains(s.Rules, r.Rule) {
		s.Rules = append(s.Rules, r.Rule)
	}
	if at := r.SignedAt; !at.IsZero() {
		if s.First == nil || at.Before(*s.First) {
			s.First = &at
		}
		if s.Last == nil || at.After(*s.Last) {
			s.Last = &at
		}
	}
}

func (t *Tally) addFailure(r *Result) {
	if len(t.failures[r.Verdict]) == maxFailures {
		t.head.Omitted[r.Verdict.String()]++
		return
	}
	t.failures[r.Verdict] = append(t.failures[r.Verdict], Failure{
		ID: r.ID, Type: string(r.Signed.Type), MergedBy: r.MergedBy, Refs: r.Refs, Verdict: r.Verdict.String(),
		Subject: short(r.Subject), Identity: short(r.Identity.SubjectAlternativeName), Issuer: short(r.Identity.Issuer),
		Reason: short(r.Reason), Hint: short(r.Hint),
	})
}

// short cuts a text that is too long. What is returned keeps no larger text
// alive.
func short(s string) string {
	if len(s) <= maxText {
		return s
	}
	return string([]byte(s[:maxText])) + "…"
}

// Report returns the sum so far. The caller fills in what is no sum: partial,
// notes, policy changes and the exit code. Nothing may be added after it.
func (t *Tally) Report() *Report {
	r := t.head
	r.Date = r.Date.UTC()
	r.Signers = make([]Signer, 0, len(t.signers))
	for _, s := range t.signers {
		slices.Sort(s.Rules)
		r.Signers = append(r.Signers, *s)
	}
	slices.SortFunc(r.Signers, func(a, b Signer) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Identity, b.Identity), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Scheme, b.Scheme))
	})
	r.Months = []Month{}
	for _, month := range slices.Sorted(maps.Keys(t.months)) {
		r.Months = append(r.Months, Month{month, t.months[month]})
	}
	for _, kind := range slices.Sorted(maps.Keys(t.forge)) {
		r.Forge = append(r.Forge, Forge{kind, t.forge[kind]})
	}
	if t.unsigned != nil {
		r.Excused = append(r.Excused, *t.unsigned)
	}
	r.Failures = []Failure{}
	for _, verdict := range worstFirst {
		r.Failures = append(r.Failures, t.failures[verdict]...)
	}
	return &r
}
