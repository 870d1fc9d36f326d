//go:build unix

package report

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report/browsertest"
)

func TestAuditPageHoldsNothingHostile(t *testing.T) {
	t.Parallel()
	page := written(t, HTML, auditReport())
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
	page := written(t, HTML, r)
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
	if err := os.WriteFile(file, []byte(written(t, HTML, auditReport())), 0o644); err != nil {
		t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: file}).String()
	browser := page{browsertest.Start(t)}
	requests := make(chan string, 100)
	chromedp.ListenTarget(browser.Ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok && e.Request.URL != address && !strings.HasPrefix(e.Request.URL, "data:") {
			requests <- e.Request.URL
		}
	})
	browser.Do(network.Enable())
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			browser.Do(chromedp.EmulateViewport(width, 900), mediaFeature("prefers-color-scheme", scheme), chromedp.Navigate(address))
			browser.fits(width)
			browser.wholePicture(fmt.Sprintf("audit-%d-%s", width, scheme))
			browser.searches()
			browser.sorts()
		}
	}
	var title string
	browser.Do(chromedp.Title(&title))
	if title != "git-seal audit: 8 of 1200 objects not good" {
		t.Errorf("title %q", title)
	}
	close(requests)
	for request := range requests {
		t.Errorf("the page asks for %s", request)
	}
}

// page is the report in a browser.
type page struct{ *browsertest.Browser }

func mediaFeature(name, value string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: name, Value: value}})
}

// fits fails where a person has to scroll sideways.
func (c page) fits(width int64) {
	c.T.Helper()
	var needed int64
	c.Do(chromedp.Evaluate(`document.documentElement.scrollWidth`, &needed))
	if needed > width {
		c.T.Errorf("the page is %d wide in a window of %d", needed, width)
	}
	var page, text string
	c.Do(chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &page), chromedp.Evaluate(`getComputedStyle(document.body).color`, &text))
	if page == text || page == "rgba(0, 0, 0, 0)" {
		c.T.Errorf("text in %s on %s: the style does not apply", text, page)
	}
}

// wholePicture takes all of the page, if somebody wants to see it.
func (c page) wholePicture(name string) {
	c.T.Helper()
	if *browsertest.Screenshots == "" {
		return
	}
	var png []byte
	c.Do(chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(*browsertest.Screenshots, name+".png"), png, 0o644); err != nil {
		c.T.Fatal(err)
	}
}

// visible are the first cells of the failures that are shown.
func (c page) visible() []string {
	c.T.Helper()
	var cells []string
	c.Do(chromedp.Evaluate(`[...document.querySelectorAll("#failed tbody tr")].filter(r => r.offsetHeight > 0).map(r => r.cells[0].textContent)`, &cells))
	return cells
}

// tabTo presses the tab key until an element has the focus.
func (c page) tabTo(selector string) {
	c.T.Helper()
	for range 50 {
		var there bool
		c.Do(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(fmt.Sprintf(`document.activeElement.matches(%q)`, selector), &there))
		if there {
			return
		}
	}
	c.T.Fatalf("the keyboard does not lead to %s", selector)
}

// searches finds a failure by its words, with the keyboard alone.
func (c page) searches() {
	c.T.Helper()
	c.tabTo("#search")
	c.Do(chromedp.KeyEvent("reason UNPROVEN"))
	if got := c.visible(); !slices.Equal(got, []string{"unproven"}) {
		c.T.Errorf("search shows %q", got)
	}
	var shown string
	c.Do(chromedp.Text("#shown", &shown, chromedp.ByID))
	if shown != "1 of 8 shown" {
		c.T.Errorf("search says %q", shown)
	}
	c.Do(chromedp.KeyEvent(kb.Escape))
	if got := c.visible(); len(got) != 8 {
		c.T.Errorf("after the search %q", got)
	}
}

// sorts orders the failures by their verdicts and back, with the keyboard alone.
func (c page) sorts() {
	c.T.Helper()
	worst := []string{"bad", "revoked", "untrusted", "untrusted", "unproven", "unsigned", "unsupported", "unknown"}
	c.tabTo("#failed th:first-child button")
	for _, want := range []string{"ascending", "descending"} {
		var sorted string
		c.Do(chromedp.KeyEvent(kb.Enter), chromedp.Evaluate(`document.querySelector("#failed th").getAttribute("aria-sort")`, &sorted))
		if got := c.visible(); sorted != want || !slices.Equal(got, worst) {
			c.T.Errorf("sorted %s: %q; want %s: %q", sorted, got, want, worst)
		}
		slices.Reverse(worst)
	}
	c.tabTo("#failed th:nth-child(2) button")
	c.Do(chromedp.KeyEvent(" "))
	if got := c.visible(); got[0] != "unknown" {
		c.T.Errorf("sorted by object: %q", got)
	}
}
