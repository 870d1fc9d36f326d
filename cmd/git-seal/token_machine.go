package main

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/provider"
)

// machine is the provider of identities that the environment shows.
func (h *host) machine() (name string, ok bool) {
	for _, m := range []struct{ variable, provider string }{
		{"GITHUB_ACTIONS", tokenGitHubActions},
		{"GITLAB_CI", tokenGitLab},
		{"BUILDKITE", tokenBuildkite},
		{"K_SERVICE", tokenGoogle}, // Cloud Run; nothing shows a virtual machine, where people work too
		{"CLOUD_RUN_JOB", tokenGoogle},
		{"SPIFFE_ENDPOINT_SOCKET", tokenSPIFFE},
	} {
		if h.shows(m.variable) {
			return m.provider, true
		}
	}
	return "", false
}

// shows is whether a variable is set, to what is not a no.
func (h *host) shows(variable string) bool {
	switch text, _ := h.getenv(variable); strings.ToLower(text) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

// machineToken is the identity of the machine that signs.
func (h *host) machineToken(name string, vals values) (tokenOrigin, error) {
	client, err := h.tokenClient(vals)
	if err != nil {
		return tokenOrigin{}, err
	}
	audience := vals.audience()
	switch name {
	case tokenGitHubActions:
		return h.gitHubToken(audience, client)
	case tokenGitLab:
		return h.gitLabToken(audience)
	case tokenBuildkite:
		return h.buildkiteToken(audience, client)
	case tokenGoogle:
		metadata, _ := h.getenv("GCE_METADATA_HOST")
		return tokenOrigin{
			source: provider.Google{Host: metadata, Audience: audience, Client: client},
			from:   name, issuers: []string{"https://accounts.google.com"},
		}, nil
	}
	socket, ok := h.getenv("SPIFFE_ENDPOINT_SOCKET")
	if !ok || socket == "" {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: SPIFFE_ENDPOINT_SOCKET is not set").
			withHint("it names the SPIFFE agent's socket: SPIFFE_ENDPOINT_SOCKET=unix:///run/spire/agent/public/api.sock")
	}
	// Which issuer a trust domain has is its operator's choice.
	return tokenOrigin{source: provider.SPIFFE{Socket: socket, Audience: audience, Client: client}, from: name}, nil
}

// audience is what tokens must be for.
func (v values) audience() string { return v.text(settingClientID, signer.DefaultAudience) }

// tokenClient asks providers, in the time and with the trace that services get.
func (h *host) tokenClient(vals values) (*signer.TokenClient, error) {
	o := signer.Options{Timeout: vals.timeout(), Now: h.now}
	if h.trace != nil {
		o.Trace = h.traceRequest
	}
	return signer.NewTokenClient(o)
}

// gitHubToken is that of a job, which has to be allowed to ask for it.
func (h *host) gitHubToken(audience string, client *signer.TokenClient) (tokenOrigin, error) {
	request, _ := h.getenv("ACTIONS_ID_TOKEN_REQUEST_URL")
	secret, _ := h.getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if request == "" || secret == "" {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: this GitHub Actions job lacks the permission id-token: write").
			withHint("give the job permissions: {id-token: write, contents: read}; pull requests from forks never have it")
	}
	server, _ := h.getenv("GITHUB_SERVER_URL")
	return tokenOrigin{
		source:  provider.GitHubActions{RequestURL: request, RequestToken: secret, Audience: audience, Client: client},
		from:    tokenGitHubActions,
		issuers: gitHubIssuers(server),
	}, nil
}

// gitHubIssuers are who issues the tokens of a GitHub server's jobs. On
// github.com an enterprise may have an issuer of its own below the common one.
func gitHubIssuers(server string) []string {
	const common = "https://token.actions.githubusercontent.com"
	u, err := url.Parse(server)
	switch {
	case server == "" || err != nil || u.Host == "github.com":
		return []string{common, common + "/*"}
	case strings.HasSuffix(u.Host, ".ghe.com"):
		return []string{"https://token.actions." + u.Host}
	}
	return []string{strings.TrimRight(server, "/") + "/_services/token"}
}

// gitLabToken is in the environment or nowhere: a job cannot ask for one.
func (h *host) gitLabToken(audience string) (tokenOrigin, error) {
	origin, err := h.givenToken()
	if err != nil {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: this GitLab job has no %s", tokenVariable).
			withHint("add to the job: id_tokens: {%s: {aud: %s}}", tokenVariable, audience)
	}
	if server, _ := h.getenv("CI_SERVER_URL"); server != "" {
		origin.issuers = []string{server}
	}
	return origin, nil
}

// buildkiteToken is that of a job, asked for in the agent's name.
func (h *host) buildkiteToken(audience string, client *signer.TokenClient) (tokenOrigin, error) {
	endpoint, _ := h.getenv("BUILDKITE_AGENT_ENDPOINT")
	secret, _ := h.getenv("BUILDKITE_AGENT_ACCESS_TOKEN")
	job, _ := h.getenv("BUILDKITE_JOB_ID")
	var missing string
	switch {
	case secret == "":
		missing = "BUILDKITE_AGENT_ACCESS_TOKEN"
	case job == "":
		missing = "BUILDKITE_JOB_ID"
	}
	if missing != "" {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: %s is not set", missing).
			withHint("hand it into the container, or a token: export %s=$(buildkite-agent oidc request-token --audience %s)", tokenVariable, audience)
	}
	return tokenOrigin{
		source:  provider.Buildkite{Endpoint: cmp.Or(endpoint, provider.BuildkiteEndpoint), AccessToken: secret, Job: job, Audience: audience, Client: client},
		from:    tokenBuildkite,
		issuers: []string{"https://agent.buildkite.com"},
	}, nil
}
