package login

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What is not this login's answer is refused on a page that says so, and the
// login goes on.
func TestCallbackRefusesOthers(t *testing.T) {
	t.Parallel()
	with := func(change func(back url.Values)) func(string, url.Values) *http.Request {
		return func(callback string, back url.Values) *http.Request {
			other := url.Values{"state": {back.Get("state")}, "code": {"wrong"}}
			change(other)
			return get(callback, other)
		}
	}
	for _, tt := range []struct {
		name   string
		wrong  func(callback string, back url.Values) *http.Request
		status int
		page   string
		warned bool
	}{
		{"another state", with(func(back url.Values) { back.Set("state", "other") }), http.StatusBadRequest, "This is another login", true},
		{"no state", with(func(back url.Values) { back.Del("state") }), http.StatusBadRequest, "This is another login", true},
		{"two states", with(func(back url.Values) { back.Add("state", "other") }), http.StatusBadRequest, "This is another login", true},
		{"a denial of another login", with(func(back url.Values) { back.Set("state", "other"); back.Set("error", "access_denied") }), http.StatusBadRequest, "This is another login", true},
		{"another issuer", with(func(back url.Values) { back.Set("iss", "https://other.example.com") }), http.StatusBadRequest, "This is another login", true},
		{"a query that is none", func(callback string, _ url.Values) *http.Request {
			r := get(callback, nil)
			r.URL.RawQuery = "state=%zz"
			return r
		}, http.StatusBadRequest, "This is another login", true},
		{"a form", func(callback string, back url.Values) *http.Request {
			r := get(callback, back)
			r.Method = http.MethodPost
			return r
		}, http.StatusMethodNotAllowed, "Nothing here", false},
		{"another path", func(callback string, back url.Values) *http.Request { return get(callback+"/x", back) }, http.StatusNotFound, "Nothing here", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &visitor{wrong: []func(string, url.Values) *http.Request{tt.wrong, tt.wrong}} // warned of once
			token, warnings, err := logIn(t, newFake(t), v, nil)
			if err != nil || token == "" {
				t.Errorf("the login ended: %v", err)
			}
			v.last()
			if v.pages[0].status != tt.status || !strings.Contains(v.pages[0].text, tt.page) || !strings.Contains(strings.ToLower(v.pages[0].text), "close this tab") {
				t.Errorf("page: %+v", v.pages[0])
			}
			if (len(warnings) == 1) != tt.warned || len(warnings) > 1 {
				t.Errorf("warned of %q", warnings)
			}
		})
	}
}

// The second browser that comes back with the right answer is told, and the
// first one's login goes on.
func TestCallbackWorksOnce(t *testing.T) {
	t.Parallel()
	f, v := newFake(t), new(visitor)
	var callback string
	var back url.Values
	v.wrong = []func(string, url.Values) *http.Request{func(c string, b url.Values) *http.Request {
		callback, back = c, b
		return get(c+"/x", b) // harmless
	}}
	second := make(chan visit, 1)
	f.mux["/token"] = func(w http.ResponseWriter, r *http.Request) {
		other := &visitor{t: t}
		other.visit(get(callback, back))
		second <- other.pages[0]
		f.token(w, r)
	}
	if token, _, err := logIn(t, f, v, nil); err != nil || token == "" {
		t.Errorf("the first: %v", err)
	}
	if page := <-second; page.status != http.StatusBadRequest || !strings.Contains(page.text, "Already used") {
		t.Errorf("the second: %+v", page)
	}
	if page := v.last(); page.status != http.StatusOK {
		t.Errorf("the first: %+v", page)
	}
}

// Nothing is left that answers when the login has ended.
func TestCallbackClosesItsPort(t *testing.T) {
	t.Parallel()
	f, v := newFake(t), new(visitor)
	var at string
	v.wrong = []func(string, url.Values) *http.Request{func(c string, b url.Values) *http.Request {
		u, err := url.Parse(c)
		if err != nil {
			t.Error(err)
		}
		at = u.Host
		return get(c+"/x", b)
	}}
	if _, _, err := logIn(t, f, v, nil); err != nil {
		t.Fatal(err)
	}
	// A program that another test starts may hold the port for as long as it
	// takes to start: it is connected to then, and nobody answers.
	client := &http.Client{Timeout: 10 * time.Second}
	if resp, err := client.Get("http://" + at + "/"); err == nil {
		resp.Body.Close()
		t.Errorf("%s still answers: %s", at, resp.Status)
	}
}

func TestPagesKeepToThemselves(t *testing.T) {
	t.Parallel()
	v := new(visitor)
	if _, _, err := logIn(t, newFake(t), v, nil); err != nil {
		t.Fatal(err)
	}
	page := v.last()
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
	} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
	for _, outside := range []string{"http:", "https:", "<script", "src="} {
		if strings.Contains(page.text, outside) {
			t.Errorf("the page holds %q", outside)
		}
	}
	if !strings.Contains(page.text, "prefers-color-scheme: dark") {
		t.Error("the page is not for the dark")
	}
}

// A redirect URL is of this machine and nothing else.
func TestCheckRedirectURL(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"http://localhost", "http://localhost/", "http://localhost:8080/auth/callback", "http://127.0.0.1:1/x", "http://127.0.0.2", "http://[::1]:65535/",
	} {
		if err := CheckRedirectURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "localhost:8080", "https://localhost/", "http://example.com/", "http://localhost.example.com/", "http://127.0.0.1.example.com", "http://0.0.0.0/",
		"http://192.0.2.1/", "http://me@localhost/", "http://localhost/?a=b", "http://localhost/?", "http://localhost/#x", "http://localhost:0/",
		"http://localhost:65536/", "http://localhost:x/", "http://%zz/", "urn:ietf:wg:oauth:2.0:oob",
	} {
		if err := CheckRedirectURL(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

// A command is run as it is, with the address behind its arguments.
func TestOpenRunsTheCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, got := filepath.Join(dir, "a browser"), filepath.Join(dir, "got")
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$(dirname \"$0\")/got\"\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	b := &Browser{Command: []string{program, "--profile", "$HOME; false"}}
	if err := b.run("https://example.com/?a=b&c=%20d"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	if want := "--profile\n$HOME; false\nhttps://example.com/?a=b&c=%20d\n"; string(text) != want {
		t.Errorf("got:\n%s", text)
	}
}
