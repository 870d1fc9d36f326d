package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
)

// wrongProvider is an OpenID provider that does one thing wrong.
type wrongProvider struct {
	url    string
	key    ed25519.PrivateKey
	claims map[string]any              // that go over the right ones
	wrong  map[string]http.HandlerFunc // by path, instead of the right answer

	mu    sync.Mutex
	nonce string // of the login on its way
}

func newWrongProvider(t *testing.T) *wrongProvider {
	t.Helper()
	p := &wrongProvider{key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)), wrong: make(map[string]http.HandlerFunc)}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.url = server.URL
	return p
}

func (p *wrongProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if wrong := p.wrong[r.URL.Path]; wrong != nil {
		wrong(w, r)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		writeJSON(w, http.StatusOK, p.document())
	case "/device/code":
		writeJSON(w, http.StatusOK, map[string]any{
			"device_code": "right", "user_code": "BCDF-GHJK", "verification_uri": p.url + "/device", "expires_in": 300, "interval": 1})
	case "/keys":
		writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": base64.RawURLEncoding.EncodeToString(p.key.Public().(ed25519.PublicKey))}}})
	case "/token":
		writeJSON(w, http.StatusOK, map[string]any{"access_token": "opens nothing", "token_type": "Bearer", "id_token": p.token()})
	default:
		http.NotFound(w, r)
	}
}

func (p *wrongProvider) document() map[string]any {
	return map[string]any{
		"issuer": p.url, "authorization_endpoint": p.url + "/auth", "token_endpoint": p.url + "/token", "jwks_uri": p.url + "/keys",
		"device_authorization_endpoint": p.url + "/device/code", "id_token_signing_alg_values_supported": []string{"EdDSA"},
	}
}

// documentWith is an answer for the path of discovery.
func (p *wrongProvider) documentWith(name string, value any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		d := p.document()
		d[name] = value
		writeJSON(w, http.StatusOK, d)
	}
}

// token is one that would do, but for p.claims.
func (p *wrongProvider) token() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	claims := map[string]any{
		"iss": p.url, "aud": "sigstore", "sub": "carol", "email": "carol@example.com", "email_verified": true,
		"exp": time.Now().Add(time.Minute).Unix(), "nonce": p.nonce,
	}
	for name, value := range p.claims {
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"EdDSA"}`)) + "." + encode(payload)
	return signed + "." + encode(ed25519.Sign(p.key, []byte(signed)))
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// comeBack is the browser that comes back from a login as the provider sends it.
func (p *wrongProvider) comeBack(t *testing.T, address string) (status int, page string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.nonce = u.Query().Get("nonce")
	p.mu.Unlock()
	return newPerson(t).open(u.Query().Get("redirect_uri") + "?" + url.Values{"code": {"right"}, "state": {u.Query().Get("state")}}.Encode())
}

// A login at a provider that does something wrong ends with one message, before
// any service has seen the token.
func TestLoginAtAWrongProvider(t *testing.T) {
	t.Parallel()
	const configuration = "/.well-known/openid-configuration"
	const before, after = false, true // whether the browser is opened
	for _, tt := range []struct {
		name   string
		wrong  func(p *wrongProvider)
		login  bool
		err    string
		hint   string
		reason host.Reason
	}{
		{"no provider", func(p *wrongProvider) {
			p.wrong[configuration] = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome") }
		}, before, `OpenID Connect provider \(http://127\S+\): answer: .*text/html.* \(after \S+\)$`, `check that this is the address of an OpenID Connect provider`, why.LoginAnswer},
		{"issuer of another name", func(p *wrongProvider) {
			p.wrong[configuration] = p.documentWith("issuer", "https://other.example.com")
		}, before, `OpenID Connect provider \(http://127\S+\): answer: issuer .*https://other.example.com.* \(after \S+\)$`, `check that this is the address of an OpenID Connect provider`, why.LoginAnswer},
		{"login page of another scheme", func(p *wrongProvider) {
			p.wrong[configuration] = p.documentWith("authorization_endpoint", "file:///etc/passwd")
		}, before, `login at http://127\S+: the provider's login address: "file:///etc/passwd" is not a URL with a host$`, `check that this is the address of an OpenID Connect provider`, why.LoginAnswer},
		{"endless document", func(p *wrongProvider) {
			p.wrong[configuration] = func(w http.ResponseWriter, r *http.Request) {
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, strings.Repeat(" ", 1<<16))
				}
			}
		}, before, `OpenID Connect provider \(http://127\S+\): answer: longer than \d+ bytes \(after \S+\)$`, `check that this is the address of an OpenID Connect provider`, why.LoginAnswer},
		{"nonce of another login", func(p *wrongProvider) { p.claims = map[string]any{"nonce": "of another"} },
			after, `login at http://127\S+: the ID token is for another login: its nonce is not the one that was sent$`, `nothing was signed`, why.LoginAnswer},
		{"token of another issuer", func(p *wrongProvider) { p.claims = map[string]any{"iss": "https://other.example.com"} },
			after, `login at http://127\S+: the ID token is not valid: .*https://other.example.com`, `nothing was signed`, why.LoginAnswer},
		{"token for another", func(p *wrongProvider) { p.claims = map[string]any{"aud": "other"} },
			after, `login at http://127\S+: the ID token is not valid: .*audience`, `nothing was signed`, why.LoginAnswer},
		{"address that nobody verified", func(p *wrongProvider) { p.claims = map[string]any{"email_verified": false} },
			after, `ID token: the issuer has not verified the address "carol@example.com"$`, `verify the address at the provider`, why.TokenUnverified},
		{"code refused, and shown", func(p *wrongProvider) {
			p.wrong["/token"] = func(w http.ResponseWriter, r *http.Request) {
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "not " + p.token()})
			}
		}, after, `login at http://127\S+: the provider refused: invalid_grant: "not \[token\]`, `check that the provider knows this client`, why.LoginRefused},
		{"token from elsewhere", func(p *wrongProvider) {
			p.wrong["/token"] = http.RedirectHandler("https://other.example.com/token", http.StatusTemporaryRedirect).ServeHTTP
		}, after, `OpenID Connect provider \(http://127\S+\): redirects to https://other.example.com: refused \(after \S+\)$`, `the address has moved \(seal.issuer\)`, why.ServiceRedirect},
		{"token in the clear", func(p *wrongProvider) {
			p.wrong[configuration] = p.documentWith("token_endpoint", "http://other.example.com/token")
		}, after, `login at http://127\S+: the provider names an address that is not allowed: .*http:// is only for this machine\)$`, `check that this is the address of an OpenID Connect provider`, why.LoginAnswer},
		{"no token", func(p *wrongProvider) {
			p.wrong["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				writeJSON(w, http.StatusOK, map[string]any{"access_token": "opens nothing", "token_type": "Bearer"})
			}
		}, after, `login at http://127\S+: the provider's answer contains no ID token$`, `nothing was signed`, why.LoginAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newWrongProvider(t)
			tt.wrong(p)
			r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER", "seal.issuer="+p.url)
			c := r.commit(nil)
			if tt.login {
				status, page := p.comeBack(t, r.address())
				failed := strings.Contains(page, "Login failed") && strings.Contains(page, "Run the git command again")
				if strings.Contains(page, "eyJ") {
					t.Errorf("the last page holds a token:\n%s", page)
				}
				if wellMade := tt.reason == why.TokenUnverified; wellMade == failed || status == http.StatusOK != wellMade {
					t.Errorf("the last page: %d\n%s", status, page)
				}
			}
			r.failed(c, `git-seal: error: .*`+tt.err, `git-seal: hint: .*`+tt.hint)
			if explained := r.Git("seal", "why"); !strings.Contains(explained, "("+string(tt.reason)+")") || strings.Contains(explained, "eyJ") {
				t.Errorf("git seal why: want %s\n%s", tt.reason, explained)
			}
		})
	}
}

// A second callback is told that the login has been used, and ends nothing.
func TestLoginCallbackWorksOnce(t *testing.T) {
	t.Parallel()
	p := newWrongProvider(t)
	asked, told := make(chan struct{}), make(chan struct{})
	p.wrong["/token"] = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-told
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "access_denied"})
	}
	r := newLoginRepo(t, "seal.tokenProvider=browser", "seal.browser=OPENER", "seal.issuer="+p.url)
	c := r.commit(nil)
	address := r.address()
	var first sync.WaitGroup
	first.Go(func() {
		if status, page := p.comeBack(t, address); status != http.StatusBadRequest || !strings.Contains(page, "Login denied") {
			t.Errorf("the first page: %d\n%s", status, page)
		}
	})
	<-asked
	if status, page := p.comeBack(t, address); status != http.StatusBadRequest || !strings.Contains(page, "Already used") {
		t.Errorf("the second page: %d\n%s", status, page)
	}
	close(told)
	first.Wait()
	r.failed(c, `error: login at \S+: denied at the provider$`, `hint: nothing was signed; run it again and allow the login`)
}

// With a code: the provider asks for patience, is out of order for a moment, and
// then the code expires there, or is denied.
func TestDeviceLoginAtASlowProvider(t *testing.T) {
	t.Parallel()
	for end, want := range map[string]string{
		"expired_token": `error: login at \S+: no one entered the code before it expired$`,
		"access_denied": `error: login at \S+: denied at the provider$`,
	} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			p := newWrongProvider(t)
			polls := make(chan time.Time, 10)
			answers := []string{"authorization_pending", "slow_down", end}
			p.wrong["/token"] = func(w http.ResponseWriter, _ *http.Request) {
				polls <- time.Now()
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": answers[len(polls)-1]})
			}
			r := newLoginRepo(t, "seal.tokenProvider=device", "seal.issuer="+p.url)
			term := newTerminal(t)
			c := r.commit(term.tty)
			term.await(t, "a code", func(text string) (string, bool) { return "", strings.Contains(text, "\n    BCDF-GHJK\n") })
			r.failed(c, want, `hint: nothing was signed; run it again`)
			close(polls)
			var last time.Time
			for _, least := range []time.Duration{0, time.Second, 6 * time.Second} {
				poll, ok := <-polls
				if !ok || poll.Sub(last) < least {
					t.Errorf("a poll after %s, want %s at least", poll.Sub(last), least)
				}
				last = poll
			}
			if said := c.stdout.String() + c.stderr.String(); strings.Contains(said, "BCDF") {
				t.Errorf("the code is elsewhere too:\n%s", said)
			}
		})
	}
}
