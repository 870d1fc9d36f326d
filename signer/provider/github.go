package provider

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/git-seal/git-seal/signer"
)

// GitHubActions requests the token of a job, which needs the permission id-token: write.
type GitHubActions struct {
	RequestURL   string // ACTIONS_ID_TOKEN_REQUEST_URL
	RequestToken string // ACTIONS_ID_TOKEN_REQUEST_TOKEN, a secret
	Audience     string
	Client       *signer.TokenClient
}

// Token returns a new token.
func (g GitHubActions) Token(ctx context.Context) (string, error) {
	u, err := url.Parse(g.RequestURL)
	if err != nil {
		// Not quoted: it may contain a secret.
		return "", &signer.ServiceError{Service: ServiceGitHubActions, Err: errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL")}
	}
	query := u.Query()
	query.Set("audience", g.Audience)
	u.RawQuery = query.Encode()
	a, err := g.Client.Fetch(ctx, signer.TokenRequest{
		Provider: ServiceGitHubActions,
		Method:   http.MethodGet, URL: u.String(),
		Secret: g.RequestToken, Retry: true,
	})
	if err != nil {
		return "", err
	}
	return member(a, "value")
}

// String does not return the secret.
func (g GitHubActions) String() string { return "GitHub Actions" }

// GoString does not return the secret.
func (g GitHubActions) GoString() string { return g.String() }
