package signer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Exchange is one request and how it ended, for a trace. It has no bodies and headers,
// because the request to Fulcio contains the token.
type Exchange struct {
	Service  Service
	Method   string
	URL      string
	Status   int // 0 if there was no answer
	Duration time.Duration
	Err      error // nil if the answer was read; it may still be refused
}

// client sends HTTP requests to the services. Each step has its own time limit, ends
// with its context, stays on its host, and reads no more than it expects.
type client struct {
	http    *http.Client
	timeout time.Duration
	now     func() time.Time // only for durations

	mu    sync.Mutex // log and timestamp authority are called at the same time
	trace func(Exchange)
}

func newClient(o Options) *client {
	c := &client{timeout: o.Timeout, now: o.Now, trace: o.Trace}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	c.use(o.Transport)
	return c
}

// use makes the client send over a transport. The transport repeats no request; do
// repeats those that may be repeated.
func (c *client) use(t http.RoundTripper) {
	c.http = &http.Client{Transport: SendOnce(t), CheckRedirect: checkRedirect}
}

// checkRedirect keeps a request on its host: a request to Fulcio contains the token,
// and another host's answer is not the one that was requested.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case r.URL.Scheme != first.URL.Scheme || r.URL.Host != first.URL.Host:
		return RedirectError(fmt.Sprintf("redirects to %s://%s: refused", r.URL.Scheme, r.URL.Host))
	case r.Method != first.Method:
		return RedirectError(fmt.Sprintf("redirects a %s to a %s: refused", first.Method, r.Method))
	case len(via) > maxRedirects:
		return RedirectError(fmt.Sprintf("redirects more than %d times", maxRedirects))
	}
	return nil
}

// request is one step of a signature.
type request struct {
	service Service
	base    string // the service's address as configured, for errors
	method  string
	url     string
	accept  string

	body        []byte
	contentType string
	header      http.Header // in addition to the other fields
	scheme      string      // of the Authorization header (RFC 9110 §11.4); "": Bearer
	token       string      // sent in that header, and kept out of errors; "" for none

	want      []int // the statuses that are answers
	maxAnswer int64

	// retry has the statuses after which the request is sent again, as it is after
	// failures of the connection; nil if it is never sent twice.
	retry []int
	// patient gives one attempt all the time. Others have half of it, so that after
	// one that hangs there is time for another.
	patient bool
}

// answer is a service's answer, with what an error about it needs.
type answer struct {
	request  *request
	status   int
	header   http.Header
	trailer  http.Header
	body     []byte
	attempts int           // number of attempts made
	elapsed  time.Duration // since the first attempt began
}

// refuse returns the error for an answer that is not as expected.
func (a *answer) refuse(format string, args ...any) error {
	return &ServiceError{Service: a.request.service, URL: a.request.base, Elapsed: a.elapsed, Attempts: a.attempts, Status: a.status,
		Err: fmt.Errorf("answer: "+format, args...)}
}

// attempt sends r once. It always returns an answer, whose status is 0 if there was
// none, and an error unless the answer has a status that r wants.
func (c *client) attempt(ctx context.Context, r *request) (*answer, error) {
	if r.retry != nil && !r.patient {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout/2)
		defer cancel()
	}
	start := c.now()
	a, err := c.exchange(ctx, r)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	c.record(Exchange{Service: r.service, Method: r.method, URL: r.url, Status: a.status, Duration: c.now().Sub(start), Err: err})
	if err == nil && !slices.Contains(r.want, a.status) {
		says := "unexpected status"
		if a.status >= http.StatusBadRequest {
			says = a.excerpt()
		}
		err = fmt.Errorf("HTTP %d %s: %s", a.status, http.StatusText(a.status), says)
	}
	return a, err
}

// exchange always returns an answer; its status is 0 if there was none.
func (c *client) exchange(ctx context.Context, r *request) (*answer, error) {
	a := &answer{request: r}
	ctx, done := LimitSends(ctx)
	defer done()
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return a, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "git-seal")
	req.Header.Set("Accept", r.accept)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", cmp.Or(r.scheme, "Bearer")+" "+r.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		// url.Error repeats method and URL, which a ServiceError has.
		var wrapped *url.Error
		switch {
		case errors.Is(context.Cause(ctx), ErrSentAgain):
			err = ErrSentAgain
		case errors.As(err, &wrapped):
			err = wrapped.Err
		}
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("connection closed before the answer: %w", err)
		}
		return a, redactError(err, r.token)
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	read := r.maxAnswer + 1
	if !slices.Contains(r.want, a.status) {
		if a.status < http.StatusBadRequest {
			return a, nil // the body is not needed, and after 101 it is the bare connection
		}
		read = min(read, maxErrorAnswer) // the error's text
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, read))
	a.trailer = resp.Trailer // complete once the body has been read
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return a, fmt.Errorf("connection closed in the middle of the answer: %w", err)
	case err != nil:
		return a, fmt.Errorf("answer: %w", err)
	case int64(len(a.body)) > r.maxAnswer:
		return a, fmt.Errorf("answer: longer than %d bytes", r.maxAnswer)
	}
	return a, nil
}

func (c *client) record(e Exchange) {
	if c.trace == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace(e)
}

// excerpt returns the service's error message, quoted: the message in the JSON of gRPC
// gateways and Rekor, otherwise the beginning of the text.
func (a *answer) excerpt() string {
	text := string(a.body)
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(a.body, &status) == nil && status.Message != "" {
		text = status.Message
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "empty answer"
	}
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
	}
	return fmt.Sprintf("%q", redact(text, a.request.token))
}
