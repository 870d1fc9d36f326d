package main

import (
	"context"
	"crypto"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/text/language"
)

const (
	// tokenLifetime is how long an ID token is valid, and tokenRefresh the age at which the one in DIR/id-token is
	// replaced: whoever reads the file gets a token with about 45 minutes left. The age is looked at every tokenCheck,
	// by the clock on the wall, which goes on while a laptop sleeps and timers do not.
	tokenLifetime = time.Hour
	tokenRefresh  = 15 * time.Minute
	tokenCheck    = 10 * time.Second

	// tokenBackdate is how far before its making a token begins to be valid, for clients whose clock is behind.
	tokenBackdate = time.Minute

	deviceCodeLifetime = 5 * time.Minute
	devicePollInterval = time.Second
)

// oidcKey is the provider's signing key, in the forms that the provider asks for.
type oidcKey struct {
	id     string
	signer crypto.Signer
}

func (k *oidcKey) ID() string                                  { return k.id }
func (k *oidcKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (k *oidcKey) Algorithm() jose.SignatureAlgorithm          { return jose.ES256 }
func (k *oidcKey) Use() string                                 { return "sig" }
func (k *oidcKey) Key() any                                    { return k.signer }

// oidcPublicKey is the key as it is published.
type oidcPublicKey struct{ *oidcKey }

func (k oidcPublicKey) Key() any { return k.signer.Public() }

// oidcProvider is an OpenID provider where anybody may log in as anybody.
type oidcProvider struct {
	issuer string
	key    *oidcKey
}

// startOIDC starts the OpenID provider: the code flow with PKCE, the device flow, and GET /token-for for tests that
// want a token without a login.
func (s *sandbox) startOIDC() (*oidcProvider, error) {
	signer, err := s.keys.signer("oidc", generateP256)
	if err != nil {
		return nil, err
	}
	thumbprint, err := (&jose.JSONWebKey{Key: signer.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("key id: %w", err)
	}
	p := &oidcProvider{
		issuer: s.url(serviceOIDC),
		key:    &oidcKey{id: base64.RawURLEncoding.EncodeToString(thumbprint), signer: signer},
	}
	storage := newOIDCStorage(p.key)
	provider, err := op.NewProvider(&op.Config{
		CryptoKey:          [32]byte(thumbprint), // encrypts access tokens, which open nothing here
		CryptoKeyId:        p.key.id,
		CodeMethodS256:     true,
		SupportedUILocales: []language.Tag{language.English},
		SupportedScopes:    []string{oidc.ScopeOpenID, oidc.ScopeEmail},
		SupportedClaims:    []string{"iss", "sub", "aud", "exp", "iat", "nonce", "email", "email_verified"},
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime:     deviceCodeLifetime,
			PollInterval: devicePollInterval,
			UserFormPath: devicePath,
			UserCode:     op.UserCodeBase20,
		},
	}, storage, op.StaticIssuer(p.issuer), op.WithAllowInsecure())
	if err != nil {
		return nil, err
	}

	pages := &loginPages{storage: storage, identity: s.identity, provider: provider, callback: op.AuthCallbackURL(provider)}
	issuer := op.NewIssuerInterceptor(provider.IssuerFromRequest)
	mux := http.NewServeMux()
	mux.Handle("GET "+loginPath, issuer.HandlerFunc(pages.showLogin))
	mux.Handle("POST "+loginPath, issuer.HandlerFunc(pages.login))
	mux.HandleFunc("GET "+devicePath, pages.showDevice)
	mux.HandleFunc("POST "+devicePath, pages.device)
	mux.HandleFunc("GET /token-for", p.tokenFor)
	mux.HandleFunc("GET /{$}", s.showAddresses)
	mux.Handle("/", withConnector(provider))
	s.serve(serviceOIDC, mux)
	return p, nil
}

// tokenClaims are the claims of an ID token that this program makes itself.
type tokenClaims struct {
	Issuer        string           `json:"iss"`
	Subject       string           `json:"sub"`
	Audience      string           `json:"aud"`
	IssuedAt      *jwt.NumericDate `json:"iat"`
	Expiry        *jwt.NumericDate `json:"exp"`
	Email         string           `json:"email"`
	EmailVerified bool             `json:"email_verified"`
}

// claims are those of a good token for an e-mail address.
func (p *oidcProvider) claims(email string, now time.Time) tokenClaims {
	return tokenClaims{
		Issuer:        p.issuer,
		Subject:       email,
		Audience:      clientID,
		IssuedAt:      jwt.NewNumericDate(now.Add(-tokenBackdate)),
		Expiry:        jwt.NewNumericDate(now.Add(tokenLifetime)),
		Email:         email,
		EmailVerified: true,
	}
}

// token signs claims.
func (p *oidcProvider) token(claims tokenClaims) (string, error) {
	signer, err := op.SignerFromKey(p.key)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// tokenFor answers GET /token-for?email=EMAIL with an ID token. To make a bad one: audience=AUDIENCE,
// expires_in=SECONDS (negative for one that has expired), email_verified=false.
func (p *oidcProvider) tokenFor(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	now := time.Now()
	email := query.Get("email")
	if err := checkEmail(email); err != nil {
		http.Error(w, fmt.Sprintf("email %q: %v", email, err), http.StatusBadRequest)
		return
	}
	claims := p.claims(email, now)
	if query.Has("audience") {
		claims.Audience = query.Get("audience")
	}
	if query.Has("expires_in") {
		seconds, err := strconv.ParseInt(query.Get("expires_in"), 10, 32)
		if err != nil {
			http.Error(w, fmt.Sprintf("expires_in %q: not a number of seconds", query.Get("expires_in")), http.StatusBadRequest)
			return
		}
		claims.Expiry = jwt.NewNumericDate(now.Add(time.Duration(seconds) * time.Second))
		if seconds < 0 { // a token never ends before it was issued
			claims.IssuedAt = jwt.NewNumericDate(claims.Expiry.Time().Add(-tokenLifetime))
		}
	}
	if query.Has("email_verified") {
		verified, err := strconv.ParseBool(query.Get("email_verified"))
		if err != nil {
			http.Error(w, fmt.Sprintf("email_verified %q: neither true nor false", query.Get("email_verified")), http.StatusBadRequest)
			return
		}
		claims.EmailVerified = verified
	}
	token, err := p.token(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=us-ascii")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, token)
}

// saveToken writes DIR/id-token.
func (s *sandbox) saveToken(p *oidcProvider) error {
	token, err := p.token(p.claims(s.identity, time.Now()))
	if err != nil {
		return err
	}
	return s.dir.save("id-token", []byte(token), 0o600)
}

// refreshToken replaces DIR/id-token before it expires, until the returned function is called.
func (s *sandbox) refreshToken(p *oidcProvider) (stop func()) {
	ctx, stop := context.WithCancel(context.Background())
	saved := wallClock()
	ticker := time.NewTicker(tokenCheck)
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if age := wallClock().Sub(saved); 0 <= age && age < tokenRefresh {
				continue
			}
			saved = wallClock()
			if err := s.saveToken(p); err != nil {
				s.failed <- fmt.Errorf("id token: %w", err)
				return
			}
		}
	}()
	return stop
}

// wallClock is the time without Go's monotonic reading.
func wallClock() time.Time { return time.Now().Round(0) }
