package signer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// TokenClient asks providers for ID tokens over HTTP, as a Signer asks its
// services: each question has its own time limit, ends with its context, stays
// on its host, and stands in the trace. An answer is no longer than a token can
// be.
type TokenClient struct {
	client *client
}

// NewTokenClient returns a client with the Timeout, Transport, Now and Trace of
// o; nothing else of it counts.
func NewTokenClient(o Options) (*TokenClient, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &TokenClient{newClient(o)}, nil
}

// WithTransport is the same client over other connections.
func (c *TokenClient) WithTransport(t http.RoundTripper) *TokenClient {
	over := &client{timeout: c.client.timeout, now: c.client.now, trace: c.client.trace}
	over.use(t)
	return &TokenClient{over}
}

// TokenRequest is one question to a provider.
type TokenRequest struct {
	Provider Service // for errors and the trace
	Method   string
	URL      string // https, or http to this machine; its query stands in the trace, not in errors
	Address  string // what errors say instead of the URL; "": the URL

	Header         http.Header
	Body           []byte
	ContentType    string
	Scheme, Secret string // of the Authorization header; no Secret, no header. Neither errors nor the trace hold it.

	// Retry has a request sent again after failures that may pass, over a
	// network that is not the machine's own.
	Retry bool
	// InsecureHTTP allows http to other machines, for metadata servers: whoever
	// runs the machine runs that link.
	InsecureHTTP bool
}

// TokenAnswer is what a provider answered, with status 200 or 201.
type TokenAnswer struct {
	Header, Trailer http.Header
	Body            []byte // may hold a token: a secret

	answer *answer
}

// Refuse returns the error for an answer that is not what it should be. What
// looks like a token is taken out of its text.
func (a *TokenAnswer) Refuse(format string, args ...any) error {
	return a.answer.refuse("%s", redact(fmt.Sprintf(format, args...), a.answer.request.token))
}

// Fetch sends a request and reads the answer. Every error is a *ServiceError.
func (c *TokenClient) Fetch(ctx context.Context, r TokenRequest) (*TokenAnswer, error) {
	base, err := r.base()
	if err != nil {
		return nil, &ServiceError{Service: r.Provider, Err: err}
	}
	var retry []int
	if r.Retry {
		retry = transientStatuses
	}
	a, err := c.client.do(ctx, &request{
		service: r.Provider, base: cmp.Or(r.Address, base),
		method: r.Method, url: r.URL, accept: "application/json",
		body: r.Body, contentType: r.ContentType,
		header: r.Header, scheme: r.Scheme, token: r.Secret,
		want: []int{http.StatusOK, http.StatusCreated}, maxAnswer: maxTokenAnswer, retry: retry,
	})
	if err != nil {
		return nil, err
	}
	return &TokenAnswer{Header: a.header, Trailer: a.trailer, Body: a.body, answer: a}, nil
}

// base is the request's URL, checked and without its query.
func (r TokenRequest) base() (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", errors.New("the address to ask is not a URL")
	}
	u.RawQuery = ""
	if err := checkURL(u.String()); err != nil {
		return "", err
	}
	if !r.InsecureHTTP {
		if err := checkConfidential(u.String()); err != nil {
			return "", err
		}
	}
	return u.String(), nil
}
