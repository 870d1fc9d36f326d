package main

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var (
	_ op.AuthRequest      = (*authRequest)(nil)
	_ op.HasRedirectGlobs = oidcClient{}
)

// authRequest is a login in the code flow. Its subject is the e-mail address that was typed in.
type authRequest struct {
	*oidc.AuthRequest
	id        string
	connector string // connector_id, as Dex has it
	email     string
	authTime  time.Time
}

func (a *authRequest) GetID() string                      { return a.id }
func (a *authRequest) GetACR() string                     { return "" }
func (a *authRequest) GetAMR() []string                   { return nil }
func (a *authRequest) GetAudience() []string              { return []string{a.ClientID} }
func (a *authRequest) GetAuthTime() time.Time             { return a.authTime }
func (a *authRequest) GetClientID() string                { return a.ClientID }
func (a *authRequest) GetNonce() string                   { return a.Nonce }
func (a *authRequest) GetRedirectURI() string             { return a.RedirectURI }
func (a *authRequest) GetResponseType() oidc.ResponseType { return a.ResponseType }
func (a *authRequest) GetResponseMode() oidc.ResponseMode { return a.ResponseMode }
func (a *authRequest) GetScopes() []string                { return a.Scopes }
func (a *authRequest) GetState() string                   { return a.State }
func (a *authRequest) GetSubject() string                 { return a.email }
func (a *authRequest) Done() bool                         { return a.email != "" }

func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	if a.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: a.CodeChallenge, Method: a.CodeChallengeMethod}
}

// oidcClient is the one client of the provider, a public native application: it has no secret, and is sent back to a
// loopback address, on any port.
type oidcClient struct{}

func (oidcClient) GetID() string                        { return clientID }
func (oidcClient) PostLogoutRedirectURIs() []string     { return nil }
func (oidcClient) ApplicationType() op.ApplicationType  { return op.ApplicationTypeNative }
func (oidcClient) AuthMethod() oidc.AuthMethod          { return oidc.AuthMethodNone }
func (oidcClient) LoginURL(id string) string            { return loginPath + "?id=" + id }
func (oidcClient) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (oidcClient) IDTokenLifetime() time.Duration       { return tokenLifetime }
func (oidcClient) DevMode() bool                        { return false }
func (oidcClient) IsScopeAllowed(string) bool           { return false }
func (oidcClient) ClockSkew() time.Duration             { return 0 }
func (oidcClient) IDTokenUserinfoClaimsAssertion() bool { return true } // or the token would lack the e-mail address

func (oidcClient) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (oidcClient) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeDeviceCode}
}

// RedirectURIs is empty and RedirectURIGlobs lets every plain http address pass, because the provider itself holds a
// native client's redirects to loopback hosts.
func (oidcClient) RedirectURIs() []string               { return nil }
func (oidcClient) RedirectURIGlobs() []string           { return []string{"http://**"} }
func (oidcClient) PostLogoutRedirectURIGlobs() []string { return nil }

func (oidcClient) RestrictAdditionalIdTokenScopes() func([]string) []string     { return sameScopes }
func (oidcClient) RestrictAdditionalAccessTokenScopes() func([]string) []string { return sameScopes }

func sameScopes(scopes []string) []string { return scopes }
