package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/audit"
)

// hostile is what somebody might write into a commit who wants to get out of
// the report, or to have it say something else.
const hostile = "</script><script>document.title='owned'</script><img src=http://example.com/x onerror=alert(1)>" +
	"\u202egood\u202c \x1b[31m\x00 | `x` @everyone #1 [a](http://example.com) {{.}} <!-- \\| ``` \xff"

// auditReport is a report of ten years with every verdict, and hostile text
// wherever a text may stand.
func auditReport() *audit.Report {
	at := func(year, month int) *time.Time {
		t := time.Date(year, time.Month(month), 2, 3, 4, 5, 0, time.UTC)
		return &t
	}
	r := &audit.Report{
		Version: "v1.2.3", Date: *at(2026, 11), Ranges: []string{"--all", hostile},
		Refs:         []audit.Ref{{Name: "refs/heads/main", ID: strings.Repeat("a", 40)}, {Name: "refs/heads/" + hostile, ID: strings.Repeat("b", 40), Excluded: true}},
		Policy:       &audit.Policy{Source: ".git-seal/policy.yaml", From: hostile, SHA256: strings.Repeat("1", 64), Keys: []audit.KeyFile{{Name: "keys/ana.asc", SHA256: strings.Repeat("2", 64)}}},
		TrustedRoots: []audit.TrustedRoot{{Name: "public-good", From: "built in", SHA256: strings.Repeat("3", 64)}},
		Objects:      audit.Objects{Commits: 1190, Tags: 7, Mergetags: 3},
		Verdicts:     audit.Verdicts{"good": 1100, "bad": 1, "revoked": 2, "untrusted": 20, "unproven": 7, "unsigned": 60, "unsupported": 8, "unknown": 2},
		Signers: []audit.Signer{
			{Identity: "alice@example.com", Issuer: "https://accounts.example.com", Scheme: "x509", Objects: 900, Verdicts: audit.Verdicts{"good": 900}, First: at(2019, 1), Last: at(2026, 11)},
			{Identity: "Ana <ana@example.com>", Scheme: "openpgp", Objects: 220, Verdicts: audit.Verdicts{"good": 200, "untrusted": 20}},
			{Identity: hostile, Issuer: hostile, Scheme: "x509", Objects: 1, Verdicts: audit.Verdicts{"untrusted": 1}, First: at(2020, 2), Last: at(2020, 2)},
		},
		Months:        []audit.Month{{Month: "", Verdicts: audit.Verdicts{"unsigned": 1}}},
		PolicyChanges: []audit.PolicyChange{{Commit: strings.Repeat("c", 40), Subject: hostile, Verdict: "good"}, {Commit: strings.Repeat("d", 40), Subject: "first rules"}},
		Forge:         []audit.Forge{{Kind: "squash", Verdicts: audit.Verdicts{"untrusted": 2}}},
		Excused:       []audit.Excused{{Why: audit.Exempt, Commit: strings.Repeat("e", 40), Subject: hostile, Reason: "made on a borrowed machine", Verdict: "untrusted", Objects: 1}},
		Notes:         []string{"the clone is shallow"}, ExitCode: 1,
	}
	for n := range 95 {
		m := at(2019, 1).AddDate(0, n, 0).Format("2006-01")
		r.Months = append(r.Months, audit.Month{Month: m, Verdicts: audit.Verdicts{"good": 3 + n*7%20, "unsigned": n % 3, "untrusted": n % 5 / 3}})
	}
	for n, verdict := range []string{"bad", "revoked", "untrusted", "untrusted", "unproven", "unsigned", "unsupported", "unknown"} {
		r.Failures = append(r.Failures, audit.Failure{
			ID: strings.Repeat(fmt.Sprint(9-n), 40), Type: "commit", Verdict: verdict, Subject: fmt.Sprintf("change %d", n),
			Identity: "bob@example.com", Issuer: "https://accounts.example.com", Reason: "a reason to be " + verdict, Hint: "what to do",
		})
	}
	r.Failures[2].Subject, r.Failures[2].Identity, r.Failures[2].Reason, r.Failures[2].Refs = hostile, hostile, hostile, []string{"refs/tags/" + hostile}
	return r
}

// written is the report in a form.
func written(t *testing.T, format Form, r *audit.Report) string {
	t.Helper()
	var b strings.Builder
	if err := New(format, &b, Options{}).End(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
