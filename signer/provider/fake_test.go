package provider_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/provider"
)

const (
	testAudience = "sigstore"
	testSecret   = "the-secret-that-the-job-has-to-ask-with"
	testJob      = "0190046e-e199-453b-a302-a21a4d649d31"
)

// testToken is a token with a signature that nobody checks.
var testToken = func() string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"ES256"}`)) + "." + encode([]byte(`{"iss":"https://issuer.example.com","sub":"a job","aud":"sigstore","exp":4102444800}`)) +
		"." + encode(bytes.Repeat([]byte("signature"), 7))
}()

// traced collects what a trace would show.
type traced struct {
	mu    sync.Mutex
	lines []string
}

func (r *traced) add(e signer.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := e.Method + " " + e.URL
	if e.Err != nil {
		line += ": " + e.Err.Error()
	}
	r.lines = append(r.lines, line)
}

func (r *traced) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

func newClient(t testing.TB, timeout time.Duration) (*signer.TokenClient, *traced) {
	t.Helper()
	trace := new(traced)
	c, err := signer.NewTokenClient(signer.Options{Timeout: timeout, Now: time.Now, Trace: trace.add})
	if err != nil {
		t.Fatal(err)
	}
	return c, trace
}

// serve starts a server on loopback, which ends connections that are left.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// overHTTP are the sources that speak HTTP, each with the server that it is
// made for. Their answers are those of the real ones, as documented.
var overHTTP = []struct {
	name   string
	source func(server string, c *signer.TokenClient) signer.TokenSource
	fake   http.HandlerFunc
	secret bool // asks with one, over a network
}{
	{
		name: "github-actions", secret: true,
		source: func(server string, c *signer.TokenClient) signer.TokenSource {
			return provider.GitHubActions{RequestURL: server + "/_apis/jobs/7/idtoken?api-version=2.0", RequestToken: testSecret, Audience: testAudience, Client: c}
		},
		fake: func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			switch {
			case r.Header.Get("Authorization") != "Bearer "+testSecret:
				http.Error(w, `{"$id":"1","message":"TF400813: not authorized"}`, http.StatusUnauthorized)
			case r.Method != http.MethodGet || r.URL.Path != "/_apis/jobs/7/idtoken" || q.Get("api-version") != "2.0" || q.Get("audience") != testAudience:
				http.Error(w, r.Method+" "+r.RequestURI, http.StatusNotFound)
			default:
				answerJSON(w, map[string]any{"count": 1857, "value": testToken})
			}
		},
	},
	{
		name: "buildkite", secret: true,
		source: func(server string, c *signer.TokenClient) signer.TokenSource {
			return provider.Buildkite{Endpoint: server + "/v3/", AccessToken: testSecret, Job: testJob, Audience: testAudience, Client: c}
		},
		fake: func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch {
			case r.Header.Get("Authorization") != "Token "+testSecret:
				http.Error(w, `{"message":"Invalid access token"}`, http.StatusUnauthorized)
			case r.Method != http.MethodPost || r.URL.Path != "/v3/jobs/"+testJob+"/oidc/tokens" || string(body) != `{"audience":"sigstore"}`:
				http.Error(w, r.Method+" "+r.RequestURI+" "+string(body), http.StatusNotFound)
			default:
				answerJSON(w, map[string]any{"token": testToken})
			}
		},
	},
	{
		name: "google",
		source: func(server string, c *signer.TokenClient) signer.TokenSource {
			return provider.Google{Host: strings.TrimPrefix(server, "http://"), Audience: testAudience, Client: c}
		},
		fake: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Metadata-Flavor", "Google")
			w.Header().Set("Server", "Metadata Server for VM")
			q := r.URL.Query()
			switch {
			case r.Header.Get("Metadata-Flavor") != "Google" || r.Header.Get("X-Forwarded-For") != "":
				http.Error(w, "Missing Metadata-Flavor:Google header.", http.StatusForbidden)
			case r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/identity":
				http.NotFound(w, r)
			case q.Get("audience") == "":
				http.Error(w, "non-empty audience parameter required", http.StatusBadRequest)
			case q.Get("audience") != testAudience || q.Get("format") != "full":
				http.Error(w, "without an address in it", http.StatusBadRequest)
			default:
				_, _ = io.WriteString(w, testToken)
			}
		},
	},
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

// checkSecretKept checks that text holds no piece of secret or token.
func checkSecretKept(t *testing.T, text string) {
	t.Helper()
	const piece = 16
	for _, secret := range []string{testSecret, testToken} {
		for i := 0; i+piece <= len(secret); i++ {
			if strings.Contains(text, secret[i:i+piece]) {
				t.Fatalf("holds a piece of a secret: %q", text)
			}
		}
	}
}
