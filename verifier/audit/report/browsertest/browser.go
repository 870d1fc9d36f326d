// Package browsertest drives a headless browser in tests: what a person sees of
// a login page or a report.
package browsertest

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Screenshots is the directory for screenshots. If it is empty, none are taken.
var Screenshots = flag.String("screenshots", "", "write pictures of the pages that tests open into this directory, to be looked at")

// Browser is a headless browser with one tab.
type Browser struct {
	T   *testing.T
	Ctx context.Context // of its tab

	mu         sync.Mutex
	complaints []string
}

// chromiumTimeout is for all that a test does in the browser; its start alone
// takes seconds on a machine that is busy.
const chromiumTimeout = 2 * time.Minute

// Start starts a browser, with a profile of its own, that ends with the
// test. Its complaints about the pages it shows are failures of the test.
func Start(t *testing.T) *Browser {
	t.Helper()
	options := chromedp.DefaultExecAllocatorOptions[:]
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil && !found {
			options, found = append(options, chromedp.ExecPath(path)), true
		}
	}
	switch {
	case found:
	case os.Getenv("CI") == "true":
		t.Fatal("neither Chromium nor Chrome is on PATH")
	default:
		t.Skip("neither Chromium nor Chrome is on PATH (Debian: apt-get install chromium)")
	}
	options = append(options,
		chromedp.NoSandbox, // which does not work for root and in containers; it opens pages of this machine alone
		chromedp.WSURLReadTimeout(chromiumTimeout))
	ctx, cancel := context.WithTimeout(t.Context(), chromiumTimeout)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	c := &Browser{T: t, Ctx: ctx}
	chromedp.ListenTarget(ctx, c.listen)
	c.Do(log.Enable(), runtime.Enable())
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, complaint := range c.complaints {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	return c
}

func (c *Browser) listen(event any) {
	complaint := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A page with an error's status is an entry of the network's.
		if e.Entry.Level == log.LevelError && e.Entry.Source != log.SourceNetwork {
			complaint = e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Error()
	}
	if complaint != "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.complaints = append(c.complaints, complaint)
	}
}

// Do runs actions in the tab.
func (c *Browser) Do(actions ...chromedp.Action) {
	c.T.Helper()
	if err := chromedp.Run(c.Ctx, actions...); err != nil {
		c.T.Fatalf("browser: %v", err)
	}
}

// Text is what is shown of the page.
func (c *Browser) Text() string {
	c.T.Helper()
	var text string
	c.Do(chromedp.Text("main", &text, chromedp.ByQuery))
	return text
}

// Picture takes the page in a light and a dark setting, if somebody wants to
// see it.
func (c *Browser) Picture(name string, width, height int64) {
	c.T.Helper()
	if *Screenshots == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		var png []byte
		c.Do(chromedp.EmulateViewport(width, height),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.CaptureScreenshot(&png))
		if err := os.WriteFile(filepath.Join(*Screenshots, name+"-"+scheme+".png"), png, 0o644); err != nil {
			c.T.Fatal(err)
		}
	}
}
