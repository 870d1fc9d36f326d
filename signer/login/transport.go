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

// transport is how a session speaks to its provider: whatever the libraries
// leave out, each request ends with the session's context and in its time,
// goes nowhere in the clear, and its answer is read whole and only so far.
type transport struct {
	ctx     context.Context
	issuer  string
	timeout time.Duration
	next    http.RoundTripper
	now     func() time.Time

	mu    sync.Mutex // the keys come on a goroutine of the library's
	trace func(signer.Exchange)
	last  signer.ServiceError // the last request; its Err is nil if it was answered
}

// transport speaks to the provider until ctx ends.
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

// failure is why the last request got no answer, or nil.
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

// record keeps and traces how a request ended.
func (t *transport) record(e signer.Exchange, ended signer.ServiceError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = ended
	if t.trace != nil {
		t.trace(e)
	}
}

// RoundTrip sends a request. Its errors are *signer.ServiceErrors. An answer to
// a GET that is no success is one of them, since documents and keys come by GET,
// and so is any of a server that is out of order: its page is no error message.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := checkAddress(r.URL.String()); err != nil {
		return nil, &Error{Problem: BadAddress, Issuer: t.issuer, Detail: "the provider sends us elsewhere", Err: err}
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
		// The timer's time, not the clock's, which may have been set.
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

// exchange returns an answer that was read whole.
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

// checkRedirect keeps a request at its host: codes and tokens go there.
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

// checkAddress refuses what is not https, or http to this machine: codes and
// tokens travel there, and a browser is sent there.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q: not a URL", excerpt(text))
	case u.User != nil:
		return errors.New("the URL holds a user name") // not quoted: there may be a password behind it
	case u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%q: not a URL with a host", excerpt(text))
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: not https, and http is for this machine alone", excerpt(text))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
