package login

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
)

// Whatever a provider does, a login ends when its step's time is up, and when the
// caller wants it to.
func TestNoProviderHoldsALogin(t *testing.T) {
	t.Parallel()
	for _, hostile := range signertest.Hostiles {
		for _, path := range []string{"discovery", "token_endpoint", "jwks_uri"} {
			t.Run(hostile.Name+"/"+path, func(t *testing.T) {
				t.Parallel()
				for _, timeout := range []time.Duration{300 * time.Millisecond, time.Hour} {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					url := signertest.Serve(t, func(c net.Conn) {
						if signertest.ReadRequest(c) {
							if timeout == time.Hour {
								cancel()
							}
							hostile.Answer(c)
						}
					})
					f, v := newFake(t), new(visitor)
					v.t, v.f = t, f
					b := &Browser{Provider: f.provider(), Command: opensNothing, ShowURL: v.open, Wait: time.Minute}
					if b.Timeout = timeout; path == "discovery" {
						b.Issuer = url
					} else {
						f.announce(path, url)
					}
					done := make(chan error, 1)
					go func() {
						_, err := b.Token(ctx)
						done <- err
					}()
					select {
					case err := <-done:
						if err == nil {
							t.Error("logged in")
						}
					case <-time.After(10 * time.Second):
						t.Fatal("goes on")
					}
					if v.done != nil {
						<-v.done
					}
				}
			})
		}
	}
}

// A code is good for one request: a provider that says that it did not look at
// it does not get it again.
func TestGoAwayDoesNotRepeatACode(t *testing.T) {
	t.Parallel()
	url, requests := signertest.GoAway(t, 0)
	over := signertest.HTTP2(t)
	f := newFake(t)
	f.announce("token_endpoint", url)
	_, _, err := logIn(t, f, new(visitor), func(b *Browser) {
		b.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.String(), url) {
				return over.RoundTrip(r)
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	if !errors.Is(err, signer.ErrSentAgain) {
		t.Errorf("%v", err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
