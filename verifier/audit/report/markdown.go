package report

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Caps on the summary: a comment on GitHub holds 65,536 characters, and who
// reads it wants the worst.
const (
	maxMarkdownFailures = 25
	maxMarkdownRows     = 10  // of each other list
	maxMarkdownCell     = 120 // bytes of a foreign text
)

// markdownReport prints a summary for a pull request or a job's page, in GitHub
// Flavored Markdown.
type markdownReport struct{ out *display.Output }

func (m *markdownReport) Result(*audit.Result) {}

func (m *markdownReport) Broken() error { return nil }

func (m *markdownReport) End(r *audit.Report) error {
	m.out.Printf("## git-seal: %s\n", conclusion(r))
	if r.Partial != "" {
		m.out.Printf("\n**Partial**: %s. What was not reached is not in this report.\n", markdownCode(display.Line(r.Partial)))
	}
	if r.Policy == nil {
		m.out.Printf("\n**Note**: %s; %s.\n", noPolicy, noPolicyHint)
	}
	m.verdicts(r)
	m.failures(r)
	m.signers(r)
	m.excused(r)
	m.policyChanges(r)
	m.origin(r)
	return m.out.Close()
}

func (m *markdownReport) verdicts(r *audit.Report) {
	m.out.Printf("\n| verdict | objects | meaning |\n|---|---:|---|\n")
	for _, name := range verdictOrder {
		if n := r.Verdicts[name]; n > 0 {
			m.out.Printf("| %s | %d | %s |\n", name, n, verdictMeans[name])
		}
	}
	m.out.Printf("| %s | %d | |\n", totalInWords(r.Objects), r.Objects.Total())
	if r.Before > 0 {
		m.out.Printf("| not judged | %d | the policy's history begins after them |\n", r.Before)
	}
	for _, f := range r.Forge {
		m.out.Printf("\n- %s: %s\n", forgeWords[policy.ForgeWork(f.Kind)], verdictsInWords(f.Verdicts))
	}
}

func (m *markdownReport) failures(r *audit.Report) {
	if len(r.Failures) == 0 {
		return
	}
	m.out.Printf("\n### What is wrong, the worst first\n\n| verdict | object | subject | reason |\n|---|---|---|---|\n")
	for _, f := range r.Failures[:min(len(r.Failures), maxMarkdownFailures)] {
		object := strings.TrimSpace(f.Type + " " + f.ID) // the forge makes a link of an id
		switch {
		case f.MergedBy != "":
			object += " in the merge " + f.MergedBy
		case len(f.Refs) > 0:
			object += " " + markdownCode(display.Value(strings.Join(f.Refs, ", ")))
		}
		reason := markdownCode(display.Line(f.Reason))
		if f.Hint != "" {
			reason += "<br>hint: " + markdownCode(display.Line(f.Hint))
		}
		m.out.Printf("| %s | %s | %s | %s |\n", f.Verdict, object, markdownCode(display.Value(f.Subject)), reason)
	}
	m.more(failureCount(r), maxMarkdownFailures)
}

func (m *markdownReport) signers(r *audit.Report) {
	if len(r.Signers) == 0 {
		return
	}
	m.out.Printf("\n### Signers\n\n| signer | provider | objects | share | first | last | verdicts |\n|---|---|---:|---:|---|---|---|\n")
	for _, s := range r.Signers[:min(len(r.Signers), maxMarkdownRows)] {
		m.out.Printf("| %s | %s | %d | %s | %s | %s | %s |\n", markdownCode(display.Value(s.Identity)), markdownCode(display.Value(cmp.Or(s.Issuer, keyWords[s.Scheme]))),
			s.Objects, percent(s.Objects, r.Objects.Total()), dateIfProven(s.First), dateIfProven(s.Last), verdictsInWords(s.Verdicts))
	}
	m.more(len(r.Signers), maxMarkdownRows)
}

func (m *markdownReport) excused(r *audit.Report) {
	if len(r.Excused) == 0 {
		return
	}
	m.out.Printf("\n### Not held against the history, by the policy\n\n")
	exempt := 0
	for _, e := range r.Excused {
		if e.Why != audit.Exempt {
			m.out.Printf("- %d %s, which the policy allows\n", e.Objects, e.Verdict)
			continue
		}
		if exempt++; exempt <= maxMarkdownRows {
			m.out.Printf("- %s: %s %s: %s\n", e.Verdict, e.Commit, markdownCode(display.Value(e.Subject)), markdownCode(display.Line(e.Reason)))
		}
	}
	m.more(exempt, maxMarkdownRows)
}

func (m *markdownReport) policyChanges(r *audit.Report) {
	if len(r.PolicyChanges) == 0 {
		return
	}
	m.out.Printf("\n### Changes of the policy or a key file, each by the policy before it\n\n")
	for _, c := range r.PolicyChanges[:min(len(r.PolicyChanges), maxMarkdownRows)] {
		m.out.Printf("- %s: %s %s", cmp.Or(c.Verdict, "there was none before it"), c.Commit, markdownCode(display.Value(c.Subject)))
		if c.Reason != "" {
			m.out.Printf(": %s", markdownCode(display.Line(c.Reason)))
		}
		m.out.Printf("\n")
	}
	m.more(len(r.PolicyChanges), maxMarkdownRows)
}

// origin says what was audited by what.
func (m *markdownReport) origin(r *audit.Report) {
	m.out.Printf("\n<details><summary>Policy, trusted roots and refs</summary>\n\n")
	if r.Policy == nil {
		m.out.Printf("- policy: none, so no signer is trusted\n")
	} else {
		m.out.Printf("- policy: %s (from %s), sha256:%s\n", markdownCode(display.Value(r.Policy.Source)), markdownCode(display.Value(r.Policy.From)), r.Policy.SHA256)
		for _, k := range r.Policy.Keys[:min(len(r.Policy.Keys), maxMarkdownRows)] {
			m.out.Printf("- keys: %s, sha256:%s\n", markdownCode(display.Value(k.Name)), k.SHA256)
		}
		m.more(len(r.Policy.Keys), maxMarkdownRows)
	}
	for _, root := range r.TrustedRoots[:min(len(r.TrustedRoots), maxMarkdownRows)] {
		m.out.Printf("- trusted root: %s: %s, sha256:%s\n", markdownCode(display.Value(root.Name)), markdownCode(display.Value(root.From)), root.SHA256)
	}
	m.more(len(r.TrustedRoots), maxMarkdownRows)
	m.out.Printf("- audited: %s\n", markdownCode(display.Value(strings.Join(r.Ranges, " "))))
	for _, ref := range r.Refs[:min(len(r.Refs), maxMarkdownRows)] {
		without := ""
		if ref.Excluded {
			without = "without "
		}
		m.out.Printf("  - %s%s %s\n", without, ref.ID, markdownCode(display.Value(ref.Name)))
	}
	m.more(len(r.Refs), maxMarkdownRows)
	for _, note := range r.Notes[:min(len(r.Notes), maxMarkdownRows)] {
		m.out.Printf("- note: %s\n", markdownCode(display.Line(note)))
	}
	m.more(len(r.Notes), maxMarkdownRows)
	m.out.Printf("\nby git-seal %s at %s\n\n</details>\n", markdownCode(display.Value(r.Version)), display.Time(r.Date))
}

// more says how many rows are left out.
func (m *markdownReport) more(rows, limit int) {
	if rows > limit {
		m.out.Printf("\nand %d more, which `--format json` names\n\n", rows-limit)
	}
}

// markdownCode quotes a text that is fit to be shown as code: a renderer finds no
// markup in it, no link and nobody to notify, and no end of a table's cell.
// Empty text is a dash.
func markdownCode(s string) string {
	if len(s) > maxMarkdownCell {
		cut := maxMarkdownCell
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	if strings.Trim(s, " ") == "" {
		return "–"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		s = " " + s + " " // a renderer takes them away, and needs them beside a backtick
	}
	s = strings.ReplaceAll(s, `\|`, `\\u{7c}`) // renderers differ in what a backslash before \| does
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}
