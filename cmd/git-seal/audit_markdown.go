package main

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// Caps on the summary: a comment on GitHub holds 65,536 characters, and who
// reads it wants the worst.
const (
	maxMarkdownFailures = 25
	maxMarkdownRows     = 10  // of each other list
	maxMarkdownCell     = 120 // bytes of a foreign text
)

// auditMarkdown prints a summary for a pull request or a job's page, in GitHub
// Flavored Markdown.
type auditMarkdown struct{ out *output }

func (m *auditMarkdown) result(*audit.Result) {}
func (m *auditMarkdown) broken() error        { return nil }

func (m *auditMarkdown) end(r *audit.Report) error {
	m.out.printf("## git-seal: %s\n", conclusion(r))
	if r.Partial != "" {
		m.out.printf("\n**Partial**: %s. What was not reached is not in this report.\n", markdownCode(message(r.Partial)))
	}
	if r.Policy == nil {
		m.out.printf("\n**Note**: %s; %s.\n", noPolicy, noPolicyHint)
	}
	m.verdicts(r)
	m.failures(r)
	m.signers(r)
	m.excused(r)
	m.policyChanges(r)
	m.origin(r)
	return m.out.close()
}

func (m *auditMarkdown) verdicts(r *audit.Report) {
	m.out.printf("\n| verdict | objects | meaning |\n|---|---:|---|\n")
	for _, name := range verdictOrder {
		if n := r.Verdicts[name]; n > 0 {
			m.out.printf("| %s | %d | %s |\n", name, n, verdictMeans[name])
		}
	}
	m.out.printf("| %s | %d | |\n", totalInWords(r.Objects), r.Objects.Total())
	if r.Before > 0 {
		m.out.printf("| not judged | %d | the policy's history begins after them |\n", r.Before)
	}
	for _, f := range r.Forge {
		m.out.printf("\n- %s: %s\n", forgeWords[verifier.ForgeWork(f.Kind)], verdictsInWords(f.Verdicts))
	}
}

func (m *auditMarkdown) failures(r *audit.Report) {
	if len(r.Failures) == 0 {
		return
	}
	m.out.printf("\n### What is wrong, the worst first\n\n| verdict | object | subject | reason |\n|---|---|---|---|\n")
	for _, f := range r.Failures[:min(len(r.Failures), maxMarkdownFailures)] {
		object := strings.TrimSpace(f.Type + " " + f.ID) // the forge makes a link of an id
		switch {
		case f.MergedBy != "":
			object += " in the merge " + f.MergedBy
		case len(f.Refs) > 0:
			object += " " + markdownCode(printable(strings.Join(f.Refs, ", ")))
		}
		reason := markdownCode(message(f.Reason))
		if f.Hint != "" {
			reason += "<br>hint: " + markdownCode(message(f.Hint))
		}
		m.out.printf("| %s | %s | %s | %s |\n", f.Verdict, object, markdownCode(printable(f.Subject)), reason)
	}
	m.more(failureCount(r), maxMarkdownFailures)
}

func (m *auditMarkdown) signers(r *audit.Report) {
	if len(r.Signers) == 0 {
		return
	}
	m.out.printf("\n### Signers\n\n| signer | provider | objects | share | first | last | verdicts |\n|---|---|---:|---:|---|---|---|\n")
	for _, s := range r.Signers[:min(len(r.Signers), maxMarkdownRows)] {
		m.out.printf("| %s | %s | %d | %s | %s | %s | %s |\n", markdownCode(printable(s.Identity)), markdownCode(printable(cmp.Or(s.Issuer, keyWords[s.Scheme]))),
			s.Objects, percent(s.Objects, r.Objects.Total()), dateIfProven(s.First), dateIfProven(s.Last), verdictsInWords(s.Verdicts))
	}
	m.more(len(r.Signers), maxMarkdownRows)
}

func (m *auditMarkdown) excused(r *audit.Report) {
	if len(r.Excused) == 0 {
		return
	}
	m.out.printf("\n### Not held against the history, by the policy\n\n")
	exempt := 0
	for _, e := range r.Excused {
		if e.Why != audit.Exempt {
			m.out.printf("- %d %s, which the policy allows\n", e.Objects, e.Verdict)
			continue
		}
		if exempt++; exempt <= maxMarkdownRows {
			m.out.printf("- %s: %s %s: %s\n", e.Verdict, e.Commit, markdownCode(printable(e.Subject)), markdownCode(message(e.Reason)))
		}
	}
	m.more(exempt, maxMarkdownRows)
}

func (m *auditMarkdown) policyChanges(r *audit.Report) {
	if len(r.PolicyChanges) == 0 {
		return
	}
	m.out.printf("\n### Changes of the policy or a key file, each by the policy before it\n\n")
	for _, c := range r.PolicyChanges[:min(len(r.PolicyChanges), maxMarkdownRows)] {
		m.out.printf("- %s: %s %s", cmp.Or(c.Verdict, "there was none before it"), c.Commit, markdownCode(printable(c.Subject)))
		if c.Reason != "" {
			m.out.printf(": %s", markdownCode(message(c.Reason)))
		}
		m.out.printf("\n")
	}
	m.more(len(r.PolicyChanges), maxMarkdownRows)
}

// origin says what was audited by what.
func (m *auditMarkdown) origin(r *audit.Report) {
	m.out.printf("\n<details><summary>Policy, trusted roots and refs</summary>\n\n")
	if r.Policy == nil {
		m.out.printf("- policy: none, so nothing is trusted\n")
	} else {
		m.out.printf("- policy: %s (%s), sha256:%s\n", markdownCode(printable(r.Policy.Source)), markdownCode(printable(r.Policy.From)), r.Policy.SHA256)
		for _, k := range r.Policy.Keys[:min(len(r.Policy.Keys), maxMarkdownRows)] {
			m.out.printf("- keys: %s, sha256:%s\n", markdownCode(printable(k.Name)), k.SHA256)
		}
		m.more(len(r.Policy.Keys), maxMarkdownRows)
	}
	for _, root := range r.TrustedRoots[:min(len(r.TrustedRoots), maxMarkdownRows)] {
		m.out.printf("- trusted root: %s: %s, sha256:%s\n", markdownCode(printable(root.Name)), markdownCode(printable(root.From)), root.SHA256)
	}
	m.more(len(r.TrustedRoots), maxMarkdownRows)
	m.out.printf("- audited: %s\n", markdownCode(printable(strings.Join(r.Ranges, " "))))
	for _, ref := range r.Refs[:min(len(r.Refs), maxMarkdownRows)] {
		without := ""
		if ref.Excluded {
			without = "without "
		}
		m.out.printf("  - %s%s %s\n", without, ref.ID, markdownCode(printable(ref.Name)))
	}
	m.more(len(r.Refs), maxMarkdownRows)
	for _, note := range r.Notes[:min(len(r.Notes), maxMarkdownRows)] {
		m.out.printf("- note: %s\n", markdownCode(message(note)))
	}
	m.more(len(r.Notes), maxMarkdownRows)
	m.out.printf("\nby git-seal %s at %s\n\n</details>\n", markdownCode(printable(r.Version)), stamp(r.Date))
}

// more says how many rows are left out.
func (m *auditMarkdown) more(rows, limit int) {
	if rows > limit {
		m.out.printf("\nand %d more, which `--format json` names\n\n", rows-limit)
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
