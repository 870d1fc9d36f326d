package login

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// opensNothing is a command that does nothing with the address: a test's
// visitor goes there.
var opensNothing = []string{"true"}

func logIn(t *testing.T, f *fakeProvider, v *visitor, change func(*Browser)) (token string, warnings []string, err error) {
	t.Helper()
	v.t, v.f = t, f
	warned := make(chan string, 100)
	b := &Browser{Provider: f.provider(), Command: opensNothing, ShowURL: v.open, Wait: time.Minute, Warn: func(err error) { warned <- err.Error() }}
	if change != nil {
		change(b)
	}
	token, err = b.Token(t.Context())
	close(warned)
	for w := range warned {
		warnings = append(warnings, w)
	}
	return token, warnings, err
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	for _, redirect := range []string{"", "http://localhost/", "http://127.0.0.1/some/where", "http://localhost"} {
		f, v := newFake(t), new(visitor)
		var address *url.URL
		var exchanges []string
		token, warnings, err := logIn(t, f, v, func(b *Browser) {
			b.RedirectURL, b.ConnectorID = redirect, "https://connector.example.com"
			b.ShowURL = func(text string) {
				address, _ = url.Parse(text)
				v.open(text)
			}
			b.Trace = func(e signer.Exchange) {
				exchanges = append(exchanges, e.Method+" "+strings.TrimPrefix(e.URL, f.issuer))
			}
		})
		if err != nil || len(warnings) != 0 || token != f.idToken(time.Now()) && strings.Count(token, ".") != 2 {
			t.Errorf("%s: %q, %q, %v", redirect, token, warnings, err)
		}
		if page := v.last(); page.status != http.StatusOK || !strings.Contains(page.text, "alice@example.com") || !strings.Contains(page.text, "You are logged in") {
			t.Errorf("%s: the last page: %+v", redirect, page)
		}
		q := address.Query()
		for name, want := range map[string]string{
			"response_type": "code", "client_id": "sigstore", "scope": "openid email", "code_challenge_method": "S256",
			"connector_id": "https://connector.example.com",
		} {
			if q.Get(name) != want {
				t.Errorf("%s: %s is %q", redirect, name, q.Get(name))
			}
		}
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			if len(q.Get(name)) < 22 { // 128 bits in base64
				t.Errorf("%s: %s is %q", redirect, name, q.Get(name))
			}
		}
		want := []string{"GET /.well-known/openid-configuration", "POST /token", "GET /keys"}
		if !slices.Equal(exchanges, want) {
			t.Errorf("%s: traced %q", redirect, exchanges)
		}
	}
}

// Each row is one thing wrong with the provider; the browser is told, too, if it
// has come back by then.
func TestBrowserProviderFails(t *testing.T) {
	t.Parallel()
	const lost = "lost" // stands for a *signer.ServiceError
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); _, _ = w.Write([]byte(body)) }
	}
	for _, tt := range []struct {
		name    string
		spoil   func(f *fakeProvider)
		problem Problem
		says    string
	}{
		{"nonce of another login", func(f *fakeProvider) { f.claims = map[string]any{"nonce": "other"} }, BadToken, "nonce"},
		{"no nonce", func(f *fakeProvider) { f.claims = map[string]any{"nonce": nil} }, BadToken, "nonce"},
		{"issuer", func(f *fakeProvider) { f.claims = map[string]any{"iss": "https://other.example.com"} }, BadToken, "https://other.example.com"},
		{"audience", func(f *fakeProvider) { f.claims = map[string]any{"aud": "other"} }, BadToken, "audience"},
		{"expired", func(f *fakeProvider) { f.claims = map[string]any{"exp": time.Now().Add(-2 * time.Hour).Unix()} }, BadToken, "expired at"},
		{"no expiry", func(f *fakeProvider) { f.claims = map[string]any{"exp": nil} }, BadToken, "no expiry"},
		{"e-mail of another type", func(f *fakeProvider) { f.claims = map[string]any{"email": 1} }, BadToken, "email"},
		{"algorithm none", func(f *fakeProvider) { f.header = `{"alg":"none"}` }, BadToken, "none"},
		{"algorithm of secrets", func(f *fakeProvider) { f.header = `{"alg":"HS256","kid":"1"}` }, BadToken, "HS256"},
		{"key of another", func(f *fakeProvider) { f.header = `{"alg":"EdDSA","kid":"2"}` }, BadToken, "signature"},
		{"signature", func(f *fakeProvider) {
			published := &fakeProvider{key: newKey(1)}
			f.mux["/keys"] = published.keys
		}, BadToken, "signature"},
		{"keys out of order", func(f *fakeProvider) { f.mux["/keys"] = status(http.StatusBadGateway, "<html>") }, lost, "HTTP 502 Bad Gateway: the answer to /keys"},
		{"keys are garbage", func(f *fakeProvider) { f.mux["/keys"] = status(http.StatusOK, strings.Repeat("garbage", 100)) }, BadToken, "decode keys"},
		{"no ID token", func(f *fakeProvider) {
			f.mux["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				answer(w, http.StatusOK, map[string]string{"access_token": "a", "token_type": "Bearer"})
			}
		}, BadToken, "no ID token"},
		{"token endpoint out of order", func(f *fakeProvider) { f.mux["/token"] = status(http.StatusServiceUnavailable, "secret page") }, lost, "HTTP 503"},
		{"token endpoint refuses", func(f *fakeProvider) {
			f.mux["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_client", "error_description": "no such\nclient"})
			}
		}, Refused, `invalid_client: "no such client"`},
		{"token endpoint is garbage", func(f *fakeProvider) { f.mux["/token"] = status(http.StatusOK, "garbage") }, lost, "answer: server response missing access_token (after "},
		{"token endpoint redirects elsewhere", func(f *fakeProvider) {
			f.mux["/token"] = http.RedirectHandler("http://127.0.0.1:1/token", http.StatusTemporaryRedirect).ServeHTTP
		}, lost, "redirects to http://127.0.0.1:1: refused"},
		{"token endpoint redirects in the clear", func(f *fakeProvider) {
			f.announce("token_endpoint", "http://example.com/token")
		}, BadAddress, "must begin with https://"},
		{"token endpoint is long", func(f *fakeProvider) { f.mux["/token"] = status(http.StatusOK, strings.Repeat(" ", maxAnswer+1)) }, lost, "longer than"},
		{"discovery of another issuer", func(f *fakeProvider) {
			f.announce("issuer", "https://other.example.com")
		}, lost, "https://other.example.com"},
		{"discovery is not there", func(f *fakeProvider) { f.mux["/.well-known/openid-configuration"] = http.NotFound }, lost, "HTTP 404 Not Found: the answer to /.well-known/openid-configuration"},
		{"discovery is a page", func(f *fakeProvider) { f.mux["/.well-known/openid-configuration"] = status(http.StatusOK, "<html>") }, lost, "text/html"},
		{"discovery hangs", func(f *fakeProvider) {
			f.mux["/.well-known/openid-configuration"] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, lost, "no answer after"},
		{"login page of another scheme", func(f *fakeProvider) {
			f.announce("authorization_endpoint", "javascript:alert(1)")
		}, BadAddress, "login address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, v := newFake(t), new(visitor)
			tt.spoil(f)
			token, _, err := logIn(t, f, v, func(b *Browser) {
				if strings.Contains(tt.name, "hangs") {
					b.Timeout = 50 * time.Millisecond
				}
			})
			if token != "" || err == nil || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 500 || strings.Contains(err.Error(), "secret") {
				t.Fatalf("%q, %v", token, err)
			}
			if said := strings.Count(err.Error(), "login at ") + strings.Count(err.Error(), string(OpenIDProvider)); said != 1 {
				t.Errorf("says %d times where: %v", said, err)
			}
			var service *signer.ServiceError
			var login *Error
			if tt.problem == lost && !errors.As(err, &service) || tt.problem != lost && (!errors.As(err, &login) || login.Problem != tt.problem) {
				t.Errorf("%T: %v", err, err)
			}
			if v.done != nil {
				if page := v.last(); page.status == http.StatusOK || !strings.Contains(page.text, "Login failed") || !strings.Contains(page.text, "run the git command again") && !strings.Contains(page.text, "Run the git command again") {
					t.Errorf("the last page: %+v", page)
				}
			}
		})
	}
}

// The local clock may be an hour off, ahead of tokens that last a minute.
func TestBrowserWithAClockAhead(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	if _, _, err := logIn(t, f, new(visitor), func(b *Browser) { b.Now = func() time.Time { return time.Now().Add(time.Hour) } }); err != nil {
		t.Error(err)
	}
}

func TestBrowserComesBackWithout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		change  func(back url.Values)
		problem Problem
		says    string
		page    string
	}{
		{"consent", func(back url.Values) { back.Del("code"); back.Set("error", "access_denied") }, Denied, "denied at the provider", "Login denied"},
		{"consent, with words", func(back url.Values) {
			back.Set("error", "access_denied")
			back.Set("error_description", "<script>\x1b[2J"+strings.Repeat("long ", 1000))
		}, Denied, `denied at the provider: "<script>\x1b[2Jlong`, "Login denied"},
		{"a request that the provider takes", func(back url.Values) { back.Set("error", "<b>invalid_scope") }, Refused, "invalid_scope", "&lt;b&gt;invalid_scope"},
		{"a code", func(back url.Values) { back.Del("code") }, BadAnswer, "neither a code nor an error", "Login failed"},
		{"one code", func(back url.Values) { back.Add("code", "right") }, BadAnswer, "neither a code nor an error", "Login failed"},
		{"the right code", func(back url.Values) { back.Set("code", "wrong") }, Refused, "not that code", "Login failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &visitor{change: tt.change}
			_, _, err := logIn(t, newFake(t), v, nil)
			var login *Error
			if !errors.As(err, &login) || login.Problem != tt.problem || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 500 {
				t.Errorf("%v", err)
			}
			if page := v.last(); page.status != http.StatusBadRequest || !strings.Contains(page.text, tt.page) || strings.Contains(page.text, "<script>") {
				t.Errorf("the last page: %+v", page)
			}
		})
	}
}

func TestBrowserWaitsNoLongerThanItShould(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	b := &Browser{Provider: f.provider(), Command: opensNothing, Wait: 10 * time.Millisecond}
	_, err := b.Token(t.Context())
	var login *Error
	if !errors.As(err, &login) || login.Problem != TimedOut || !strings.Contains(err.Error(), "no one logged in within 10ms") {
		t.Errorf("%v", err)
	}
}

func TestBrowserEndsWithItsContext(t *testing.T) {
	t.Parallel()
	hangs := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees that its client has gone when it has read all
		<-r.Context().Done()
	}
	for _, tt := range []struct {
		name string
		path string // that hangs
	}{
		{"while the provider is asked", "/.well-known/openid-configuration"},
		{"while a person is waited for", ""},
		{"while the code is redeemed", "/token"},
		{"while keys are fetched", "/keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, v := newFake(t), new(visitor)
			v.t, v.f = t, f
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b := &Browser{Provider: f.provider(), Command: opensNothing, ShowURL: v.open}
			if tt.path == "" {
				b.ShowURL = func(string) { cancel() }
			} else {
				f.mux[tt.path] = func(w http.ResponseWriter, r *http.Request) { cancel(); hangs(w, r) }
			}
			if _, err := b.Token(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted") {
				t.Errorf("%v", err)
			}
			if v.done != nil {
				<-v.done
			}
		})
	}
}

func TestBrowserAtAPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := newFake(t)
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		b := &Browser{Provider: f.provider(), RedirectURL: "http://" + net.JoinHostPort(host, port) + "/callback", ShowURL: func(string) { t.Error("shown") }}
		_, err = b.Token(t.Context())
		var login *Error
		if !errors.As(err, &login) || login.Problem != PortInUse || !strings.Contains(err.Error(), "cannot listen at "+b.RedirectURL) {
			t.Errorf("%v", err)
		}
	}
}

func TestBrowserCannotBeOpened(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"no-such-browser"}, {"false"}} {
		f, v := newFake(t), new(visitor)
		b := &Browser{Provider: f.provider(), Command: command}
		_, err := b.Token(t.Context())
		var login *Error
		if !errors.As(err, &login) || login.Problem != NoBrowser {
			t.Errorf("%v", err)
		}
		// With somebody to read the address, that is a warning.
		warned := make(chan error, 1)
		_, _, err = logIn(t, f, v, func(b *Browser) {
			b.Command = command
			b.Warn = func(err error) { warned <- err }
			b.ShowURL = func(address string) {
				v.t, v.f = t, f
				go func() {
					if err := <-warned; !strings.Contains(err.Error(), "cannot open a browser") {
						t.Errorf("warned of %v", err)
					}
					v.open(address)
				}()
			}
		})
		if err != nil {
			t.Errorf("%q: %v", command, err)
		}
	}
}

func TestProviderNeedsAClockAndAnAddress(t *testing.T) {
	t.Parallel()
	if _, err := (&Browser{Provider: Provider{Issuer: "https://example.com"}}).Token(t.Context()); err == nil {
		t.Error("no clock is needed")
	}
	for _, issuer := range []string{"", "example.com", "http://example.com", "https://user@example.com", "file:///etc"} {
		_, err := (&Browser{Provider: Provider{Issuer: issuer, Now: time.Now}}).Token(t.Context())
		var login *Error
		if !errors.As(err, &login) || login.Problem != BadAddress {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
