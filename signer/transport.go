package signer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// newTransport returns a transport like net/http's default. If the program has
// replaced the default by another kind, newTransport returns that itself.
func newTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxResponseHeaderBytes = maxAnswerHeader
	return t
}

// ErrSentAgain is the error for a server that keeps saying that it did not look at
// a request (GOAWAY in HTTP/2). net/http would repeat such a request without end
// and without a pause.
var ErrSentAgain = errors.New("the server keeps asking to send the request again")

// SendOnce returns a RoundTripper that sends a request over next, but its body at
// most once. It is for requests that spend a token or a code. If the server asks
// for the body again, the request fails with ErrSentAgain.
func SendOnce(next http.RoundTripper) http.RoundTripper { return sendOnce{next} }

type sendOnce struct{ next http.RoundTripper }

func (t sendOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil {
		r = r.WithContext(r.Context()) // a copy: net/http's client needs the other for redirects
		r.GetBody = func() (io.ReadCloser, error) { return nil, ErrSentAgain }
	}
	return t.next.RoundTrip(r)
}

// LimitSends returns a context for one request. It ends, with the cause
// ErrSentAgain, when net/http has sent the request too often. The caller must call
// done after it has read the answer.
func LimitSends(ctx context.Context) (limited context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var sent atomic.Int32
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if sent.Add(1) > maxSends {
			cancel(ErrSentAgain)
		}
	}})
	return ctx, func() { cancel(nil) }
}
