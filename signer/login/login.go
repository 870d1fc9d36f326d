// Package login gets an ID token by a person's login: with a browser on this machine
// (the code flow of OpenID Connect Core §3.1 with PKCE, RFC 7636, and a loopback
// redirect, RFC 8252), or with a browser on any device (the device flow, RFC 8628). A
// Browser and a Device are signer.TokenSources.
//
// It prints nothing and reads no environment: its caller shows the addresses and codes to
// the user. It stores nothing either: it drops access tokens, and never requests refresh
// tokens.
package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/git-seal/git-seal/signer"
)

// OpenIDProvider is the Service of errors and exchanges of this package.
const OpenIDProvider signer.Service = "OpenID Connect provider"

// Provider is an OpenID Connect provider, how to log in there, and how to reach it.
type Provider struct {
	Issuer      string            // its URL, exactly as in its tokens
	ClientID    string            // "": signer.DefaultAudience
	ConnectorID string            // the service to log in with, for a Dex; "": choose on the login page
	Timeout     time.Duration     // of each answer; 0: signer.DefaultTimeout
	Transport   http.RoundTripper // nil: http.DefaultTransport
	Now         func() time.Time  // the local clock, time.Now; required

	// Trace is called after each request, never twice at the same time; it may be nil.
	Trace func(signer.Exchange)
}

// session is one login at a provider whose configuration is known.
type session struct {
	provider  *Provider
	config    *oauth2.Config
	verifier  *oidc.IDTokenVerifier
	transport *transport
}

// discover fetches the provider's configuration (OpenID Connect Discovery §4). Every
// request of the session ends with ctx. With the context that discover returns, the
// libraries use the session's transport.
func (p *Provider) discover(ctx context.Context) (context.Context, *session, error) {
	if p.Now == nil {
		return nil, nil, errors.New("login: no clock")
	}
	if err := checkAddress(p.Issuer); err != nil {
		return nil, nil, &Error{Problem: BadAddress, Issuer: p.Issuer, Detail: "the issuer's URL", Err: err}
	}
	t := p.transport(ctx)
	ctx = oidc.ClientContext(ctx, &http.Client{Transport: t, CheckRedirect: checkRedirect})
	provider, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, nil, t.explain(err)
	}
	endpoint := provider.Endpoint()
	// A public client has no secret. Without AuthStyle, oauth2 would try the code,
	// which works only once, in a way that the provider may refuse.
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return ctx, &session{
		provider: p,
		config:   &oauth2.Config{ClientID: p.clientID(), Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, "email"}},
		// checkTime allows for a wrong clock; the library does not.
		verifier:  provider.VerifierContext(ctx, &oidc.Config{ClientID: p.clientID(), SkipExpiryCheck: true}),
		transport: t,
	}, nil
}

func (p *Provider) clientID() string {
	if p.ClientID == "" {
		return signer.DefaultAudience
	}
	return p.ClientID
}

// connector returns the parameter for the service to log in with.
func (p *Provider) connector() []oauth2.AuthCodeOption {
	if p.ConnectorID == "" {
		return nil
	}
	return []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("connector_id", p.ConnectorID)}
}

// identity is a verified ID token, and its holder.
type identity struct {
	token string // a secret
	name  string // the e-mail address, otherwise the subject
}

// identity returns the ID token in an answer, after it has verified its signature,
// issuer, audience and time, and the nonce if the request had one.
func (s *session) identity(ctx context.Context, answer *oauth2.Token, nonce string) (identity, error) {
	bad := func(detail string, err error) (identity, error) {
		return identity{}, &Error{Problem: BadToken, Issuer: s.provider.Issuer, Detail: detail, Err: err}
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok || raw == "" {
		return bad("the provider's answer contains no ID token", nil)
	}
	token, err := s.verifier.Verify(ctx, raw)
	if err != nil {
		if lost := s.transport.failure(); lost != nil { // the library drops its type
			return identity{}, lost
		}
		return bad("the ID token is not valid", plain(err))
	}
	if nonce != "" && subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return bad("the ID token is for another login: its nonce is not the one that was sent", nil)
	}
	if err := checkTime(token.Expiry, s.provider.Now()); err != nil {
		return bad("the ID token is not valid", err)
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := token.Claims(&claims); err != nil {
		return bad("the ID token is not valid", plain(err))
	}
	if claims.Email == "" {
		claims.Email = token.Subject
	}
	return identity{token: raw, name: claims.Email}, nil
}

// checkTime returns an error for a token that has expired, even if the clock is off by
// clockSkew.
func checkTime(expiry, now time.Time) error {
	switch {
	case expiry.IsZero():
		return errors.New("it has no expiry")
	case now.After(expiry.Add(clockSkew)):
		return fmt.Errorf("it expired at %s", expiry.UTC().Format(time.RFC3339))
	}
	return nil
}
