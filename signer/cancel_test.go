package signer_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// soon is far less than any timeout and far more than a busy machine needs.
const soon = 10 * time.Second

// blocked is a fake whose service says that it was asked, and never answers.
func blocked(t *testing.T, service signer.Service) (f *fake, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{})
	f = newFake(t)
	f.before = func(s signer.Service, _ http.ResponseWriter, r *http.Request) bool {
		if s == service {
			close(asked)
			<-r.Context().Done()
		}
		return s == service
	}
	return f, asked
}

// An interrupt ends whatever is under way at once, and what comes back says so.
func TestSignStopsAtOnce(t *testing.T) {
	t.Parallel()
	for _, service := range services {
		t.Run(string(service), func(t *testing.T) {
			t.Parallel()
			f, asked := blocked(t, service)
			addresses := f.serve(t, 2)
			ctx, cancel := context.WithCancel(t.Context())
			token := fakeToken(t, nil)
			s := newSigner(t, signer.Options{Services: addresses, Timeout: time.Hour})
			done := make(chan error, 1)
			go func() {
				_, err := s.Sign(ctx, payload, signer.StaticToken(token))
				done <- err
			}()
			<-asked
			cancel()
			select {
			case err := <-done:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want context.Canceled", err)
				}
				// Log and timestamp run at the same time: either may be the first to end.
				if !strings.Contains(err.Error(), ": interrupted after ") {
					t.Errorf("error %q", err)
				}
			case <-time.After(soon):
				t.Fatal("goes on after it was cancelled")
			}
		})
	}
}

// A failure of the log ends the wait for the timestamp, and the other way round,
// and is the one that is told.
func TestFailureOfOneStopsTheOther(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ fails, waits signer.Service }{
		{signer.Rekor, signer.TimestampAuthority},
		{signer.TimestampAuthority, signer.Rekor},
	} {
		t.Run(string(test.fails), func(t *testing.T) {
			t.Parallel()
			waiting, stopped := make(chan struct{}), make(chan struct{})
			f := newFake(t)
			f.before = func(asked signer.Service, w http.ResponseWriter, r *http.Request) bool {
				switch asked {
				case test.waits:
					close(waiting)
					<-r.Context().Done()
					close(stopped)
					return true
				case test.fails:
					<-waiting
					w.WriteHeader(http.StatusInternalServerError)
					return true
				}
				return false
			}
			addresses := f.serve(t, 2)
			token := fakeToken(t, nil)
			s := newSigner(t, signer.Options{Services: addresses, Timeout: time.Hour})
			_, err := s.Sign(t.Context(), payload, signer.StaticToken(token))
			checkServiceError(t, err, test.fails, addressOf(addresses, test.fails), "HTTP 500", token)
			select {
			case <-stopped:
			case <-time.After(soon):
				t.Errorf("the request to the %s goes on", test.waits)
			}
		})
	}
}

// Log and timestamp authority are asked at the same time: each answers only
// when the other has been asked.
func TestLogAndTimestampAtTheSameTime(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	f := newFake(t)
	f.before = func(asked signer.Service, _ http.ResponseWriter, _ *http.Request) bool {
		if asked != signer.Fulcio {
			both.Done()
			both.Wait()
		}
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	s := newSigner(t, signer.Options{Services: f.serve(t, 1), Timestamp: signer.TimestampAlways})
	if _, err := s.Sign(ctx, payload, signer.StaticToken(fakeToken(t, nil))); err != nil {
		t.Error(err)
	}
}

// late is a fake that takes its time.
type late struct {
	*fake
	takes map[string]time.Duration // by host
}

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(l.takes[r.URL.Host]):
		return l.fake.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// The time limit is each step's own: two slow steps are not one slow step.
func TestTimeoutIsPerStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		almost := signer.DefaultTimeout - time.Second
		transport := &late{newFake(t), map[string]time.Duration{
			"fulcio.example.com": almost, "rekor.example.com": almost, "tsa.example.com": almost / 2,
		}}
		s := newSigner(t, signer.Options{Services: inMemory(2), Transport: transport})
		start := time.Now()
		_, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, nil)))
		if took := time.Since(start); err != nil || took != 2*almost {
			t.Errorf("signs in %s, want %s, error %v", took, 2*almost, err)
		}
	})
}
