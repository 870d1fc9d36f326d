package signer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// newTransport returns a transport like net/http's default, or that itself where
// the program has put another kind in its place.
func newTransport() http.RoundTripper {
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := standard.Clone()
	t.MaxResponseHeaderBytes = maxAnswerHeader
	return t
}

// ErrSentAgain is a request that net/http would repeat without end and without a
// pause: the server says again and again (GOAWAY in HTTP/2) that it did not look
// at it.
var ErrSentAgain = errors.New("the server asks for the request to be sent again")

// SendOnce returns a RoundTripper that sends the body of a request over next at
// most once, for requests that spend a token or a code. A server that wants it
// again gets ErrSentAgain.
func SendOnce(next http.RoundTripper) http.RoundTripper { return sendOnce{next} }

type sendOnce struct{ next http.RoundTripper }

func (t sendOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil {
		r = r.WithContext(r.Context()) // a copy: net/http's client needs the other for redirects
		r.GetBody = func() (io.ReadCloser, error) { return nil, ErrSentAgain }
	}
	return t.next.RoundTrip(r)
}

// LimitSends returns a context for one request that ends, with the cause
// ErrSentAgain, when net/http has sent the request too often. The caller calls
// done when it has read the answer.
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
