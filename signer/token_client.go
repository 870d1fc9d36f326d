package signer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// TokenClient requests ID tokens from providers over HTTP, as a Signer calls its
// services: each request has its own time limit, ends with its context, stays on its
// host, and is traced. It reads no more of an answer than
// the longest token needs.
type TokenClient struct {
	client *client
}

// NewTokenClient returns a client with the Timeout, Transport, Now and Trace of o. It
// ignores the other options.
func NewTokenClient(o Options) (*TokenClient, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &TokenClient{newClient(o)}, nil
}

// WithTransport returns the same client with another transport.
func (c *TokenClient) WithTransport(t http.RoundTripper) *TokenClient {
	over := &client{timeout: c.client.timeout, now: c.client.now, trace: c.client.trace}
	over.use(t)
	return &TokenClient{over}
}

// TokenRequest is one request to a provider.
type TokenRequest struct {
	Provider Service // for errors and the trace
	Method   string
	URL      string // https, or http to this machine; its query appears in the trace, not in errors
	Address  string // the name in errors; "": the URL

	Header         http.Header
	Body           []byte
	ContentType    string
	Scheme, Secret string // of the Authorization header; without a Secret there is none. Neither errors nor the trace contain it.

	// Retry sends a request again after temporary failures of a network.
	Retry bool
	// InsecureHTTP allows http to other machines, for metadata servers: the operator of
	// the machine also controls that connection.
	InsecureHTTP bool
}

// TokenAnswer is a provider's answer with status 200 or 201.
type TokenAnswer struct {
	Header, Trailer http.Header
	Body            []byte // may contain a token: a secret

	answer *answer
}

// Refuse returns the error for an answer that is not what it should be. It removes what
// looks like a token from the text.
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

// base returns the request's URL, checked and without its query.
func (r TokenRequest) base() (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", errors.New("the provider's address is not a URL")
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
