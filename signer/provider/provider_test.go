package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/provider"
)

// patience is for servers that answer, on a busy machine.
const patience = 30 * time.Second

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, p := range overHTTP {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			client, trace := newClient(t, patience)
			source := p.source(serve(t, p.fake).URL, client)
			token, err := source.Token(t.Context())
			if err != nil || token != testToken {
				t.Fatalf("%q, %v", token, err)
			}
			if !strings.Contains(trace.String(), "http://127.0.0.1:") {
				t.Errorf("trace %q", trace)
			}
			checkSecretKept(t, trace.String())
			checkSecretKept(t, fmt.Sprintf("%v %+v %#v %s", source, source, source, source))
		})
	}
}

// Whatever answers in a provider's place: one line that names provider and
// address, and no secret.
func TestProvidersThatFail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answer  http.HandlerFunc
		timeout time.Duration
		cause   string
		is      error
	}{
		{
			name:    "hangs",
			answer:  func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
			timeout: time.Second, cause: "no answer in 1s", is: context.DeadlineExceeded,
		},
		{
			name: "hangs in the middle of the answer",
			answer: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, `{"value":"`)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			},
			timeout: time.Second, cause: "no answer in 1s", is: context.DeadlineExceeded,
		},
		{name: "500", answer: status(500, `{"message":"the disk is full"}`), cause: `HTTP 500 Internal Server Error: "the disk is full"`},
		{name: "403 with nothing", answer: status(403, ""), cause: "HTTP 403 Forbidden: empty answer"},
		{name: "404 with a long page", answer: status(404, strings.Repeat("long ", 1000)), cause: "HTTP 404 Not Found"},
		{name: "terminal escapes", answer: status(502, "\x1b[2Jgone\n"), cause: `"\x1b[2Jgone"`},
		{name: "200 KB", answer: status(200, strings.Repeat(" ", 200<<10)), cause: "answer: longer than 81920 bytes"},
		{name: "nothing", answer: status(200, ""), cause: "answer: "},
		{name: "a page", answer: status(200, "<html>log in to the hotel's network</html>"), cause: "answer: "},
		{name: "null", answer: status(200, "null"), cause: "answer: "},
		{name: "an empty token", answer: status(200, `{"value":"","token":""}`), cause: "answer: "},
		{name: "a token that is none", answer: status(200, `{"value":7,"token":{}}`), cause: "answer: "},
		{name: "no content", answer: status(204, ""), cause: "unexpected status"},
		{
			name:   "closes the connection",
			answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			cause:  "EOF",
		},
		{
			name: "echoes the request",
			answer: func(w http.ResponseWriter, r *http.Request) {
				http.Error(w, "cannot use "+r.Header.Get("Authorization"), http.StatusBadRequest)
			},
			cause: "HTTP 400 Bad Request",
		},
		{name: "a token in an error", answer: status(400, "already handed out "+testToken), cause: `"already handed out [token]`},
		{name: "a token in an error message", answer: status(409, `{"message":"`+testToken+`"}`), cause: `"[token]`},
	} {
		for _, p := range overHTTP {
			t.Run(test.name+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				timeout := test.timeout
				if timeout == 0 {
					timeout = patience
				}
				client, trace := newClient(t, timeout)
				server := serve(t, test.answer)
				token, err := p.source(server.URL, client).Token(t.Context())
				if token != "" {
					t.Fatalf("token %q", token)
				}
				checkServiceError(t, err, p.name, server.URL, test.cause)
				if test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("%v is not %v", err, test.is)
				}
				checkSecretKept(t, trace.String())
			})
		}
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func checkServiceError(t *testing.T, err error, service, address, cause string) {
	t.Helper()
	var e *signer.ServiceError
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a ServiceError", err, err)
	}
	line := e.Error()
	if !strings.HasPrefix(line, service+" "+address) || !strings.Contains(line, cause) {
		t.Errorf("error %q, want %q in it", line, cause)
	}
	if strings.ContainsAny(line, "\n\r\x1b") || len(line) > 600 {
		t.Errorf("not one line for people: %q", line)
	}
	checkSecretKept(t, line)
}

// A CI system that is being restarted is asked again.
func TestFailuresThatPass(t *testing.T) {
	t.Parallel()
	for _, p := range overHTTP {
		if !p.secret { // the metadata server is next door
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 {
					http.Error(w, "restarting", http.StatusServiceUnavailable)
					return
				}
				p.fake(w, r)
			}))
			client, _ := newClient(t, patience)
			if token, err := p.source(server.URL, client).Token(t.Context()); err != nil || token != testToken || asked.Load() != 2 {
				t.Errorf("%q, %v, asked %d times", token, err, asked.Load())
			}
		})
	}
}

// A question with a secret, and one whose answer is one, stays on its host.
func TestRedirectsToOtherHostsAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range overHTTP {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			elsewhere := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			server := serve(t, http.RedirectHandler(elsewhere.URL+"/token", http.StatusTemporaryRedirect))
			client, trace := newClient(t, patience)
			_, err := p.source(server.URL, client).Token(t.Context())
			checkServiceError(t, err, p.name, server.URL, "redirects to "+elsewhere.URL+": refused")
			if asked.Load() != 0 {
				t.Error("the other host was asked")
			}
			checkSecretKept(t, trace.String())
		})
	}
}

// On the same host a redirect is the provider's own.
func TestRedirectsOnTheSameHostAreFollowed(t *testing.T) {
	t.Parallel()
	for _, p := range overHTTP {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if path, ok := strings.CutPrefix(r.URL.Path, "/moved"); ok {
					r.URL.Path = path
					p.fake(w, r)
					return
				}
				http.Redirect(w, r, "/moved"+r.RequestURI, http.StatusTemporaryRedirect)
			}))
			client, _ := newClient(t, patience)
			if token, err := p.source(server.URL, client).Token(t.Context()); err != nil || token != testToken {
				t.Errorf("%q, %v", token, err)
			}
		})
	}
}

func TestCancelEndsTheQuestion(t *testing.T) {
	t.Parallel()
	for _, p := range overHTTP {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			server := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				cancel()
				<-r.Context().Done()
			}))
			client, _ := newClient(t, patience)
			_, err := p.source(server.URL, client).Token(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Neither secret nor token travels in the clear, whatever the environment says.
func TestSecretsDoNotTravelInTheClear(t *testing.T) {
	t.Parallel()
	client, trace := newClient(t, patience)
	for _, test := range []struct {
		name   string
		source signer.TokenSource
		err    string
	}{
		{"github", provider.GitHubActions{RequestURL: "http://pipelines.example.com/idtoken", RequestToken: testSecret, Client: client}, "in the clear"},
		{"github, no URL", provider.GitHubActions{RequestURL: "https://[", RequestToken: testSecret, Client: client}, "ACTIONS_ID_TOKEN_REQUEST_URL is not a URL"},
		{"github, with a password", provider.GitHubActions{RequestURL: "https://a:" + testSecret + "@example.com/", Client: client}, "the URL holds a user name"},
		{"github, nothing", provider.GitHubActions{Client: client}, "github-actions: no address is configured"},
		{"buildkite", provider.Buildkite{Endpoint: "http://agent.example.com/v3", AccessToken: testSecret, Job: testJob, Client: client}, "in the clear"},
		{"spiffe", provider.SPIFFE{Socket: "tcp://192.0.2.1:8081", Client: client}, "in the clear"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.source.Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			checkSecretKept(t, err.Error())
		})
	}
	if trace.String() != "" {
		t.Errorf("somebody was asked: %s", trace)
	}
}

// A job's name is one segment of the path.
func TestBuildkiteJobIsOneSegment(t *testing.T) {
	t.Parallel()
	var path atomic.Value
	server := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path.Store(r.URL.EscapedPath()) }))
	client, _ := newClient(t, patience)
	_, _ = provider.Buildkite{Endpoint: server.URL, AccessToken: testSecret, Job: "../../agents", Client: client}.Token(t.Context())
	if got := path.Load(); got != "/jobs/..%2F..%2Fagents/oidc/tokens" {
		t.Errorf("asked %v", got)
	}
}

// What answers to the metadata server's name is believed only with its header.
func TestGoogleAnswersWithItsHeader(t *testing.T) {
	t.Parallel()
	server := serve(t, status(200, testToken))
	client, _ := newClient(t, patience)
	_, err := provider.Google{Host: strings.TrimPrefix(server.URL, "http://"), Audience: testAudience, Client: client}.Token(t.Context())
	checkServiceError(t, err, "google", server.URL, "is not by Google's metadata server")
}
