package auditing

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
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
type auditMarkdown struct{ out *host.Output }

func (m *auditMarkdown) Result(*audit.Result) {}

func (m *auditMarkdown) Broken() error { return nil }

func (m *auditMarkdown) End(r *audit.Report) error {
	m.out.Printf("## git-seal: %s\n", conclusion(r))
	if r.Partial != "" {
		m.out.Printf("\n**Partial**: %s. What was not reached is not in this report.\n", markdownCode(host.Message(r.Partial)))
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

func (m *auditMarkdown) verdicts(r *audit.Report) {
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
		m.out.Printf("\n- %s: %s\n", forgeWords[policy.ForgeWork(f.Kind)], VerdictsInWords(f.Verdicts))
	}
}

func (m *auditMarkdown) failures(r *audit.Report) {
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
			object += " " + markdownCode(host.Printable(strings.Join(f.Refs, ", ")))
		}
		reason := markdownCode(host.Message(f.Reason))
		if f.Hint != "" {
			reason += "<br>hint: " + markdownCode(host.Message(f.Hint))
		}
		m.out.Printf("| %s | %s | %s | %s |\n", f.Verdict, object, markdownCode(host.Printable(f.Subject)), reason)
	}
	m.more(failureCount(r), maxMarkdownFailures)
}

func (m *auditMarkdown) signers(r *audit.Report) {
	if len(r.Signers) == 0 {
		return
	}
	m.out.Printf("\n### Signers\n\n| signer | provider | objects | share | first | last | verdicts |\n|---|---|---:|---:|---|---|---|\n")
	for _, s := range r.Signers[:min(len(r.Signers), maxMarkdownRows)] {
		m.out.Printf("| %s | %s | %d | %s | %s | %s | %s |\n", markdownCode(host.Printable(s.Identity)), markdownCode(host.Printable(cmp.Or(s.Issuer, keyWords[s.Scheme]))),
			s.Objects, percent(s.Objects, r.Objects.Total()), dateIfProven(s.First), dateIfProven(s.Last), VerdictsInWords(s.Verdicts))
	}
	m.more(len(r.Signers), maxMarkdownRows)
}

func (m *auditMarkdown) excused(r *audit.Report) {
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
			m.out.Printf("- %s: %s %s: %s\n", e.Verdict, e.Commit, markdownCode(host.Printable(e.Subject)), markdownCode(host.Message(e.Reason)))
		}
	}
	m.more(exempt, maxMarkdownRows)
}

func (m *auditMarkdown) policyChanges(r *audit.Report) {
	if len(r.PolicyChanges) == 0 {
		return
	}
	m.out.Printf("\n### Changes of the policy or a key file, each by the policy before it\n\n")
	for _, c := range r.PolicyChanges[:min(len(r.PolicyChanges), maxMarkdownRows)] {
		m.out.Printf("- %s: %s %s", cmp.Or(c.Verdict, "there was none before it"), c.Commit, markdownCode(host.Printable(c.Subject)))
		if c.Reason != "" {
			m.out.Printf(": %s", markdownCode(host.Message(c.Reason)))
		}
		m.out.Printf("\n")
	}
	m.more(len(r.PolicyChanges), maxMarkdownRows)
}

// origin says what was audited by what.
func (m *auditMarkdown) origin(r *audit.Report) {
	m.out.Printf("\n<details><summary>Policy, trusted roots and refs</summary>\n\n")
	if r.Policy == nil {
		m.out.Printf("- policy: none, so nothing is trusted\n")
	} else {
		m.out.Printf("- policy: %s (%s), sha256:%s\n", markdownCode(host.Printable(r.Policy.Source)), markdownCode(host.Printable(r.Policy.From)), r.Policy.SHA256)
		for _, k := range r.Policy.Keys[:min(len(r.Policy.Keys), maxMarkdownRows)] {
			m.out.Printf("- keys: %s, sha256:%s\n", markdownCode(host.Printable(k.Name)), k.SHA256)
		}
		m.more(len(r.Policy.Keys), maxMarkdownRows)
	}
	for _, root := range r.TrustedRoots[:min(len(r.TrustedRoots), maxMarkdownRows)] {
		m.out.Printf("- trusted root: %s: %s, sha256:%s\n", markdownCode(host.Printable(root.Name)), markdownCode(host.Printable(root.From)), root.SHA256)
	}
	m.more(len(r.TrustedRoots), maxMarkdownRows)
	m.out.Printf("- audited: %s\n", markdownCode(host.Printable(strings.Join(r.Ranges, " "))))
	for _, ref := range r.Refs[:min(len(r.Refs), maxMarkdownRows)] {
		without := ""
		if ref.Excluded {
			without = "without "
		}
		m.out.Printf("  - %s%s %s\n", without, ref.ID, markdownCode(host.Printable(ref.Name)))
	}
	m.more(len(r.Refs), maxMarkdownRows)
	for _, note := range r.Notes[:min(len(r.Notes), maxMarkdownRows)] {
		m.out.Printf("- note: %s\n", markdownCode(host.Message(note)))
	}
	m.more(len(r.Notes), maxMarkdownRows)
	m.out.Printf("\nby git-seal %s at %s\n\n</details>\n", markdownCode(host.Printable(r.Version)), host.Stamp(r.Date))
}

// more says how many rows are left out.
func (m *auditMarkdown) more(rows, limit int) {
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
