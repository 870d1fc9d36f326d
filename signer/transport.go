package signer

import "net/http"

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
