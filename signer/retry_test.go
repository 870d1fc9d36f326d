package signer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// failing is a fake whose service fails some requests before it answers.
type failing struct {
	*fake
	host string
	fail func(n int, r *http.Request) (*http.Response, error) // request n, from 1; nil and nil let it through

	mu    sync.Mutex
	times []time.Time // of the requests to the service
}

func (f *failing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == f.host {
		f.mu.Lock()
		f.times = append(f.times, time.Now())
		n := len(f.times)
		f.mu.Unlock()
		if resp, err := f.fail(n, r); resp != nil || err != nil {
			return resp, err
		}
	}
	return f.fake.RoundTrip(r)
}

func hostFor(service signer.Service) string {
	return map[signer.Service]string{
		signer.Fulcio: "fulcio.example.com", signer.Rekor: "rekor.example.com", signer.TimestampAuthority: "tsa.example.com",
	}[service]
}

// A failure that may pass.
var transients = []struct {
	name string
	fail func(r *http.Request) (*http.Response, error)
}{
	{"connection refused", connection("dial", syscall.ECONNREFUSED)},
	{"connection reset", connection("read", syscall.ECONNRESET)},
	{"no route", connection("dial", syscall.EHOSTUNREACH)},
	{"name server busy", connection("dial", &net.DNSError{Err: "server misbehaving", Name: "rekor.example.com", IsTemporary: true})},
	{"connection closed", func(*http.Request) (*http.Response, error) { return nil, io.EOF }},
	{"half an answer", func(*http.Request) (*http.Response, error) {
		resp := statusResponse(http.StatusCreated, "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{}))
		return resp, nil
	}},
	{"429", answers(http.StatusTooManyRequests, "")},
	{"502", answers(http.StatusBadGateway, "")},
	{"503", answers(http.StatusServiceUnavailable, "")},
	{"504", answers(http.StatusGatewayTimeout, "")},
}

func connection(op string, err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: op, Net: "tcp", Err: err}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func statusResponse(status int, retryAfter string) *http.Response {
	w := httptest.NewRecorder()
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	return w.Result()
}

func answers(status int, retryAfter string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return statusResponse(status, retryAfter), nil }
}

// hangs answers when the client goes away.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// signWith signs in a bubble of time, with a service that fails.
func signWith(t *testing.T, service signer.Service, rekor int, fail func(n int, r *http.Request) (*http.Response, error), check func(t *testing.T, f *failing, took time.Duration, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &failing{fake: newFake(t), host: hostFor(service), fail: fail}
		s := newSigner(t, signer.Options{Services: inMemory(rekor), Timestamp: signer.TimestampAlways, Transport: f})
		start := time.Now()
		_, err := s.Sign(t.Context(), payload, signer.StaticToken(fakeToken(t, nil)))
		check(t, f, time.Since(start), err)
	})
}

// Log and timestamp authority are asked again, Fulcio is not: each certificate
// is published.
func TestTransientFailuresAreRetried(t *testing.T) {
	t.Parallel()
	for _, test := range transients {
		for _, rekor := range []int{1, 2} {
			for _, service := range services {
				t.Run(fmt.Sprintf("%s/%s with rekor v%d", test.name, service, rekor), func(t *testing.T) {
					t.Parallel()
					fail := func(n int, r *http.Request) (*http.Response, error) {
						if n > 2 {
							return nil, nil
						}
						return test.fail(r)
					}
					signWith(t, service, rekor, fail, func(t *testing.T, f *failing, _ time.Duration, err error) {
						if service == signer.Fulcio {
							if err == nil || len(f.times) != 1 {
								t.Errorf("%d requests, error %v", len(f.times), err)
							}
							return
						}
						if err != nil || len(f.times) != 3 {
							t.Errorf("%d requests, want 3, error %v", len(f.times), err)
						}
					})
				})
			}
		}
	}
}

// What does not pass is told after five attempts, each a longer wait after the
// one before, and within some seconds.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	fail := func(_ int, r *http.Request) (*http.Response, error) { return answers(503, "")(r) }
	signWith(t, signer.TimestampAuthority, 1, fail, func(t *testing.T, f *failing, took time.Duration, err error) {
		e := checkServiceError(t, err, signer.TimestampAuthority, "https://tsa.example.com/timestamp", "HTTP 503 Service Unavailable: empty answer (5 attempts in ", fakeToken(t, nil))
		if e.Attempts != 5 || len(f.times) != 5 || e.Elapsed != took {
			t.Errorf("%d attempts in %s, %d requests in %s", e.Attempts, e.Elapsed, len(f.times), took)
		}
		for i, base := 1, 200*time.Millisecond; i < len(f.times); i, base = i+1, 2*base {
			if wait := f.times[i].Sub(f.times[i-1]); wait < base/2 || wait >= base*3/2 {
				t.Errorf("wait %d: %s, want %s, half of it more or less", i, wait, base)
			}
		}
	})
}

// What will be the same the next time is not asked for again.
func TestOtherFailuresAreNotRetried(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*http.Request) (*http.Response, error){
		"400":             answers(http.StatusBadRequest, ""),
		"403":             answers(http.StatusForbidden, ""),
		"500":             answers(http.StatusInternalServerError, ""),
		"garbage":         answers(http.StatusOK, ""),
		"no such host":    connection("dial", &net.DNSError{Err: "no such host", Name: "rekor.example.com", IsNotFound: true}),
		"certificate":     func(*http.Request) (*http.Response, error) { return nil, errors.New("x509: certificate has expired") },
		"TLS alert":       connection("remote error", errors.New("tls: handshake failure")),
		"wait too long":   answers(http.StatusTooManyRequests, "31"),
		"wait for a year": answers(http.StatusServiceUnavailable, "Sat, 01 Jan 2101 00:00:00 GMT"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signWith(t, signer.Rekor, 1, func(_ int, r *http.Request) (*http.Response, error) { return fail(r) }, func(t *testing.T, f *failing, took time.Duration, err error) {
				if err == nil || len(f.times) != 1 || took != 0 {
					t.Errorf("%d requests in %s, error %v", len(f.times), took, err)
				}
			})
		})
	}
}

// RFC 9110 §10.2.3: seconds, or a date.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"seconds": "7",
		"date":    "Sat, 01 Jan 2000 00:00:07 GMT", // bubbles begin at midnight
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fail := func(n int, r *http.Request) (*http.Response, error) {
				if n > 1 {
					return nil, nil
				}
				return answers(http.StatusTooManyRequests, value)(r)
			}
			signWith(t, signer.Rekor, 1, fail, func(t *testing.T, _ *failing, took time.Duration, err error) {
				if err != nil || took != 7*time.Second {
					t.Errorf("signs in %s, want 7s, error %v", took, err)
				}
			})
		})
	}
}

// An attempt that hangs leaves half of the time for another. Rekor v2 is let be:
// what it has taken in it would not give out a second time.
func TestAttemptThatHangs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		service signer.Service
		rekor   int
		again   bool
	}{
		{signer.Rekor, 1, true},
		{signer.Rekor, 2, false},
		{signer.TimestampAuthority, 1, true},
		{signer.Fulcio, 1, false},
	} {
		t.Run(fmt.Sprintf("%s v%d", test.service, test.rekor), func(t *testing.T) {
			t.Parallel()
			once := func(n int, r *http.Request) (*http.Response, error) {
				if n > 1 {
					return nil, nil
				}
				return hangs(r)
			}
			signWith(t, test.service, test.rekor, once, func(t *testing.T, f *failing, took time.Duration, err error) {
				if test.again && (err != nil || took < signer.DefaultTimeout/2 || took >= signer.DefaultTimeout) {
					t.Errorf("signs in %s, error %v", took, err)
				}
				if !test.again && (len(f.times) != 1 || took != signer.DefaultTimeout || !errors.Is(err, context.DeadlineExceeded)) {
					t.Errorf("%d requests in %s, error %v", len(f.times), took, err)
				}
			})
			always := func(_ int, r *http.Request) (*http.Response, error) { return hangs(r) }
			signWith(t, test.service, test.rekor, always, func(t *testing.T, _ *failing, took time.Duration, err error) {
				var e *signer.ServiceError
				if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || took != signer.DefaultTimeout || e.Elapsed != took {
					t.Errorf("ends in %s, error %v", took, err)
				}
				if said := strings.HasSuffix(err.Error(), "no answer after 30s (2 attempts)"); said != test.again {
					t.Errorf("error %q", err)
				}
			})
		})
	}
}

// The log has taken the entry in, and its answer was lost: the next attempt is
// a conflict, and the entry is fetched as soon as the log can show it.
func TestLostAnswerOfTheLog(t *testing.T) {
	t.Parallel()
	var entry *http.Response
	fail := func(n int, r *http.Request) (*http.Response, error) {
		switch n {
		case 1:
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			data, err := json.Marshal(fakeEntryV1(body))
			if err != nil {
				return nil, err
			}
			entry = &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(data))}
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		case 2:
			resp := statusResponse(http.StatusConflict, "")
			resp.Header.Set("Location", "/api/v1/log/entries/"+strings.Repeat("0a", 32))
			return resp, nil
		case 3:
			return statusResponse(http.StatusNotFound, ""), nil
		}
		if r.Method != http.MethodGet {
			return nil, fmt.Errorf("%s where the entry is fetched", r.Method)
		}
		return entry, nil
	}
	signWith(t, signer.Rekor, 1, fail, func(t *testing.T, f *failing, _ time.Duration, err error) {
		if err != nil || len(f.times) != 4 {
			t.Errorf("%d requests, want 4, error %v", len(f.times), err)
		}
	})
}

// An interrupt ends the wait between attempts at once.
func TestInterruptBetweenAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &failing{fake: newFake(t), host: hostFor(signer.Rekor)}
		f.fail = func(_ int, r *http.Request) (*http.Response, error) {
			return answers(http.StatusTooManyRequests, "20")(r)
		}
		s := newSigner(t, signer.Options{Services: inMemory(1), Transport: f})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		start := time.Now()
		_, err := s.Sign(ctx, payload, signer.StaticToken(fakeToken(t, nil)))
		if took := time.Since(start); took != 3*time.Second || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted after 3s") {
			t.Errorf("ends after %s: %v", took, err)
		}
	})
}
