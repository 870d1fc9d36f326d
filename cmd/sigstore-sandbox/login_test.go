package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// oauthConfig is what a client learns from the provider's discovery document.
func (p *process) oauthConfig(t *testing.T) *oauth2.Config {
	t.Helper()
	var discovery struct {
		Issuer   string   `json:"issuer"`
		Auth     string   `json:"authorization_endpoint"`
		Token    string   `json:"token_endpoint"`
		Device   string   `json:"device_authorization_endpoint"`
		Methods  []string `json:"code_challenge_methods_supported"`
		UserInfo string   `json:"userinfo_endpoint"`
	}
	if err := json.Unmarshal([]byte(get(t, p.OIDC+"/.well-known/openid-configuration")), &discovery); err != nil {
		t.Fatal(err)
	}
	if discovery.Issuer != p.OIDC || len(discovery.Methods) != 1 || discovery.Methods[0] != "S256" {
		t.Errorf("discovery document: %+v", discovery)
	}
	return &oauth2.Config{
		ClientID: p.ClientID,
		Endpoint: oauth2.Endpoint{AuthURL: discovery.Auth, TokenURL: discovery.Token, DeviceAuthURL: discovery.Device},
		Scopes:   []string{"openid", "email"},
	}
}

// checkLogin takes the token of a finished login to Fulcio and returns its claims.
func (p *process) checkLogin(t *testing.T, token *oauth2.Token, email string) map[string]any {
	t.Helper()
	idToken, ok := token.Extra("id_token").(string)
	if !ok {
		t.Fatal("no ID token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(idToken, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := make(map[string]any)
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if claims["email"] != email || claims["email_verified"] != true {
		t.Errorf("claims: %v", claims)
	}
	cert, err := p.certificate(t.Context(), idToken)
	if err != nil {
		t.Fatal(err)
	}
	if len(cert.EmailAddresses) != 1 || cert.EmailAddresses[0] != email {
		t.Errorf("certificate for %q", cert.EmailAddresses)
	}
	return claims
}

// submit fills in a form as a browser would, following redirects, and returns the last page.
func submit(t *testing.T, url string, form url.Values) (status int, page string) {
	t.Helper()
	resp, err := http.PostForm(url, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestCodeFlow(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	config := p.oauthConfig(t)
	answer := make(chan url.Values, 1)
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { answer <- r.URL.Query() }))
	defer callback.Close()

	for _, redirect := range []string{
		callback.URL + "/auth/callback",
		strings.Replace(callback.URL, "127.0.0.1", "localhost", 1) + "/else/where",
	} {
		config.RedirectURL = redirect
		verifier := oauth2.GenerateVerifier()
		page := get(t, config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier),
			oauth2.SetAuthURLParam("nonce", "n-1"), oauth2.SetAuthURLParam("login_hint", "carol@example.com")))
		if !strings.Contains(page, "sandbox") || !strings.Contains(page, `value="carol@example.com"`) {
			t.Errorf("login page:\n%s", page)
		}
		_, rest, _ := strings.Cut(page, `name="id" value="`)
		id, _, found := strings.Cut(rest, `"`)
		if !found {
			t.Fatalf("no login on the page:\n%s", page)
		}
		if status, page := submit(t, p.OIDC+loginPath, url.Values{"id": {id}, "email": {"carol"}}); status != http.StatusBadRequest ||
			!strings.Contains(page, "not an e-mail address") {
			t.Errorf("bad address: %d:\n%s", status, page)
		}
		if status, page := submit(t, p.OIDC+loginPath, url.Values{"id": {id}, "email": {"carol@example.com"}}); status != http.StatusOK {
			t.Fatalf("login: %d:\n%s", status, page)
		}
		got := <-answer
		if got.Get("state") != "state" || got.Get("code") == "" {
			t.Fatalf("redirected with %v", got)
		}
		if _, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); err == nil {
			t.Fatal("the code works without its verifier")
		}
		token, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if claims := p.checkLogin(t, token, "carol@example.com"); claims["nonce"] != "n-1" {
			t.Errorf("nonce: %v", claims["nonce"])
		}
		if _, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier)); err == nil {
			t.Error("the code works twice")
		}
	}
}

func TestCodeFlowDenied(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	config := p.oauthConfig(t)
	answer := make(chan url.Values, 1)
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { answer <- r.URL.Query() }))
	defer callback.Close()
	config.RedirectURL = callback.URL

	page := get(t, config.AuthCodeURL("state", oauth2.SetAuthURLParam("connector_id", "https://connector.example.com")))
	if !strings.Contains(page, "through https://connector.example.com") {
		t.Errorf("login page without its connector:\n%s", page)
	}
	_, rest, _ := strings.Cut(page, `name="id" value="`)
	id, _, _ := strings.Cut(rest, `"`)
	submit(t, p.OIDC+loginPath, url.Values{"id": {id}, "action": {"deny"}})
	if got := <-answer; got.Get("error") != "access_denied" || got.Get("state") != "state" || got.Get("code") != "" {
		t.Errorf("redirected with %v", got)
	}
	if status, page := submit(t, p.OIDC+loginPath, url.Values{"id": {id}, "email": {"carol@example.com"}}); status != http.StatusNotFound {
		t.Errorf("a denied login goes on: %d:\n%s", status, page)
	}
}

func TestCodeFlowSendsNobodyElsewhere(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	config := p.oauthConfig(t)
	for _, redirect := range []string{"http://example.com/", "https://127.0.0.1.example.com/", "http://localhost.example.com/"} {
		config.RedirectURL = redirect
		resp, err := http.Get(config.AuthCodeURL("state"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", redirect, resp.Status)
		}
	}
}

func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	config := p.oauthConfig(t)

	device, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if page := get(t, device.VerificationURIComplete); !strings.Contains(page, `value="`+device.UserCode+`"`) {
		t.Errorf("device page:\n%s", page)
	}
	form := url.Values{"user_code": {strings.ToLower(device.UserCode)}, "email": {"carol@example.com"}, "action": {"allow"}}
	if status, page := submit(t, p.OIDC+devicePath, form); status != http.StatusOK || !strings.Contains(page, "carol@example.com") {
		t.Fatalf("approve: %d:\n%s", status, page)
	}
	token, err := config.DeviceAccessToken(t.Context(), device)
	if err != nil {
		t.Fatal(err)
	}
	p.checkLogin(t, token, "carol@example.com")

	if device, err = config.DeviceAuth(t.Context()); err != nil {
		t.Fatal(err)
	}
	form = url.Values{"user_code": {device.UserCode}, "action": {"deny"}}
	if status, page := submit(t, p.OIDC+devicePath, form); status != http.StatusOK {
		t.Fatalf("deny: %d:\n%s", status, page)
	}
	var refused *oauth2.RetrieveError
	if _, err := config.DeviceAccessToken(context.Background(), device); !errors.As(err, &refused) || refused.ErrorCode != "access_denied" {
		t.Errorf("denied device: %v", err)
	}
	form.Set("user_code", "NONE-SUCH")
	if status, _ := submit(t, p.OIDC+devicePath, form); status != http.StatusNotFound {
		t.Errorf("unknown code: %d", status)
	}
}
