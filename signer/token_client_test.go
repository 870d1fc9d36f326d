package signer_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

const asked signer.Service = "a provider"

func TestTokenClientNeedsAClock(t *testing.T) {
	t.Parallel()
	for _, o := range []signer.Options{{}, {Now: time.Now, Timeout: -time.Second}} {
		if _, err := signer.NewTokenClient(o); err == nil {
			t.Errorf("%+v accepted", o)
		}
	}
}

func TestTokenClientFetch(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "End")
		w.Header().Set("Seen", r.Header.Get("Authorization")+" "+r.Header.Get("Flavor"))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte("body"))
		w.Header().Set("End", "fine")
	}))
	defer server.Close()
	c := tokenClient(t)
	a, err := c.Fetch(t.Context(), signer.TokenRequest{
		Provider: asked, Method: http.MethodPost, URL: server.URL + "?audience=sigstore",
		Header: http.Header{"Flavor": {"vanilla"}}, Scheme: "Token", Secret: "secret-of-twenty-bytes",
	})
	if err != nil {
		t.Fatal(err)
	}
	if string(a.Body) != "body" || a.Header.Get("Seen") != "Token secret-of-twenty-bytes vanilla" || a.Trailer.Get("End") != "fine" {
		t.Errorf("%q, %v, %v", a.Body, a.Header, a.Trailer)
	}
	refused := a.Refuse("says %s and %s", "eyJhbGciOiJub25lIn0.e30.e30", "secret-of-twenty-bytes").Error()
	if want := "a provider (" + server.URL + "): answer: says [token] and [token]"; !strings.HasPrefix(refused, want) {
		t.Errorf("%q, want %q", refused, want)
	}
}

func tokenClient(t *testing.T) *signer.TokenClient {
	t.Helper()
	c, err := signer.NewTokenClient(signer.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is not asked, and what errors call it.
func TestTokenClientRefusesAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		request signer.TokenRequest
		err     string
	}{
		{"unencrypted", signer.TokenRequest{URL: "http://example.com/token?audience=a"}, "unencrypted"},
		{"no URL", signer.TokenRequest{URL: "https://["}, "the provider's address is not a URL"},
		{"a fragment", signer.TokenRequest{URL: "https://example.com/#a"}, "must not have a query or fragment"},
		{"a password", signer.TokenRequest{URL: "https://user:password@example.com/"}, "the URL contains a user name"},
		{"a file", signer.TokenRequest{URL: "file:///etc/passwd", InsecureHTTP: true}, "not an http or https URL"},
		{"nothing", signer.TokenRequest{}, "no URL is set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.request.Provider = asked
			_, err := tokenClient(t).Fetch(t.Context(), test.request)
			var e *signer.ServiceError
			if !errors.As(err, &e) || e.Service != asked || !strings.HasPrefix(err.Error(), "a provider: ") || !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			if strings.Contains(err.Error(), "password@") || strings.Contains(err.Error(), "audience") {
				t.Errorf("says too much: %v", err)
			}
		})
	}
}
