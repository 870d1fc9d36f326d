package provider

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/git-seal/git-seal/signer"
)

// BuildkiteEndpoint is Buildkite's agent API, if the job does not name another one.
const BuildkiteEndpoint = "https://agent.buildkite.com/v3"

// Buildkite requests the token of a job from the agent API, as "buildkite-agent oidc
// request-token" does.
type Buildkite struct {
	Endpoint    string // BUILDKITE_AGENT_ENDPOINT, otherwise BuildkiteEndpoint
	AccessToken string // BUILDKITE_AGENT_ACCESS_TOKEN, a secret
	Job         string // BUILDKITE_JOB_ID
	Audience    string
	Client      *signer.TokenClient
}

// Token returns a new token.
func (b Buildkite) Token(ctx context.Context) (string, error) {
	body, err := json.Marshal(struct {
		Audience string `json:"audience"`
	}{b.Audience})
	if err != nil {
		return "", err
	}
	a, err := b.Client.Fetch(ctx, signer.TokenRequest{
		Provider: ServiceBuildkite,
		Method:   http.MethodPost, URL: strings.TrimRight(b.Endpoint, "/") + "/jobs/" + url.PathEscape(b.Job) + "/oidc/tokens",
		Body: body, ContentType: "application/json",
		Scheme: "Token", Secret: b.AccessToken, Retry: true,
	})
	if err != nil {
		return "", err
	}
	return member(a, "token")
}

// String does not return the secret.
func (b Buildkite) String() string { return "Buildkite" }

// GoString does not return the secret.
func (b Buildkite) GoString() string { return b.String() }
