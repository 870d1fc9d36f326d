package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// transport sends the requests of a session. Whatever the libraries leave out, each
// request ends with the session's context and within its time, is never sent unencrypted,
// and its answer is read completely and up to a limit.
type transport struct {
	ctx     context.Context
	issuer  string
	timeout time.Duration
	next    http.RoundTripper
	now     func() time.Time

	mu    sync.Mutex // the library fetches the keys on its own goroutine
	trace func(signer.Exchange)
	last  signer.ServiceError // the last request; its Err is nil if it was answered
}

// transport returns a transport for requests to the provider until ctx ends.
func (p *Provider) transport(ctx context.Context) *transport {
	t := &transport{ctx: ctx, issuer: p.Issuer, timeout: p.Timeout, next: p.Transport, now: p.Now, trace: p.Trace}
	t.last = signer.ServiceError{Service: OpenIDProvider, URL: p.Issuer}
	if t.timeout <= 0 {
		t.timeout = signer.DefaultTimeout
	}
	if t.next == nil {
		t.next = http.DefaultTransport
	}
	t.next = signer.SendOnce(t.next) // a code is good for one request
	return t
}

// failure returns why the last request got no answer, or nil.
func (t *transport) failure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	failure := t.last
	if failure.Err == nil {
		failure.Err = t.ctx.Err()
	}
	if failure.Err == nil {
		return nil
	}
	return &failure
}

// refuse returns the error for an answer to the last request that is not what
// it should be.
func (t *transport) refuse(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	refused := t.last
	refused.Err = err
	return &refused
}

// record stores and traces how a request ended.
func (t *transport) record(e signer.Exchange, ended signer.ServiceError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = ended
	if t.trace != nil {
		t.trace(e)
	}
}

// RoundTrip sends a request. Its errors are *signer.ServiceError. An answer to a GET that
// is not a success is one of them, because documents and keys are fetched with GET. So is
// any answer with a server error, whose page is not an error message.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkAddress(r.URL.String()); err != nil {
		return nil, &Error{Problem: BadAddress, Issuer: t.issuer, Detail: "the provider names an address that is not allowed", Err: err}
	}
	start := t.now()
	step, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)() // some requests of the libraries have no context
	resp, err := t.exchange(r.WithContext(step))
	ended := signer.ServiceError{Service: OpenIDProvider, URL: t.issuer, Attempts: 1, Elapsed: t.now().Sub(start), Err: err}
	switch {
	case t.ctx.Err() != nil:
		ended.Err = t.ctx.Err()
	case r.Context().Err() != nil:
		ended.Err = r.Context().Err()
	case step.Err() != nil:
		// The timer's time, because the clock may have been set.
		ended.Err, ended.Elapsed = step.Err(), t.timeout
	case err == nil && (resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode >= http.StatusBadRequest && r.Method == http.MethodGet):
		ended.Err = statusError(resp.StatusCode, "the answer to "+r.URL.Path)
	}
	if resp != nil {
		ended.Status = resp.StatusCode
	}
	t.record(signer.Exchange{Service: OpenIDProvider, Method: r.Method, URL: r.URL.String(), Status: ended.Status, Duration: ended.Elapsed, Err: ended.Err}, ended)
	if ended.Err != nil {
		return nil, &ended
	}
	return resp, nil
}

// exchange returns an answer that was read completely.
func (t *transport) exchange(r *http.Request) (*http.Response, error) {
	ctx, done := signer.LimitSends(r.Context())
	defer done()
	resp, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		if errors.Is(context.Cause(ctx), signer.ErrSentAgain) {
			err = signer.ErrSentAgain
		}
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < http.StatusOK { // 101: its body is the bare connection, which knows no context
		return resp, statusError(resp.StatusCode, "the answer to "+r.URL.Path)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return resp, fmt.Errorf("connection closed in the middle of the answer: %w", err)
	case err != nil:
		return resp, fmt.Errorf("answer: %w", err)
	case len(body) > maxAnswer:
		return resp, fmt.Errorf("answer: longer than %d bytes", maxAnswer)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// checkRedirect keeps a request on its host, because it may contain codes and tokens.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case r.URL.Scheme != first.URL.Scheme || r.URL.Host != first.URL.Host:
		return signer.RedirectError(fmt.Sprintf("redirects to %s://%s: refused", r.URL.Scheme, r.URL.Host))
	case r.Method != first.Method:
		return signer.RedirectError(fmt.Sprintf("redirects a %s to a %s: refused", first.Method, r.Method))
	case len(via) > maxRedirects:
		return signer.RedirectError(fmt.Sprintf("redirects more than %d times", maxRedirects))
	}
	return nil
}

// checkAddress returns an error unless text is an https URL, or http on this machine:
// codes and tokens are sent to it, and a browser opens it.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a URL", excerpt(text))
	case u.User != nil:
		return errors.New("the URL contains a user name") // not quoted: a password may follow it
	case u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%q is not a URL with a host", excerpt(text))
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q must begin with https:// (http:// is only for this machine)", excerpt(text))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
