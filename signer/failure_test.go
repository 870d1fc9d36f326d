package signer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// services are the three that a signature with everything asks.
var services = []signer.Service{signer.Fulcio, signer.Rekor, signer.TimestampAuthority}

func addressOf(s signer.Services, service signer.Service) string {
	switch service {
	case signer.Fulcio:
		return s.Fulcio
	case signer.Rekor:
		return s.Rekor[0].URL
	}
	return s.TimestampAuthorities[0]
}

// hangTimeout is for services that hang; those that do not must answer in it
// on a busy machine.
const hangTimeout = 2 * time.Second

// checkServiceError checks that err is one line that names service, address
// and cause, and keeps the token to itself.
func checkServiceError(t *testing.T, err error, service signer.Service, address, cause, token string) *signer.ServiceError {
	t.Helper()
	var e *signer.ServiceError
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a ServiceError", err, err)
	}
	if e.Service != service || e.URL != address {
		t.Errorf("names %s %s, want %s %s", e.Service, e.URL, service, address)
	}
	line := e.Error()
	if !strings.HasPrefix(line, string(service)+" ("+address+"): ") || !strings.Contains(line, cause) {
		t.Errorf("error %q, want %q in it", line, cause)
	}
	if strings.ContainsAny(line, "\n\r\x1b") || len(line) > 500 {
		t.Errorf("not one line for people: %q", line)
	}
	checkNoToken(t, line, token)
	return e
}

// checkNoToken checks that text holds no part of the token, not even a piece of
// one.
func checkNoToken(t *testing.T, text, token string) {
	t.Helper()
	const piece = 16
	for i := 0; i+piece <= len(token); i++ {
		if strings.Contains(text, token[i:i+piece]) {
			t.Fatalf("holds a piece of the token: %q", text)
		}
	}
}

// Every service can fail in each of these ways.
func TestSignNamesTheServiceThatFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answer  http.HandlerFunc
		timeout time.Duration
		cause   string
		status  int
		is      error
	}{
		{
			name:    "hangs",
			answer:  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			timeout: hangTimeout, cause: "no answer after 2s", is: context.DeadlineExceeded,
		},
		{
			name: "hangs in the middle of the answer",
			answer: func(w http.ResponseWriter, r *http.Request) {
				_, _ = w.Write([]byte("{"))
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			},
			timeout: hangTimeout, cause: "no answer after 2s", is: context.DeadlineExceeded,
		},
		{
			name:   "500 with JSON",
			answer: status(500, `{"code":13,"message":"the disk is full","details":[]}`),
			cause:  `HTTP 500 Internal Server Error: "the disk is full"`, status: 500,
		},
		{
			name:   "501 with terminal escapes",
			answer: status(501, "\x1b[2Jgone\nfor good"),
			cause:  `HTTP 501 Not Implemented: "\x1b[2Jgone\nfor good"`, status: 501,
		},
		{
			name:   "404 with a long page",
			answer: status(404, strings.Repeat("long ", 1000)),
			cause:  `HTTP 404 Not Found: "long long`, status: 404,
		},
		{name: "403 with nothing", answer: status(403, ""), cause: "HTTP 403 Forbidden: empty answer", status: 403},
		{name: "redirect without an address", answer: status(302, ""), cause: "302"},
		{name: "unexpected success", answer: status(204, ""), cause: "unexpected status", status: 204},
		{name: "2 MB", answer: status(0, strings.Repeat("{", 2<<20)), cause: "answer: longer than "},
		{name: "garbage", answer: status(0, "<html>welcome to the hotel's network</html>"), cause: "answer: "},
		{name: "nothing", answer: status(0, ""), cause: "answer: "},
		{name: "empty object", answer: status(0, "{}"), cause: "answer: "},
		{name: "null", answer: status(0, "null"), cause: "answer: "},
		{
			name:   "closes the connection",
			answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			cause:  "connection closed before the answer: EOF",
		},
		{
			name: "echoes the request",
			answer: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte("cannot use " + r.Header.Get("Authorization")))
			},
			cause: `HTTP 400 Bad Request: "cannot use`, status: 400,
		},
		{
			name: "echoes half a token",
			answer: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte("cannot use " + r.Header.Get("Authorization")[:len(r.Header.Get("Authorization"))/2]))
			},
			cause: `HTTP 400 Bad Request: "cannot use`, status: 400,
		},
	} {
		for _, service := range services {
			t.Run(test.name+"/"+string(service), func(t *testing.T) {
				t.Parallel()
				f := newFake(t)
				f.before = func(asked signer.Service, w http.ResponseWriter, r *http.Request) bool {
					if asked == service {
						if test.status == 0 {
							// The status that the service answers with when all is well.
							w = &defaultStatus{ResponseWriter: w, status: map[signer.Service]int{
								signer.Fulcio: 200, signer.Rekor: 201, signer.TimestampAuthority: 200,
							}[service]}
						}
						test.answer(w, r)
					}
					return asked == service
				}
				addresses := f.serve(t, 2)
				token := fakeToken(t, nil)
				s := newSigner(t, signer.Options{Services: addresses, Timeout: test.timeout})
				_, err := s.Sign(t.Context(), payload, signer.StaticToken(token))
				e := checkServiceError(t, err, service, addressOf(addresses, service), test.cause, token)
				if test.status != 0 && e.Status != test.status {
					t.Errorf("status %d, want %d", e.Status, test.status)
				}
				if test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("error %v, want %v", err, test.is)
				}
			})
		}
	}
}

// status answers with a status, or with the service's own if it is 0.
func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if code != 0 {
			w.WriteHeader(code)
		}
		_, _ = w.Write([]byte(text))
	}
}

// defaultStatus writes a status of its own where the handler wrote none.
type defaultStatus struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *defaultStatus) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *defaultStatus) WriteHeader(code int) {
	w.wrote = true
	w.ResponseWriter.WriteHeader(code)
}

func (w *defaultStatus) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(w.status)
	}
	return w.ResponseWriter.Write(p)
}

// Nobody listens.
func TestSignNamesTheServiceThatIsNotThere(t *testing.T) {
	t.Parallel()
	const nowhere = "http://127.0.0.1:1" // a port that no other test is given
	for _, service := range services {
		t.Run(string(service), func(t *testing.T) {
			t.Parallel()
			addresses := newFake(t).serve(t, 2)
			switch service {
			case signer.Fulcio:
				addresses.Fulcio = nowhere
			case signer.Rekor:
				addresses.Rekor[0].URL = nowhere
			case signer.TimestampAuthority:
				addresses.TimestampAuthorities = []string{nowhere}
			}
			token := fakeToken(t, nil)
			_, err := newSigner(t, signer.Options{Services: addresses}).Sign(t.Context(), payload, signer.StaticToken(token))
			checkServiceError(t, err, service, nowhere, "connection refused", token)
		})
	}
}

// A token must not reach another host (CVE-2026-49478), and another host's
// answer is not what was asked for.
func TestRequestsStayOnTheirHost(t *testing.T) {
	t.Parallel()
	for _, service := range services {
		for _, code := range []int{301, 302, 303, 307, 308} {
			t.Run(string(service)+" "+http.StatusText(code), func(t *testing.T) {
				t.Parallel()
				var reached atomic.Bool
				other := newFake(t)
				other.before = func(signer.Service, http.ResponseWriter, *http.Request) bool {
					reached.Store(true)
					return false
				}
				target := addressOf(other.serve(t, 2), service)
				f := newFake(t)
				f.before = func(asked signer.Service, w http.ResponseWriter, r *http.Request) bool {
					if asked == service {
						http.Redirect(w, r, target+"/elsewhere?secret=1", code)
					}
					return asked == service
				}
				addresses := f.serve(t, 2)
				token := fakeToken(t, nil)
				_, err := newSigner(t, signer.Options{Services: addresses}).Sign(t.Context(), payload, signer.StaticToken(token))
				checkServiceError(t, err, service, addressOf(addresses, service), "redirects to http://"+mustURL(t, target).Host+": refused", token)
				if reached.Load() {
					t.Error("the other host was asked")
				}
			})
		}
	}
}

func TestRedirectsOnTheSameHost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		code  int
		times int
		cause string // "": it signs
	}{
		{"once", 307, 1, ""},
		{"permanently", 308, 3, ""},
		{"for ever", 307, 1000, "redirects more than 3 times"},
		{"to a GET", 302, 1, "redirects a POST to a GET: refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			var times atomic.Int64
			f.before = func(asked signer.Service, w http.ResponseWriter, r *http.Request) bool {
				if asked != signer.Fulcio || times.Add(1) > int64(test.times) {
					return false
				}
				http.Redirect(w, r, r.URL.Path, test.code)
				return true
			}
			addresses := f.serve(t, 2)
			token := fakeToken(t, nil)
			_, err := newSigner(t, signer.Options{Services: addresses}).Sign(t.Context(), payload, signer.StaticToken(token))
			if test.cause == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkServiceError(t, err, signer.Fulcio, addresses.Fulcio, test.cause, token)
		})
	}
}

// What Fulcio certifies must be this key and the holder of this token.
func TestSignRefusesCertificate(t *testing.T) {
	t.Parallel()
	another := newKey(t)
	for _, test := range []struct {
		name   string
		change func(*x509.Certificate)
		key    func(*ecdsa.PublicKey) *ecdsa.PublicKey
		claims map[string]any
		cause  string
	}{
		{name: "of another key", key: func(*ecdsa.PublicKey) *ecdsa.PublicKey { return &another.PublicKey }, cause: "for another key"},
		{
			name:   "of somebody else",
			change: func(c *x509.Certificate) { c.EmailAddresses = []string{"eve@example.com"} },
			cause:  `the certificate is for "eve@example.com", the token for "ana@example.com"`,
		},
		{
			name: "of a machine",
			change: func(c *x509.Certificate) {
				c.EmailAddresses, c.URIs = nil, []*url.URL{mustURL(t, "mailto:ana@example.com")}
			},
			cause: "the token for",
		},
		{
			name:   "with a second name",
			change: func(c *x509.Certificate) { c.EmailAddresses = append(c.EmailAddresses, "eve@example.com") },
			cause:  "more than one subject alternative name",
		},
		{
			name:   "with a name of another kind",
			change: func(c *x509.Certificate) { c.DNSNames = []string{"example.com"} },
			cause:  "more than one subject alternative name",
		},
		{
			name:   "with a host's name",
			change: func(c *x509.Certificate) { c.EmailAddresses, c.DNSNames = nil, []string{"example.com"} },
			cause:  "neither an e-mail address, a URI nor a user name",
		},
		{name: "without a name", change: func(c *x509.Certificate) { c.EmailAddresses = nil }, cause: "no subject alternative name"},
		{
			name: "by another issuer",
			change: func(c *x509.Certificate) {
				c.ExtraExtensions[0].Value = []byte("https://other.example.com")
				c.ExtraExtensions[1] = utf8Extension(8, "https://other.example.com")
			},
			cause: `names the issuer "https://other.example.com", the token "https://issuer.example.com"`,
		},
		{
			name:   "by two issuers",
			change: func(c *x509.Certificate) { c.ExtraExtensions[0].Value = []byte("https://other.example.com") },
			cause:  "names two issuers",
		},
		{
			name:   "without an issuer",
			change: func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[2:] },
			cause:  "names no issuer",
		},
		{
			name:   "with an issuer that is no text",
			change: func(c *x509.Certificate) { c.ExtraExtensions[1].Value = []byte{2, 1, 7} },
			cause:  "1.3.6.1.4.1.57264.1.8 is not a UTF8String",
		},
		{
			name: "of another subject",
			change: func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, utf8Extension(24, "subject-of-eve"))
			},
			cause: `for the subject "subject-of-eve", the token for "subject-of-ana"`,
		},
		{
			name:   "for servers",
			change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} },
			cause:  "not for code signing",
		},
		{name: "for encryption", change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, cause: "not for signatures"},
		{
			name:   "of an authority",
			change: func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true },
			cause:  "belongs to an authority",
		},
		{
			name:   "that is never valid",
			change: func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(-time.Second) },
			cause:  "never valid",
		},
		{
			name: "of another workflow",
			change: func(c *x509.Certificate) {
				c.URIs = []*url.URL{mustURL(t, "https://github.com/acme/app/.github/workflows/other.yml@refs/heads/main")}
				c.ExtraExtensions = append(c.ExtraExtensions, utf8Extension(24, "repo:acme/app"))
			},
			claims: map[string]any{"email": nil, "sub": "repo:acme/app", "job_workflow_ref": "acme/app/.github/workflows/release.yml@refs/heads/main"},
			cause:  `the certificate is for "https://github.com/acme/app/.github/workflows/other.yml@refs/heads/main", the token for`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.certificate, f.certify = test.change, test.key
			var asked atomic.Int64
			f.before = func(service signer.Service, _ http.ResponseWriter, _ *http.Request) bool {
				if service != signer.Fulcio {
					asked.Add(1)
				}
				return false
			}
			token := fakeToken(t, test.claims)
			s := newSigner(t, signer.Options{Services: inMemory(2), Transport: f})
			_, err := s.Sign(t.Context(), payload, signer.StaticToken(token))
			checkServiceError(t, err, signer.Fulcio, "https://fulcio.example.com", test.cause, token)
			if asked.Load() != 0 {
				t.Error("what was refused went to the log")
			}
		})
	}
}

// What log and authority answer must be about what they were sent.
func TestSignRefusesEvidenceForSomethingElse(t *testing.T) {
	t.Parallel()
	// v1 changes the one entry of a Rekor v1 answer.
	v1 := func(change func(entry, proof map[string]any)) func(map[string]any) {
		return func(entries map[string]any) {
			for _, e := range entries {
				entry := e.(map[string]any)
				change(entry, entry["verification"].(map[string]any)["inclusionProof"].(map[string]any))
			}
		}
	}
	for _, test := range []struct {
		name    string
		rekor   int
		entry   func(map[string]any)
		message func([]byte) []byte
		service signer.Service
		cause   string
	}{
		{
			name: "v1 of another body", rekor: 1, service: signer.Rekor, cause: "not for this signature",
			entry: v1(func(entry, _ map[string]any) { entry["body"] = "e30=" }),
		},
		{
			name: "v1 of two entries", rekor: 1, service: signer.Rekor, cause: "2 log entries, want 1",
			entry: func(entries map[string]any) {
				for _, e := range entries {
					entries["another"] = e
				}
			},
		},
		{
			name: "v1 without a promise", rekor: 1, service: signer.Rekor, cause: "no signed entry timestamp",
			entry: v1(func(entry, _ map[string]any) { delete(entry["verification"].(map[string]any), "signedEntryTimestamp") }),
		},
		{
			name: "v1 without a proof", rekor: 1, service: signer.Rekor, cause: "no checkpoint",
			entry: v1(func(entry, _ map[string]any) { delete(entry["verification"].(map[string]any), "inclusionProof") }),
		},
		{
			name: "v1 with a short log id", rekor: 1, service: signer.Rekor, cause: "not a SHA-256 hash",
			entry: v1(func(entry, _ map[string]any) { entry["logID"] = "abcd" }),
		},
		{
			name: "v1 with a root hash that is not hex", rekor: 1, service: signer.Rekor, cause: "not a SHA-256 hash",
			entry: v1(func(_, proof map[string]any) { proof["rootHash"] = strings.Repeat("zz", 32) }),
		},
		{
			name: "v1 with a short hash", rekor: 1, service: signer.Rekor, cause: "not a SHA-256 hash",
			entry: v1(func(_, proof map[string]any) { proof["hashes"] = []string{"ab"} }),
		},
		{
			name: "v2 of another body", rekor: 2, service: signer.Rekor, cause: "not for this signature",
			entry: func(entry map[string]any) { entry["canonicalizedBody"] = "e30=" },
		},
		{
			name: "v2 without a body", rekor: 2, service: signer.Rekor, cause: "not for this signature",
			entry: func(entry map[string]any) { delete(entry, "canonicalizedBody") },
		},
		{
			name: "v2 without a proof", rekor: 2, service: signer.Rekor, cause: "no checkpoint",
			entry: func(entry map[string]any) { delete(entry, "inclusionProof") },
		},
		{
			name: "timestamp of another signature", rekor: 2, service: signer.TimestampAuthority, cause: "not for this signature",
			message: func(m []byte) []byte { m[0] ^= 1; return m },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.entry, f.message = test.entry, test.message
			addresses := inMemory(test.rekor)
			token := fakeToken(t, nil)
			s := newSigner(t, signer.Options{Services: addresses, Transport: f})
			_, err := s.Sign(t.Context(), payload, signer.StaticToken(token))
			checkServiceError(t, err, test.service, addressOf(addresses, test.service), test.cause, token)
		})
	}
}

// An authority that refuses says why.
func TestSignTellsWhyTheTimestampIsRefused(t *testing.T) {
	t.Parallel()
	refusal, err := asn1.Marshal(struct {
		Status struct {
			Status int
			Text   []asn1.RawValue
		}
	}{struct {
		Status int
		Text   []asn1.RawValue
	}{2, []asn1.RawValue{{Tag: asn1.TagUTF8String, Bytes: []byte("no such policy")}}}})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t)
	f.before = func(asked signer.Service, w http.ResponseWriter, _ *http.Request) bool {
		if asked == signer.TimestampAuthority {
			_, _ = w.Write(refusal)
		}
		return asked == signer.TimestampAuthority
	}
	addresses := inMemory(2)
	token := fakeToken(t, nil)
	_, err = newSigner(t, signer.Options{Services: addresses, Transport: f}).Sign(t.Context(), payload, signer.StaticToken(token))
	checkServiceError(t, err, signer.TimestampAuthority, addresses.TimestampAuthorities[0], `"no such policy"`, token)
}
