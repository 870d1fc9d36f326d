//go:build unix

package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
func written(t *testing.T, format outputFormat, r *audit.Report) string {
	t.Helper()
	var b strings.Builder
	if err := format.auditOutput(newOutput(&b), false).end(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAuditPageHoldsNothingHostile(t *testing.T) {
	t.Parallel()
	page := written(t, formatHTML, auditReport())
	for _, bad := range []string{"</script><script>", "<img", "\u202e", "\x1b", "\x00", "\xff", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
	for _, want := range []string{
		`&lt;/script&gt;&lt;script&gt;`, `\u{202e}good\u{202c} \x1b[31m\x00`, `content="default-src &#39;none&#39;; style-src &#39;sha256-`,
		"sha256:" + strings.Repeat("1", 64), "sha256:" + strings.Repeat("2", 64), "sha256:" + strings.Repeat("3", 64),
		strings.Repeat("a", 40), "v1.2.3", "2026-11-02T03:04:05Z", "by the word of the forge alone, squash merges: 2 untrusted",
		"<strong>94.0 %</strong> with a genuine signature, whoever’s", // bad ones are not among it, nor what could not be told
		"<td><em>not proven:</em> <bdi>bob@example.com</bdi>", "\n<td><bdi>bob@example.com</bdi>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestAuditPageStaysSmall(t *testing.T) {
	t.Parallel()
	r := auditReport()
	r.Failures = slices.Repeat(r.Failures[:1], 70_000)
	r.Omitted = audit.Verdicts{"bad": 5}
	page := written(t, formatHTML, r)
	if len(page) > 5<<20 {
		t.Errorf("%d bytes", len(page))
	}
	if want := fmt.Sprintf("%d more are not on this page", 70_005-maxPageFailures); !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
}

// TestAuditPageInABrowser opens the page as a person does, from a file.
func TestAuditPageInABrowser(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.html")
	if err := os.WriteFile(file, []byte(written(t, formatHTML, auditReport())), 0o644); err != nil {
		t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: file}).String()
	browser := startChromium(t)
	requests := make(chan string, 100)
	chromedp.ListenTarget(browser.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && e.Request.URL != address && !strings.HasPrefix(e.Request.URL, "data:") {
			requests <- e.Request.URL
		}
	})
	browser.do(network.Enable())
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			browser.do(chromedp.EmulateViewport(width, 900), mediaFeature("prefers-color-scheme", scheme), chromedp.Navigate(address))
			browser.fits(width)
			browser.wholePicture(fmt.Sprintf("audit-%d-%s", width, scheme))
			browser.searches()
			browser.sorts()
		}
	}
	var title string
	browser.do(chromedp.Title(&title))
	if title != "git-seal audit: 8 of 1200 objects not good" {
		t.Errorf("title %q", title)
	}
	close(requests)
	for request := range requests {
		t.Errorf("the page asks for %s", request)
	}
}

func mediaFeature(name, value string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: name, Value: value}})
}

// fits fails where a person has to scroll sideways.
func (c *chromium) fits(width int64) {
	c.t.Helper()
	var needed int64
	c.do(chromedp.Evaluate(`document.documentElement.scrollWidth`, &needed))
	if needed > width {
		c.t.Errorf("the page is %d wide in a window of %d", needed, width)
	}
	var page, text string
	c.do(chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &page), chromedp.Evaluate(`getComputedStyle(document.body).color`, &text))
	if page == text || page == "rgba(0, 0, 0, 0)" {
		c.t.Errorf("text in %s on %s: the style does not apply", text, page)
	}
}

// wholePicture takes all of the page, if somebody wants to see it.
func (c *chromium) wholePicture(name string) {
	c.t.Helper()
	if *screenshots == "" {
		return
	}
	var png []byte
	c.do(chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// visible are the first cells of the failures that are shown.
func (c *chromium) visible() []string {
	c.t.Helper()
	var cells []string
	c.do(chromedp.Evaluate(`[...document.querySelectorAll("#failed tbody tr")].filter(r => r.offsetHeight > 0).map(r => r.cells[0].textContent)`, &cells))
	return cells
}

// tabTo presses the tab key until an element has the focus.
func (c *chromium) tabTo(selector string) {
	c.t.Helper()
	for range 50 {
		var there bool
		c.do(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(fmt.Sprintf(`document.activeElement.matches(%q)`, selector), &there))
		if there {
			return
		}
	}
	c.t.Fatalf("the keyboard does not lead to %s", selector)
}

// searches finds a failure by its words, with the keyboard alone.
func (c *chromium) searches() {
	c.t.Helper()
	c.tabTo("#search")
	c.do(chromedp.KeyEvent("reason UNPROVEN"))
	if got := c.visible(); !slices.Equal(got, []string{"unproven"}) {
		c.t.Errorf("search shows %q", got)
	}
	var shown string
	c.do(chromedp.Text("#shown", &shown, chromedp.ByID))
	if shown != "1 of 8 shown" {
		c.t.Errorf("search says %q", shown)
	}
	c.do(chromedp.KeyEvent(kb.Escape))
	if got := c.visible(); len(got) != 8 {
		c.t.Errorf("after the search %q", got)
	}
}

// sorts orders the failures by their verdicts and back, with the keyboard alone.
func (c *chromium) sorts() {
	c.t.Helper()
	worst := []string{"bad", "revoked", "untrusted", "untrusted", "unproven", "unsigned", "unsupported", "unknown"}
	c.tabTo("#failed th:first-child button")
	for _, want := range []string{"ascending", "descending"} {
		var sorted string
		c.do(chromedp.KeyEvent(kb.Enter), chromedp.Evaluate(`document.querySelector("#failed th").getAttribute("aria-sort")`, &sorted))
		if got := c.visible(); sorted != want || !slices.Equal(got, worst) {
			c.t.Errorf("sorted %s: %q; want %s: %q", sorted, got, want, worst)
		}
		slices.Reverse(worst)
	}
	c.tabTo("#failed th:nth-child(2) button")
	c.do(chromedp.KeyEvent(" "))
	if got := c.visible(); got[0] != "unknown" {
		c.t.Errorf("sorted by object: %q", got)
	}
}
