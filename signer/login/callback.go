package login

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// callback is the browser's request when it comes back from this login.
type callback struct {
	code      string
	refused   *Error        // instead of a code
	answer    chan page     // the last page; buffered
	delivered chan struct{} // closed when the browser has it
}

// deliver shows a page in the browser. It waits until the browser has it, also after an
// interrupt, because the connection may end with this process.
func (c *callback) deliver(p page) {
	c.answer <- p
	timer := time.NewTimer(deliverTimeout)
	defer timer.Stop()
	select {
	case <-c.delivered:
	case <-timer.C:
	}
}

// callbackHandler waits for the browser to come back with this login's state. Any other
// request gets a page that says so, and does not end the login: any page that is open in
// the browser can send requests here.
type callbackHandler struct {
	path      string
	issuer    string
	state     string
	warn      func(error)
	callbacks chan *callback // buffered

	used   atomic.Bool
	others sync.Once // warn once, however many requests a page sends
}

var errOtherLogin = errors.New("refused the answer of another login; still waiting for this one")

func (h *callbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != h.path {
		notFoundPage.render(w)
		return
	}
	if r.Method != http.MethodGet {
		methodPage.render(w)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !h.isOurs(query) {
		h.others.Do(func() { h.warn(errOtherLogin) })
		otherLoginPage.render(w)
		return
	}
	if h.used.Swap(true) {
		usedPage.render(w)
		return
	}
	c := newCallback(h.issuer, query)
	h.callbacks <- c
	select {
	case p := <-c.answer:
		p.render(w)
		close(c.delivered)
	case <-r.Context().Done():
	}
}

// isOurs reports whether the browser comes from this login, which alone knows the state
// (RFC 6749 §10.12), and from its provider (RFC 9207, if the provider names itself).
func (h *callbackHandler) isOurs(query url.Values) bool {
	state, issuer := query["state"], query["iss"]
	return len(state) == 1 && subtle.ConstantTimeCompare([]byte(state[0]), []byte(h.state)) == 1 &&
		(len(issuer) == 0 || len(issuer) == 1 && issuer[0] == h.issuer)
}

// newCallback parses an authorization response (RFC 6749 §4.1.2).
func newCallback(issuer string, query url.Values) *callback {
	c := &callback{answer: make(chan page, 1), delivered: make(chan struct{})}
	code, failure := query["code"], query["error"]
	switch {
	case len(failure) == 1 && failure[0] != "":
		c.refused = refusal(issuer, failure[0], query.Get("error_description"))
	case len(failure) == 0 && len(code) == 1 && code[0] != "":
		c.code = code[0]
	default:
		c.refused = &Error{Problem: BadAnswer, Issuer: issuer, Detail: "the browser came back with neither a code nor an error"}
	}
	return c
}
