//go:build unix

package main

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/git-seal/git-seal/verifier/audit/report/browsertest"
)

// Editors commit without a terminal: what opens addresses on the desktop is all
// there is, and nobody has chosen anything.
func TestBrowserLoginWithoutTerminal(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t)
	browser := browsertest.Start(t)
	r.Repo = r.With("DISPLAY=:0", "PATH="+filepath.Dir(r.opener)+string(os.PathListSeparator)+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	c := r.commit(nil)
	address := r.address()
	browser.Do(chromedp.Navigate(address), chromedp.WaitVisible("form", chromedp.ByQuery))
	if page := browser.Text(); !strings.Contains(page, "sandbox") || !strings.Contains(page, "Log in") {
		t.Errorf("login page:\n%s", page)
	}
	browser.Picture("login", 800, 700)
	browser.Do(
		chromedp.SetValue("input[name=email]", "carol@example.com", chromedp.ByQuery),
		chromedp.Click("button[value=allow]", chromedp.ByQuery),
		chromedp.WaitVisible(".next", chromedp.ByQuery))
	r.signed(c, "carol@example.com")
	page := browser.Text()
	for _, want := range []string{"You are logged in", "carol@example.com", "Go back to your terminal or editor"} {
		if !strings.Contains(page, want) {
			t.Errorf("the last page does not say %q:\n%s", want, page)
		}
	}
	browser.Picture("end", 800, 600)
	browser.Picture("end-phone", 360, 640)
}

func TestBrowserLoginDenied(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER --new-window 'two words'", "seal.connectorID=https://connector.example.com")
	browser := browsertest.Start(t)
	c := r.commit(nil)
	args := r.arguments()
	if !slices.Equal(args[:len(args)-1], []string{"--new-window", "two words"}) {
		t.Errorf("seal.browser is run with %q", args)
	}
	browser.Do(chromedp.Navigate(args[len(args)-1]), chromedp.WaitVisible("form", chromedp.ByQuery))
	if page := browser.Text(); !strings.Contains(page, "through https://connector.example.com") {
		t.Errorf("seal.connectorID does not reach the provider:\n%s", page)
	}
	browser.Do(chromedp.Click("button[value=deny]", chromedp.ByQuery), chromedp.WaitVisible(".next", chromedp.ByQuery))
	if page := browser.Text(); !strings.Contains(page, "Login denied") || !strings.Contains(page, "run the git command again") {
		t.Errorf("the last page:\n%s", page)
	}
	browser.Picture("denied", 800, 600)
	r.failed(c, `error: login at http://127\.0\.0\.1:\d+: denied at the provider: "denied on the sandbox's login page"$`, `hint: .*run it again and allow`)
}

func TestBrowserLoginOfAnotherState(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER")
	c := r.commit(nil)
	address := r.address()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t)
	status, page := p.open(at.Query().Get("redirect_uri") + "?code=stolen&state=guessed")
	if status != http.StatusBadRequest || !strings.Contains(page, "This is another login") {
		t.Errorf("a callback of another login: %d\n%s", status, page)
	}
	if status, page := p.logIn(address, "carol@example.com", "allow"); status != http.StatusOK || !strings.Contains(page, "You are logged in") {
		t.Errorf("the login itself: %d\n%s", status, page)
	}
	r.signed(c, "carol@example.com")
}

func TestBrowserLoginAtAPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	redirect := "http://" + l.Addr().String() + "/callback"
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER", "seal.redirectURL="+redirect)
	r.failed(r.commit(nil), `error: login at .*: cannot listen at `+redirect+` for .*: .*address already in use$`, `hint: .*seal\.redirectURL`)

	// It is free again: that is where the browser is sent.
	l.Close()
	c := r.commit(nil)
	address := r.address()
	if !strings.Contains(address, "redirect_uri="+url.QueryEscape(redirect)+"&") {
		t.Errorf("%s: not to %s", address, redirect)
	}
	newPerson(t).logIn(address, "carol@example.com", "allow")
	r.signed(c, "carol@example.com")
}

func TestBrowserLoginInATabThatWasClosed(t *testing.T) {
	t.Parallel()
	impatient := t.TempDir()
	if err := os.WriteFile(filepath.Join(impatient, "git-seal"), []byte("#!/bin/sh\nexec git-seal-impatient \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER")
	r.Repo = r.With("PATH=" + strings.Join([]string{impatient, bin, os.Getenv("PATH")}, string(os.PathListSeparator)))
	c := r.commit(nil)
	r.address()
	r.failed(c, `error: login at .*: no one logged in within 1s$`, `hint: .*--no-gpg-sign`)
}

func TestBrowserLoginWithoutBrowser(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=no-such-browser")
	r.failed(r.commit(nil), `error: login at .*: cannot open a browser: .*no-such-browser`, `hint: .*seal\.browser`)
}

func TestLoginEndsWhenInterrupted(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER")
	c := r.commit(nil)
	r.address()
	began := time.Now()
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	r.failed(c, `error: login at .*: interrupted`, `hint: .*nothing was signed`)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}
