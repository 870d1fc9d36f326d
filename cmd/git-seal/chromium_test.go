//go:build unix

package main

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

var screenshots = flag.String("screenshots", "", "write pictures of the pages that tests open into this directory, to be looked at")

// chromium is a headless browser with one tab.
type chromium struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// chromiumTimeout is for all that a test does in the browser; its start alone
// takes seconds on a machine that is busy.
const chromiumTimeout = 2 * time.Minute

// startChromium starts a browser, with a profile of its own, that ends with the
// test. Its complaints about the pages it shows are failures of the test.
func startChromium(t *testing.T) *chromium {
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
	c := &chromium{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, c.listen)
	c.do(log.Enable(), runtime.Enable())
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, complaint := range c.complaints {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	return c
}

func (c *chromium) listen(event any) {
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

// do runs actions in the tab.
func (c *chromium) do(actions ...chromedp.Action) {
	c.t.Helper()
	if err := chromedp.Run(c.ctx, actions...); err != nil {
		c.t.Fatalf("browser: %v", err)
	}
}

// text is what is shown of the page.
func (c *chromium) text() string {
	c.t.Helper()
	var text string
	c.do(chromedp.Text("main", &text, chromedp.ByQuery))
	return text
}

// picture takes the page in a light and a dark setting, if somebody wants to
// see it.
func (c *chromium) picture(name string, width, height int64) {
	c.t.Helper()
	if *screenshots == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		var png []byte
		c.do(chromedp.EmulateViewport(width, height),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
			chromedp.CaptureScreenshot(&png))
		if err := os.WriteFile(filepath.Join(*screenshots, name+"-"+scheme+".png"), png, 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}
