package main

import (
	"cmp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// auditText prints the report for people, at the end.
type auditText struct {
	out   *output
	color bool
}

func (t *auditText) result(*audit.Result) {}
func (t *auditText) broken() error        { return nil }

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

func (t *auditText) verdict(name string) string {
	switch {
	case !t.color:
		return name
	case name == verifier.Good.String():
		return colorGood + name + colorOff
	case name == verifier.Bad.String(), name == verifier.Revoked.String():
		return colorBad + name + colorOff
	}
	return colorOpen + name + colorOff
}

func (t *auditText) end(r *audit.Report) error {
	t.head(r)
	t.verdicts(r)
	t.signers(r)
	t.failures(r)
	t.excused(r)
	t.foot(r)
	return t.out.close()
}

func (t *auditText) head(r *audit.Report) {
	if r.Policy == nil {
		t.out.printf("policy: none, so nothing is trusted\n")
	} else {
		t.out.printf("policy: %s (%s), sha256:%s\n", printable(r.Policy.Source), printable(r.Policy.From), r.Policy.SHA256)
		for _, k := range r.Policy.Keys {
			t.out.printf("keys: %s, sha256:%s\n", printable(k.Name), k.SHA256)
		}
	}
	for _, root := range r.TrustedRoots {
		t.out.printf("trusted root: %s: %s, sha256:%s\n", printable(root.Name), printable(root.From), root.SHA256)
	}
	t.out.printf("audited: %s\n", printable(strings.Join(r.Ranges, " ")))
	for i, ref := range r.Refs {
		if i == maxShownRefs && len(r.Refs) > maxShownRefs+1 {
			t.out.printf("  and %d more, which --format json names\n", len(r.Refs)-i)
			break
		}
		if ref.Excluded {
			t.out.printf("  without %s %s\n", ref.ID, printable(ref.Name))
		} else {
			t.out.printf("  %s %s\n", ref.ID, printable(ref.Name))
		}
	}
	t.out.printf("by git-seal %s at %s\n", printable(r.Version), stamp(r.Date))
	for _, note := range r.Notes {
		t.out.printf("note: %s\n", message(note))
	}
}

// maxShownRefs bounds the refs in the text's head.
const maxShownRefs = 40

func (t *auditText) verdicts(r *audit.Report) {
	t.out.printf("\n")
	for _, name := range verdictOrder {
		if n := r.Verdicts[name]; n > 0 {
			t.out.printf("%9d  %s\n", n, t.verdict(name))
		}
	}
	t.out.printf("%9d  %s\n", r.Objects.Total(), totalInWords(r.Objects))
	if r.Before > 0 {
		t.out.printf("%9d  not judged: the policy's history begins after them\n", r.Before)
	}
	for _, f := range r.Forge {
		t.out.printf("%s: %s\n", forgeWords[verifier.ForgeWork(f.Kind)], verdictsInWords(f.Verdicts))
	}
}

// forgeWords say of what the forge's own key signed how far that can be told.
var forgeWords = map[verifier.ForgeWork]string{
	verifier.ForgeMerge:  "signed by the forge's own key, merges that add nothing to their parents",
	verifier.ForgeSquash: "by the word of the forge alone, squash merges",
	verifier.ForgeEdit:   "by the word of the forge alone, edits",
}

// maxShownExempt bounds the exempt commits that the text names.
const maxShownExempt = 40

// excused prints what is not good and not held against the history.
func (t *auditText) excused(r *audit.Report) {
	if len(r.Excused) > 0 {
		t.out.printf("\nnot held against the history, by the policy:\n")
	}
	shown := 0
	for _, e := range r.Excused {
		if e.Why != audit.Exempt {
			t.out.printf("  %d %s, which the policy allows\n", e.Objects, e.Verdict)
			continue
		}
		if shown++; shown <= maxShownExempt {
			t.out.printf("  %s: commit %s: %s\n", e.Verdict, strings.TrimSpace(e.Commit+" "+printable(e.Subject)), message(e.Reason))
		}
	}
	if more := shown - maxShownExempt; more > 0 {
		t.out.printf("  and %d more, which --format json names\n", more)
	}
}

// verdictOrder is every verdict, the best first and then the worst.
var verdictOrder = []string{
	verifier.Good.String(), verifier.Bad.String(), verifier.Revoked.String(), verifier.Untrusted.String(), verifier.Unproven.String(),
	verifier.Unsigned.String(), verifier.Unsupported.String(), verifier.Unknown.String(),
}

func (t *auditText) signers(r *audit.Report) {
	if len(r.Signers) == 0 {
		return
	}
	t.out.printf("\n")
	w := tabwriter.NewWriter(t.out.w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		if _, err := w.Write([]byte(strings.Join(cells, "\t") + "\n")); err != nil {
			t.out.fail(err)
		}
	}
	row("SIGNER", "PROVIDER", "OBJECTS", "FIRST", "LAST", "VERDICTS")
	for i, s := range r.Signers {
		if i == maxShownSigners {
			break
		}
		row(printable(s.Identity), printable(cmp.Or(s.Issuer, keyWords[s.Scheme], "-")), decimal(s.Objects), dateIfProven(s.First), dateIfProven(s.Last), verdictsInWords(s.Verdicts))
	}
	if err := w.Flush(); err != nil {
		t.out.fail(err)
	}
	if more := len(r.Signers) - maxShownSigners; more > 0 {
		t.out.printf("and %d more, which --format json names\n", more)
	}
}

// keyWords stand in the place of a provider where there is none: nobody but the
// policy vouches for a key.
var keyWords = map[string]string{string(verifier.OpenPGP): "OpenPGP key", string(verifier.SSH): "SSH key"}

// failures prints those with one verdict and one reason together: an unsigned
// history has the same to say of each commit.
func (t *auditText) failures(r *audit.Report) {
	for i := 0; i < len(r.Failures); {
		first := r.Failures[i]
		same := slices.IndexFunc(r.Failures[i:], func(f audit.Failure) bool { return f.Verdict != first.Verdict })
		if same < 0 {
			same = len(r.Failures) - i
		}
		for _, group := range byReason(r.Failures[i : i+same]) {
			t.out.printf("\n%s: %s\n", t.verdict(group[0].Verdict), message(group[0].Reason))
			if hint := groupHint(r, group); hint != "" {
				t.out.printf("hint: %s\n", message(hint))
			}
			for _, f := range group {
				t.out.printf("  %s\n", auditTitle(f))
			}
		}
		if n := r.Omitted[first.Verdict]; n > 0 {
			t.out.printf("  and %d more that are %s, which --format json names\n", n, first.Verdict)
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

func (t *auditText) foot(r *audit.Report) {
	if len(r.PolicyChanges) > 0 {
		t.out.printf("\nchanges of %s or a key file, each by the policy before it:\n", policyPath)
	}
	for _, c := range r.PolicyChanges {
		verdict := "there was none before it"
		if c.Verdict != "" {
			verdict = t.verdict(c.Verdict)
		}
		if c.Reason != "" {
			verdict += ": " + message(c.Reason)
		}
		t.out.printf("  %s %s: %s\n", c.Commit, printable(c.Subject), verdict)
	}
	if r.Partial != "" {
		t.out.printf("\npartial: %s; what was not reached is not in this report\n", message(r.Partial))
	}
	t.out.printf("\n%s\n", conclusion(r)) // where a long list leaves whoever ran it
}

// dateIfProven is a time as the tables have it. OpenPGP and SSH keys prove none.
func dateIfProven(at *time.Time) string {
	if at == nil {
		return "not proven"
	}
	return at.UTC().Format(time.DateOnly)
}
