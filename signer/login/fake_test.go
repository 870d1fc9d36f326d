package login

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// fakeProvider is an honest OpenID provider, but for what a test puts in its
// handlers' place.
type fakeProvider struct {
	issuer string
	key    ed25519.PrivateKey
	mux    map[string]http.HandlerFunc // by path; one that is set goes before the honest one

	claims  map[string]any // that go over the honest ones; nil takes one away
	header  string         // of the ID token; "" for the honest one
	nonce   string
	started string // the challenge of the login on its way
}

// newKey makes the same key every time.
func newKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// newFake starts a provider on loopback that ends with the test.
func newFake(t *testing.T) *fakeProvider {
	t.Helper()
	f := &fakeProvider{key: newKey(0), mux: make(map[string]http.HandlerFunc)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.issuer = server.URL
	return f
}

func (f *fakeProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	honest := map[string]http.HandlerFunc{
		"/.well-known/openid-configuration": f.discovery,
		"/keys":                             f.keys,
		"/token":                            f.token,
	}
	if h := f.mux[r.URL.Path]; h != nil {
		h(w, r)
	} else if h := honest[r.URL.Path]; h != nil {
		h(w, r)
	} else {
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (f *fakeProvider) document() map[string]any {
	return map[string]any{
		"issuer":                                f.issuer,
		"authorization_endpoint":                f.issuer + "/auth",
		"token_endpoint":                        f.issuer + "/token",
		"device_authorization_endpoint":         f.issuer + "/device/code",
		"jwks_uri":                              f.issuer + "/keys",
		"id_token_signing_alg_values_supported": []string{"EdDSA"},
	}
}

func (f *fakeProvider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, f.document())
}

// announce puts another value into what discovery answers.
func (f *fakeProvider) announce(field, value string) {
	f.mux["/.well-known/openid-configuration"] = func(w http.ResponseWriter, _ *http.Request) {
		d := f.document()
		d[field] = value
		answer(w, http.StatusOK, d)
	}
}

func (f *fakeProvider) keys(w http.ResponseWriter, _ *http.Request) {
	x := base64.RawURLEncoding.EncodeToString(f.key.Public().(ed25519.PublicKey))
	answer(w, http.StatusOK, map[string]any{"keys": []any{
		map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "1", "alg": "EdDSA", "use": "sig", "x": x}}})
}

// token answers for the code or the device code "right" and its PKCE verifier.
func (f *fakeProvider) token(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case r.Method != http.MethodPost || r.FormValue("client_id") != "sigstore" || r.Header.Get("Authorization") != "":
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case r.FormValue("code")+r.FormValue("device_code") != "right":
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "not that code"})
	case base64.RawURLEncoding.EncodeToString(sum[:]) != f.started:
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "not that verifier"})
	default:
		answer(w, http.StatusOK, map[string]any{"access_token": "opens nothing", "token_type": "Bearer", "id_token": f.idToken(time.Now())})
	}
}

func (f *fakeProvider) idToken(now time.Time) string {
	claims := map[string]any{
		"iss": f.issuer, "aud": "sigstore", "sub": "subject", "email": "alice@example.com", "email_verified": true,
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": f.nonce,
	}
	for name, v := range f.claims {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	header := f.header
	if header == "" {
		header = `{"alg":"EdDSA","kid":"1"}`
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(f.key, []byte(signed)))
}

func (f *fakeProvider) provider() Provider {
	return Provider{Issuer: f.issuer, Timeout: 10 * time.Second, Now: time.Now}
}

// visitor is a person's browser: it goes where the login sends it and comes back
// as the provider would send it.
type visitor struct {
	t *testing.T
	f *fakeProvider
	// change is called with what the visitor comes back with; nil for an honest
	// login.
	change func(back url.Values)
	// wrong are requests that are sent before the right one.
	wrong []func(callback string, back url.Values) *http.Request

	pages []visit // what it was shown, in order
	done  chan struct{}
}

// visit is a page that was shown.
type visit struct {
	status int
	header http.Header
	text   string
}

// open is Browser.ShowURL: it goes to the address on a goroutine of its own.
func (v *visitor) open(address string) {
	v.done = make(chan struct{})
	go func() {
		defer close(v.done)
		u, err := url.Parse(address)
		if err != nil {
			v.t.Error(err)
			return
		}
		q := u.Query()
		v.f.nonce, v.f.started = q.Get("nonce"), q.Get("code_challenge")
		back := url.Values{"state": {q.Get("state")}, "code": {"right"}}
		if v.change != nil {
			v.change(back)
		}
		for _, wrong := range v.wrong {
			v.visit(wrong(q.Get("redirect_uri"), back))
		}
		v.visit(get(q.Get("redirect_uri"), back))
	}()
}

func get(callback string, back url.Values) *http.Request {
	r, err := http.NewRequest(http.MethodGet, callback+"?"+back.Encode(), nil)
	if err != nil {
		panic(err)
	}
	return r
}

func (v *visitor) visit(r *http.Request) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Error(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Error(err)
	}
	v.pages = append(v.pages, visit{resp.StatusCode, resp.Header, string(body)})
}

// last waits for the last page.
func (v *visitor) last() visit {
	v.t.Helper()
	if v.done == nil {
		v.t.Fatal("nobody was sent to a login")
	}
	<-v.done
	if len(v.pages) == 0 {
		v.t.Fatal("no page")
	}
	return v.pages[len(v.pages)-1]
}
