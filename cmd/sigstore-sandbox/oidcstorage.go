package main

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var (
	_ op.Storage                    = (*oidcStorage)(nil)
	_ op.DeviceAuthorizationStorage = (*oidcStorage)(nil)
	_ op.CanSetUserinfoFromRequest  = (*oidcStorage)(nil)
)

var (
	errUnknownRequest = errors.New("no such login: it is finished, or it began before the sandbox started")
	errUnknownClient  = errors.New("no such client")
	errUnknownCode    = errors.New("no such code")
	errUnsupported    = errors.New("not supported by the sandbox")
)

// oidcStorage keeps logins in memory until their tokens are issued. Access tokens are issued because the protocol
// wants them, and open nothing.
type oidcStorage struct {
	key *oidcKey

	mu      sync.Mutex
	logins  map[string]*authRequest                 // by id
	codes   map[string]string                       // authorization code to id
	devices map[string]*op.DeviceAuthorizationState // by device code
	typed   map[string]string                       // user code to device code
}

func newOIDCStorage(key *oidcKey) *oidcStorage {
	return &oidcStorage{
		key:     key,
		logins:  make(map[string]*authRequest),
		codes:   make(map[string]string),
		devices: make(map[string]*op.DeviceAuthorizationState),
		typed:   make(map[string]string),
	}
}

// The code flow.

func (s *oidcStorage) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if len(r.Prompt) == 1 && r.Prompt[0] == oidc.PromptNone {
		return nil, oidc.ErrLoginRequired() // there are no sessions
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	connector, _ := ctx.Value(connectorKey{}).(string)
	request := &authRequest{AuthRequest: r, id: rand.Text(), connector: connector}
	s.logins[request.id] = request
	return request, nil
}

func (s *oidcStorage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login(id)
}

func (s *oidcStorage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login(s.codes[code])
}

// login finds a login. A copy, because the provider reads it without the lock.
func (s *oidcStorage) login(id string) (*authRequest, error) {
	request, ok := s.logins[id]
	if !ok {
		return nil, errUnknownRequest
	}
	same := *request
	return &same, nil
}

func (s *oidcStorage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = id
	return nil
}

func (s *oidcStorage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.logins, id)
	for code, of := range s.codes {
		if of == id {
			delete(s.codes, code)
		}
	}
	return nil
}

// finishLogin says who logged in.
func (s *oidcStorage) finishLogin(id, email string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	request, ok := s.logins[id]
	if !ok {
		return errUnknownRequest
	}
	request.email, request.authTime = email, time.Now()
	return nil
}

// The device flow.

func (s *oidcStorage) StoreDeviceAuthorization(_ context.Context, client, deviceCode, userCode string, expires time.Time, scopes []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for typed, device := range s.typed {
		if time.Now().After(s.devices[device].Expires) {
			delete(s.devices, device)
			delete(s.typed, typed)
		}
	}
	if _, ok := s.typed[userCode]; ok {
		return op.ErrDuplicateUserCode
	}
	s.devices[deviceCode] = &op.DeviceAuthorizationState{ClientID: client, Scopes: scopes, Expires: expires}
	s.typed[userCode] = deviceCode
	return nil
}

// GetDeviceAuthorizatonState is spelled as the interface has it.
func (s *oidcStorage) GetDeviceAuthorizatonState(_ context.Context, client, deviceCode string) (*op.DeviceAuthorizationState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok := s.devices[deviceCode]
	if !ok || state.ClientID != client {
		return nil, errUnknownCode
	}
	same := *state
	return &same, nil
}

// finishDevice says who approved the device, or with an empty address that it was denied.
func (s *oidcStorage) finishDevice(userCode, email string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, ok := s.devices[s.typed[userCode]]
	if !ok || time.Now().After(state.Expires) {
		return errUnknownCode
	}
	state.Subject, state.AuthTime = email, time.Now()
	state.Done, state.Denied = email != "", email == ""
	return nil
}

// Clients, keys and claims.

func (s *oidcStorage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errUnknownClient
	}
	return oidcClient{}, nil
}

func (s *oidcStorage) AuthorizeClientIDSecret(_ context.Context, id, _ string) error {
	if id != clientID {
		return errUnknownClient
	}
	return nil // a public client has no secret
}

func (s *oidcStorage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

func (s *oidcStorage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.key.Algorithm()}, nil
}

func (s *oidcStorage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{oidcPublicKey{s.key}}, nil
}

func (s *oidcStorage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	setUserinfo(info, request.GetSubject(), scopes)
	return nil
}

func (s *oidcStorage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil // superseded by SetUserinfoFromRequest
}

func (s *oidcStorage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, _, subject, _ string) error {
	setUserinfo(info, subject, []string{oidc.ScopeEmail})
	return nil
}

// setUserinfo fills in the claims about a subject, who is known by an e-mail address and nothing else.
func setUserinfo(info *oidc.UserInfo, email string, scopes []string) {
	info.Subject = email
	for _, scope := range scopes {
		if scope == oidc.ScopeEmail {
			info.Email, info.EmailVerified = email, true
		}
	}
}

// Access tokens.

func (s *oidcStorage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(tokenLifetime), nil
}

func (s *oidcStorage) Health(context.Context) error { return nil }

// What the provider does not offer.

func (s *oidcStorage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnsupported
}

func (s *oidcStorage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errUnsupported
}

func (s *oidcStorage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s *oidcStorage) TerminateSession(context.Context, string, string) error { return nil }

func (s *oidcStorage) RevokeToken(context.Context, string, string, string) *oidc.Error { return nil }

func (s *oidcStorage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnsupported
}

func (s *oidcStorage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (s *oidcStorage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnsupported
}

func (s *oidcStorage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnsupported
}
