package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/git-seal/git-seal/verifier/audit/report/browsertest"
)

// shownURL finds an address that stands on a line of its own.
func shownURL(prefix string) func(text string) (string, bool) {
	return func(text string) (string, bool) {
		m := regexp.MustCompile(`(?m)^    (http` + prefix + `\S*)\n`).FindStringSubmatch(text)
		if m == nil {
			return "", false
		}
		return m[1], true
	}
}

func shownCode(text string) (string, bool) {
	m := regexp.MustCompile(`(?m)^    ([B-Z]{4}-[B-Z]{4})\n`).FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// The address is on the terminal too, and does where no browser can be opened.
func TestBrowserLoginShowsTheAddress(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=no-such-browser")
	term := newTerminal(t)
	c := r.commit(term.tty)
	address := term.await(t, "an address", shownURL(`\S*code_challenge_method=S256&\S*nonce=`))
	term.await(t, "a warning and a hint", func(text string) (string, bool) {
		return "", regexp.MustCompile(`git-seal: warning: login at \S+: cannot open a browser: .*\ngit-seal: hint: .*seal\.tokenProvider device\n`).MatchString(text)
	})
	if status, page := newPerson(t).logIn(address, "carol@example.com", "allow"); status != http.StatusOK || !strings.Contains(page, "You are logged in") {
		t.Errorf("the last page: %d\n%s", status, page)
	}
	r.signed(c, "carol@example.com")
}

func TestDeviceLogin(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t) // no display, a terminal: the device flow
	browser := browsertest.Start(t)
	term := newTerminal(t)
	c := r.commit(term.tty)
	address := term.await(t, "an address", shownURL(`\S*/device`))
	code := term.await(t, "a code", shownCode)
	browser.Do(chromedp.Navigate(address), chromedp.WaitVisible("form", chromedp.ByQuery))
	browser.Picture("device", 800, 700)
	if page := browser.Text(); !strings.Contains(page, "sandbox") || !strings.Contains(page, "Code shown by the device") {
		t.Errorf("device page:\n%s", page)
	}
	browser.Do(
		chromedp.SendKeys("input[name=user_code]", strings.ToLower(code), chromedp.ByQuery),
		chromedp.SetValue("input[name=email]", "dave@example.com", chromedp.ByQuery),
		chromedp.Click("button[value=allow]", chromedp.ByQuery),
		chromedp.WaitVisible(".done", chromedp.ByQuery))
	browser.Picture("device-done", 800, 600)
	r.signed(c, "dave@example.com")
	if strings.Contains(c.stdout.String()+c.stderr.String(), code) {
		t.Errorf("the code is elsewhere too:\n%s%s", &c.stdout, &c.stderr)
	}
}

func TestDeviceLoginDenied(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=device")
	term := newTerminal(t)
	c := r.commit(term.tty)
	p := newPerson(t)
	resp, err := p.client.PostForm(r.sandbox.OIDC+"/device", map[string][]string{
		"user_code": {term.await(t, "a code", shownCode)}, "action": {"deny"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, page := p.read(resp); status != http.StatusOK {
		t.Fatalf("deny: %d\n%s", status, page)
	}
	r.failed(c, `error: login at .*: denied at the provider`, `hint: .*run it again`)
}

func TestDeviceLoginWithoutTerminal(t *testing.T) {
	t.Parallel()
	r := newLoginRepo(t, "seal.tokenProvider=device")
	r.failed(r.commit(nil), `error: login at .*: there is no terminal to show the code on$`, `hint: .*seal\.tokenProvider browser`)
}
