//go:build unix

package report

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
)

func TestMarkdownCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"words", "a subject", "`a subject`"},
		{"nothing", "", "–"},
		{"blanks", "  ", "–"},
		{"a pipe", "a|b", "`a\\|b`"},
		{"a pipe behind a backslash", `a\|b`, "`a\\\\u{7c}b`"},
		{"a backtick", "a`b", "`` a`b ``"},
		{"backticks at both ends", "``a`", "``` ``a` ```"},
		{"markup", "<b>**@all** #1", "`<b>**@all** #1`"},
		{"a long text", strings.Repeat("é", 100), "`" + strings.Repeat("é", 60) + "…`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := markdownCode(tt.text); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// outsideCode is a line of Markdown without its code spans (CommonMark 0.31,
// section 6.1).
func outsideCode(t *testing.T, line string) string {
	t.Helper()
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "`")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n := 1
		for strings.HasPrefix(rest, "`") {
			rest, n = rest[1:], n+1
		}
		fence := strings.Repeat("`", n)
		for at := 0; ; {
			i := strings.Index(rest[at:], fence)
			if i < 0 {
				t.Fatalf("a code span without end: %s", line)
			}
			at += i
			run := 0
			for strings.HasPrefix(rest[at+run:], "`") {
				run++
			}
			if run == n {
				line = rest[at+n:]
				break
			}
			at += run
		}
	}
}

func TestAuditMarkdownHoldsNothinghostile(t *testing.T) {
	t.Parallel()
	text := written(t, Markdown, auditReport())
	cells := 0
	for _, line := range strings.Split(text, "\n") {
		if outside := outsideCode(t, line); strings.ContainsAny(outside, "@[{") || strings.Contains(outside, "script") || strings.Contains(outside, "example.com") {
			t.Errorf("not in code: %s", line)
		}
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(line, "|") - strings.Count(line, `\|`)
		if cells == 0 {
			cells = n
		}
		if n != cells || strings.Contains(line, `\\|`) {
			t.Errorf("%d cells in a table of %d: %s", n-1, cells-1, line)
		}
	}
	for _, bad := range []string{"\u202e", "\x1b", "\x00", "\xff"} {
		if strings.Contains(text, bad) {
			t.Errorf("the summary holds %q", bad)
		}
	}
	for _, want := range []string{
		"## git-seal: 8 of 1200 objects not good\n", "| good | 1100 | every check passed", "| in all: 1190 commits, 7 tags, 3 tags in merges | 1200 | |\n",
		"- by the word of the forge alone, squash merges: 2 untrusted", "| `alice@example.com` | `https://accounts.example.com` | 900 | 75.0 % | 2019-01-02 | 2026-11-02 | 900 good |",
		"sha256:" + strings.Repeat("1", 64), "sha256:" + strings.Repeat("2", 64), "sha256:" + strings.Repeat("3", 64),
		strings.Repeat("a", 40) + " `refs/heads/main`", "by git-seal `v1.2.3` at 2026-11-02T03:04:05Z",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks %q", want)
		}
	}
}

// TestAuditMarkdownFitsAComment: GitHub refuses a longer one, and then nobody
// reads any.
func TestAuditMarkdownFitsAComment(t *testing.T) {
	t.Parallel()
	r := auditReport()
	long := strings.Repeat("|", 400)
	worst := audit.Failure{Type: "commit", ID: strings.Repeat("1", 64), Refs: []string{long}, Verdict: "unsupported", Subject: long, Reason: long, Hint: long}
	r.Failures = slices.Repeat([]audit.Failure{worst}, 1000)
	r.Signers = slices.Repeat([]audit.Signer{{Identity: long, Issuer: long, Objects: 1, Verdicts: r.Verdicts}}, 1000)
	r.Refs = slices.Repeat([]audit.Ref{{Name: long, ID: worst.ID}}, 1000)
	r.Excused = slices.Repeat([]audit.Excused{{Why: audit.Exempt, Commit: worst.ID, Subject: long, Reason: long, Verdict: "unsupported"}}, 1000)
	r.PolicyChanges = slices.Repeat([]audit.PolicyChange{{Commit: worst.ID, Subject: long, Reason: long, Verdict: "unsupported"}}, 1000)
	r.Policy.Keys = slices.Repeat([]audit.KeyFile{{Name: long, SHA256: worst.ID}}, 1000)
	r.TrustedRoots = slices.Repeat([]audit.TrustedRoot{{Name: long, From: long, SHA256: worst.ID}}, 1000)
	r.Notes = slices.Repeat([]string{long}, 1000)
	if n := utf8.RuneCountInString(written(t, Markdown, r)); n > 65_536 {
		t.Errorf("%d characters", n)
	}
}

// FuzzMarkdownCode: whatever a text is, it is one code span that no cell of a
// table ends in.
func FuzzMarkdownCode(f *testing.F) {
	for _, seed := range []string{"a subject", "`", "``` `` `", `\|`, `\\|`, "|", `a\`, " ` ", hostile, strings.Repeat("`é", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code := markdownCode(display.Value(text))
		if code == "–" {
			return
		}
		if outside := outsideCode(t, code); outside != "" {
			t.Errorf("%q is outside of %q", outside, code)
		}
		if strings.Count(code, "|") != strings.Count(code, `\|`) || strings.Contains(code, `\\|`) || strings.ContainsAny(code, "\r\n") {
			t.Errorf("%q ends a cell", code)
		}
	})
}

func TestEveryFormSaysThatItIsPartial(t *testing.T) {
	t.Parallel()
	r := auditReport()
	r.Partial = "interrupted"
	r.Failures, r.Omitted, r.Verdicts = nil, nil, audit.Verdicts{"good": r.Objects.Total()}
	for format, wants := range map[Form][]string{
		Text:     {"\npartial: interrupted; what was not reached is not in this report\n", "\nso far all good, "},
		JSON:     {`"partial":"interrupted"`},
		Markdown: {"## git-seal: so far all good, ", "**Partial**: `interrupted`. What was not reached is not in this report."},
		HTML:     {`<h1 class="open">so far all good, `, "<strong>Partial:</strong> interrupted. What was not reached is not in this report."},
	} {
		text := written(t, format, r)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", format, want)
			}
		}
	}
}

func TestSummariesSayThatThereIsNoPolicy(t *testing.T) {
	t.Parallel()
	r := auditReport()
	for _, there := range []bool{true, false} {
		if !there {
			r.Policy = nil
		}
		for _, format := range []Form{Markdown, HTML} {
			if strings.Contains(written(t, format, r), noPolicy) == there {
				t.Errorf("%s, a policy: %v", format, there)
			}
		}
	}
}
