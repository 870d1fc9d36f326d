package signer_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
)

// Whatever a server does, a signature ends when its step's time is up, and when
// the caller wants it to.
func TestNoServerHoldsASignature(t *testing.T) {
	t.Parallel()
	const limit = 500 * time.Millisecond
	for i, hostile := range signertest.Hostiles {
		asked := services[i%len(services):][:1] // one client asks them all
		if strings.HasPrefix(hostile.Name, "101") {
			asked = services
		}
		for _, service := range asked {
			t.Run(hostile.Name+"/"+string(service), func(t *testing.T) {
				t.Parallel()
				asked := make(chan struct{}, 100)
				url := signertest.Serve(t, func(c net.Conn) {
					if signertest.ReadRequest(c) {
						select {
						case asked <- struct{}{}:
						default:
						}
						hostile.Answer(c)
					}
				})
				f := newFake(t)
				addresses := f.serve(t, 2)
				switch service {
				case signer.Fulcio:
					addresses.Fulcio = url
				case signer.Rekor:
					addresses.Rekor[0].URL = url
				default:
					addresses.TimestampAuthorities[0] = url
				}
				sign := func(ctx context.Context, timeout time.Duration) <-chan error {
					done := make(chan error, 1)
					s := newSigner(t, signer.Options{Services: addresses, Timeout: timeout})
					go func() {
						_, err := s.Sign(ctx, payload, signer.StaticToken(fakeToken(t, nil)))
						done <- err
					}()
					return done
				}
				ended := func(done <-chan error) (e *signer.ServiceError) {
					t.Helper()
					select {
					case err := <-done:
						if !errors.As(err, &e) {
							t.Fatalf("error %v", err)
						}
					case <-time.After(soon):
						t.Fatal("goes on")
					}
					return e
				}
				if e := ended(sign(t.Context(), limit)); e.Service != service {
					t.Errorf("error %v", e)
				}
				for len(asked) > 0 {
					<-asked
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := sign(ctx, time.Hour)
				<-asked
				cancel()
				ended(done) // log and timestamp run at the same time: either may be the first to end
			})
		}
	}
}

// An answer that is of no use is refused by its status, and what is behind it is
// not waited for.
func TestStatusThatNobodyWantsIsNotRead(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"101 Switching Protocols", "206 Partial Content", "300 Multiple Choices", "304 Not Modified"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			url := signertest.Serve(t, func(c net.Conn) {
				if signertest.ReadRequest(c) {
					fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Length: 1000\r\n\r\n", status)
					signertest.Hang(c)
				}
			})
			addresses := newFake(t).serve(t, 2)
			addresses.Fulcio = url
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			token := fakeToken(t, nil)
			_, err := newSigner(t, signer.Options{Services: addresses, Timeout: time.Hour}).Sign(ctx, payload, signer.StaticToken(token))
			checkServiceError(t, err, signer.Fulcio, url, "HTTP "+status+": unexpected status", token)
		})
	}
}

// A server that says of each request that it did not look at it gets a
// certificate request once, and others no more often than failures allow.
func TestGoAwayDoesNotRepeatARequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		service signer.Service
		code    uint32
		most    int32
	}{
		{"graceful", signer.Fulcio, 0, 1},
		{"ENHANCE_YOUR_CALM", signer.Fulcio, 11, 1},
		{"graceful", signer.Rekor, 0, 5},
		{"graceful", signer.TimestampAuthority, 0, 5},
	} {
		t.Run(test.name+"/"+string(test.service), func(t *testing.T) {
			t.Parallel()
			url, requests := signertest.GoAway(t, test.code)
			f := newFake(t)
			over := signertest.HTTP2(t)
			services := inMemory(2)
			switch test.service {
			case signer.Fulcio:
				services.Fulcio = url
			case signer.Rekor:
				services.Rekor[0].URL = url
			default:
				services.TimestampAuthorities[0] = url
			}
			s := newSigner(t, signer.Options{Services: services, Timeout: soon, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if strings.HasPrefix(r.URL.String(), url) {
					return over.RoundTrip(r)
				}
				return f.RoundTrip(r)
			})})
			_, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, nil)))
			if e := (*signer.ServiceError)(nil); !errors.As(err, &e) || e.Service != test.service {
				t.Errorf("error %v", err)
			}
			if n := requests.Load(); n < 1 || n > test.most {
				t.Errorf("%d requests, at most %d", n, test.most)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The same without a body to send again: net/http would repeat it thousands of
// times a second.
func TestGoAwayDoesNotRepeatAQuestion(t *testing.T) {
	t.Parallel()
	url, requests := signertest.GoAway(t, 0)
	c, err := signer.NewTokenClient(signer.Options{Now: time.Now, Timeout: soon})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.WithTransport(signertest.HTTP2(t)).Fetch(t.Context(), signer.TokenRequest{Provider: "a provider", Method: http.MethodGet, URL: url})
	if !errors.Is(err, signer.ErrSentAgain) {
		t.Errorf("error %v", err)
	}
	if n := requests.Load(); n < 1 || n > 10 {
		t.Errorf("%d requests", n)
	}
}
