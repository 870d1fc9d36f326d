package signer_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// TestBeforeSendIsBeforeEverything: whoever is asked hears of a token that
// could be used, once, while no service has heard of it; a no is final.
func TestBeforeSendIsBeforeEverything(t *testing.T) {
	t.Parallel()
	declined := errors.New("cancelled")
	for _, test := range []struct {
		name   string
		claims map[string]any
		answer error
		asked  int
		want   error // of Sign
	}{
		{name: "yes", asked: 1},
		{name: "no", answer: declined, asked: 1, want: declined},
		{name: "expired", claims: map[string]any{"exp": 1}, want: &signer.TokenError{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			var requests atomic.Int32
			f.before = func(signer.Service, http.ResponseWriter, *http.Request) bool {
				requests.Add(1)
				return false
			}
			asked := 0
			s, err := signer.New(signer.Options{
				Services: f.serve(t, 1), Now: time.Now,
				BeforeSend: func(_ context.Context, id signer.Identity) error {
					asked++
					if n := requests.Load(); n != 0 {
						t.Errorf("%d requests before the answer", n)
					}
					if id.Email != fakeEmail || id.Issuer != fakeIssuer {
						t.Errorf("asked for %+v", id)
					}
					return test.answer
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Sign(t.Context(), []byte("payload"), signer.StaticToken(fakeToken(t, test.claims)))
			if asked != test.asked {
				t.Errorf("asked %d times, want %d", asked, test.asked)
			}
			switch expected := (*signer.TokenError)(nil); {
			case test.want == nil:
				if err != nil {
					t.Error(err)
				}
				return
			case errors.As(test.want, &expected):
				if !errors.As(err, &expected) {
					t.Errorf("%v, want a *TokenError", err)
				}
			case !errors.Is(err, test.want):
				t.Errorf("%v, want %v", err, test.want)
			}
			if n := requests.Load(); n != 0 {
				t.Errorf("%d requests after a no", n)
			}
		})
	}
}
