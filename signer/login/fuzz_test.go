package login

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// Whatever a provider answers, what is shown is printable, and addresses are
// those that a browser may be sent to.
func FuzzDeviceCode(f *testing.F) {
	for _, seed := range []string{
		`{"device_code":"d","user_code":"ABCD-EFGH","verification_uri":"https://example.com/device","expires_in":300,"interval":5}`,
		`{"device_code":"d","user_code":"\u001b[2J","verification_uri":"https://example.com/device"}`,
		`{"device_code":"d","user_code":"A","verification_uri":"javascript:x","verification_uri_complete":"https://example.com/"}`,
		`{"device_code":"d","user_code":"A","verification_url":"https://example.com/","interval":9223372036854775807}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		a := new(oauth2.DeviceAuthResponse)
		if json.Unmarshal([]byte(answer), a) != nil {
			return
		}
		d := &Device{Provider: Provider{Issuer: "https://example.com", Now: time.Now}}
		c, err := d.deviceCode(a)
		if err != nil {
			return
		}
		for _, text := range []string{c.URL, c.CompleteURL, c.UserCode} {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("shows %q", text)
			}
		}
		if checkAddress(c.URL) != nil || c.CompleteURL != "" && checkAddress(c.CompleteURL) != nil || c.UserCode == "" {
			t.Errorf("shows %+v", c)
		}
		if a.Interval < 0 || time.Duration(a.Interval)*time.Second > maxInterval {
			t.Errorf("polls every %d s", a.Interval)
		}
	})
}

// Only who knows the state ends a login, and with a code or an error, never
// both and never neither.
func FuzzCallback(f *testing.F) {
	const state = "the-state"
	for _, seed := range []string{
		"state=the-state&code=c", "state=the-state&error=access_denied&error_description=d", "state=other&code=c", "state=the-state&state=x&code=c",
		"state=the-state&code=c&iss=https://example.com", "state=the-state&code=c&iss=x", "state=the-state;code=c", "state=the-state&code=", "%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		h := &callbackHandler{path: "/", issuer: "https://example.com", state: state, warn: func(error) {}, callbacks: make(chan *callback, 1)}
		ended := make(chan *callback, 1)
		done := make(chan struct{})
		go func() {
			select {
			case c := <-h.callbacks:
				c.answer <- usedPage
				ended <- c
			case <-done:
			}
		}()
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: query}}
		h.ServeHTTP(httptest.NewRecorder(), r)
		close(done)
		select {
		case c := <-ended:
			q, err := url.ParseQuery(query)
			if err != nil || len(q["state"]) != 1 || q.Get("state") != state {
				t.Errorf("%q ends a login", query)
			}
			if (c.code == "") == (c.refused == nil) {
				t.Errorf("%q: %+v", query, c)
			}
		default:
		}
	})
}
