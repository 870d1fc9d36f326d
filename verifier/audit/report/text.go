package report

import (
	"cmp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
	"github.com/git-seal/git-seal/verifier/policy"
)

// textReport prints the report for people, at the end.
type textReport struct {
	Out     *display.Output
	Color   bool
	Omitted string // where to find the failures that are not named, if not in the JSON
}

func (t *textReport) Result(*audit.Result) {}

func (t *textReport) Broken() error { return nil }

// maxShownSigners is how many signers the table holds: the others are in the
// JSON.
const maxShownSigners = 50

// The colours of verdicts (ECMA-48, section 8.3.117).
const (
	colorGood = "\x1b[32m"
	colorBad  = "\x1b[31m"
	colorOpen = "\x1b[33m"
	colorOff  = "\x1b[0m"
)

func (t *textReport) verdict(name string) string {
	switch {
	case !t.Color:
		return name
	case name == verifier.Good.String():
		return colorGood + name + colorOff
	case name == verifier.Bad.String(), name == verifier.Revoked.String():
		return colorBad + name + colorOff
	}
	return colorOpen + name + colorOff
}

func (t *textReport) End(r *audit.Report) error {
	t.head(r)
	t.verdicts(r)
	t.signers(r)
	t.Failures(r)
	t.Excused(r)
	t.foot(r)
	t.Out.Printf("\n%s\n", conclusion(r)) // where a long list leaves whoever ran it
	return t.Out.Close()
}

// WriteJudge writes by what something is judged, as every text report begins.
func WriteJudge(out *display.Output, p *audit.Policy, roots []audit.TrustedRoot) {
	if p == nil {
		out.Printf("policy: none, so no signer is trusted\n")
	} else {
		out.Printf("policy: %s (from %s), sha256:%s\n", display.Value(p.Source), display.Value(p.From), p.SHA256)
		for _, k := range p.Keys {
			out.Printf("keys: %s, sha256:%s\n", display.Value(k.Name), k.SHA256)
		}
	}
	for _, root := range roots {
		out.Printf("trusted root: %s: %s, sha256:%s\n", display.Value(root.Name), display.Value(root.From), root.SHA256)
	}
}

func (t *textReport) head(r *audit.Report) {
	WriteJudge(t.Out, r.Policy, r.TrustedRoots)
	t.Out.Printf("audited: %s\n", display.Value(strings.Join(r.Ranges, " ")))
	for i, ref := range r.Refs {
		if i == maxShownRefs && len(r.Refs) > maxShownRefs+1 {
			t.Out.Printf("  and %d more, which --format json names\n", len(r.Refs)-i)
			break
		}
		if ref.Excluded {
			t.Out.Printf("  without %s %s\n", ref.ID, display.Value(ref.Name))
		} else {
			t.Out.Printf("  %s %s\n", ref.ID, display.Value(ref.Name))
		}
	}
	t.Out.Printf("by git-seal %s at %s\n", display.Value(r.Version), display.Time(r.Date))
	for _, note := range r.Notes {
		t.Out.Printf("note: %s\n", display.Line(note))
	}
}

// maxShownRefs bounds the refs in the text's head.
const maxShownRefs = 40

func (t *textReport) verdicts(r *audit.Report) {
	t.Out.Printf("\n")
	for _, name := range verdictOrder {
		if n := r.Verdicts[name]; n > 0 {
			t.Out.Printf("%9d  %s\n", n, t.verdict(name))
		}
	}
	t.Out.Printf("%9d  %s\n", r.Objects.Total(), totalInWords(r.Objects))
	if r.Before > 0 {
		t.Out.Printf("%9d  not judged: the policy's history begins after them\n", r.Before)
	}
	for _, f := range r.Forge {
		t.Out.Printf("%s: %s\n", forgeWords[policy.ForgeWork(f.Kind)], verdictsInWords(f.Verdicts))
	}
}

// forgeWords say of what the forge's own key signed how far that can be told.
var forgeWords = map[policy.ForgeWork]string{
	policy.ForgeMerge:  "signed by the forge's own key, merges that add nothing to their parents",
	policy.ForgeSquash: "by the word of the forge alone, squash merges",
	policy.ForgeEdit:   "by the word of the forge alone, edits",
}

// maxShownExempt bounds the exempt commits that the text names.
const maxShownExempt = 40

// Excused prints what is not good and not held against the history.
func (t *textReport) Excused(r *audit.Report) {
	if len(r.Excused) > 0 {
		t.Out.Printf("\nnot held against the history, by the policy:\n")
	}
	shown := 0
	for _, e := range r.Excused {
		if e.Why != audit.Exempt {
			t.Out.Printf("  %d %s, which the policy allows\n", e.Objects, e.Verdict)
			continue
		}
		if shown++; shown <= maxShownExempt {
			t.Out.Printf("  %s: commit %s: %s\n", e.Verdict, strings.TrimSpace(e.Commit+" "+display.Value(e.Subject)), display.Line(e.Reason))
		}
	}
	if more := shown - maxShownExempt; more > 0 {
		t.Out.Printf("  and %d more, which --format json names\n", more)
	}
}

// verdictOrder is every verdict, the best first and then the worst.
var verdictOrder = []string{
	verifier.Good.String(), verifier.Bad.String(), verifier.Revoked.String(), verifier.Untrusted.String(), verifier.Unproven.String(),
	verifier.Unsigned.String(), verifier.Unsupported.String(), verifier.Unknown.String(),
}

func (t *textReport) signers(r *audit.Report) {
	if len(r.Signers) == 0 {
		return
	}
	t.Out.Printf("\n")
	w := tabwriter.NewWriter(t.Out.W, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		if _, err := w.Write([]byte(strings.Join(cells, "\t") + "\n")); err != nil {
			t.Out.Fail(err)
		}
	}
	row("SIGNER", "PROVIDER", "OBJECTS", "FIRST", "LAST", "VERDICTS")
	for i, s := range r.Signers {
		if i == maxShownSigners {
			break
		}
		row(display.Value(s.Identity), display.Value(cmp.Or(s.Issuer, keyWords[s.Scheme], "-")), decimal(s.Objects), dateIfProven(s.First), dateIfProven(s.Last), verdictsInWords(s.Verdicts))
	}
	if err := w.Flush(); err != nil {
		t.Out.Fail(err)
	}
	if more := len(r.Signers) - maxShownSigners; more > 0 {
		t.Out.Printf("and %d more, which --format json names\n", more)
	}
}

// keyWords stand in the place of a provider where there is none: nobody but the
// policy vouches for a key.
var keyWords = map[string]string{string(verifier.OpenPGP): "OpenPGP key", string(verifier.SSH): "SSH key"}

// Failures prints those with one verdict and one reason together: an unsigned
// history has the same to say of each commit.
func (t *textReport) Failures(r *audit.Report) {
	for i := 0; i < len(r.Failures); {
		first := r.Failures[i]
		same := slices.IndexFunc(r.Failures[i:], func(f audit.Failure) bool { return f.Verdict != first.Verdict })
		if same < 0 {
			same = len(r.Failures) - i
		}
		for _, group := range byReason(r.Failures[i : i+same]) {
			t.Out.Printf("\n%s: %s\n", t.verdict(group[0].Verdict), display.Line(group[0].Reason))
			if hint := groupHint(r, group); hint != "" {
				t.Out.Printf("hint: %s\n", display.Line(hint))
			}
			for _, f := range group {
				t.Out.Printf("  %s\n", titleOf(f))
			}
		}
		if n := r.Omitted[first.Verdict]; n > 0 {
			t.Out.Printf("  and %d more that are %s, %s\n", n, first.Verdict, cmp.Or(t.Omitted, "which --format json names"))
		}
		i += same
	}
}

// groupHint says what to do about failures with one reason: what to do about the
// first of them, but where there is no policy, which is so of all signers.
func groupHint(r *audit.Report, group []audit.Failure) string {
	if r.Policy == nil && group[0].Verdict == verifier.Untrusted.String() {
		return noPolicyHint
	}
	return group[0].Hint
}

// byReason splits failures with one verdict by their reasons, in the order in
// which these first appear.
func byReason(failures []audit.Failure) [][]audit.Failure {
	at := map[string]int{}
	var groups [][]audit.Failure
	for _, f := range failures {
		i, seen := at[f.Reason]
		if !seen {
			i = len(groups)
			at[f.Reason] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

func (t *textReport) foot(r *audit.Report) {
	if len(r.PolicyChanges) > 0 {
		t.Out.Printf("\nchanges of %s or a key file, each by the policy before it:\n", policy.Path)
	}
	for _, c := range r.PolicyChanges {
		verdict := "there was none before it"
		if c.Verdict != "" {
			verdict = t.verdict(c.Verdict)
		}
		if c.Reason != "" {
			verdict += ": " + display.Line(c.Reason)
		}
		t.Out.Printf("  %s %s: %s\n", c.Commit, display.Value(c.Subject), verdict)
	}
	if r.Partial != "" {
		t.Out.Printf("\npartial: %s; what was not reached is not in this report\n", display.Line(r.Partial))
	}
}

// dateIfProven is a time as the tables have it. OpenPGP and SSH keys prove none.
func dateIfProven(at *time.Time) string {
	if at == nil {
		return "not proven"
	}
	return at.UTC().Format(time.DateOnly)
}
