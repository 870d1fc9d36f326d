package signing

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/provider"
)

// machine returns the token provider that the environment shows.
func machine(h *host.Host) (name string, ok bool) {
	for _, m := range []struct{ variable, provider string }{
		{"GITHUB_ACTIONS", settings.TokenGitHubActions},
		{"GITLAB_CI", settings.TokenGitLab},
		{"BUILDKITE", settings.TokenBuildkite},
		{"K_SERVICE", settings.TokenGoogle}, // Cloud Run; a virtual machine does not show, and people work there too
		{"CLOUD_RUN_JOB", settings.TokenGoogle},
		{"SPIFFE_ENDPOINT_SOCKET", settings.TokenSPIFFE},
	} {
		if shows(h, m.variable) {
			return m.provider, true
		}
	}
	return "", false
}

// shows reports whether a variable is set to a true value.
func shows(h *host.Host, variable string) bool {
	switch text, _ := h.Getenv(variable); strings.ToLower(text) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

// machineToken returns the source for the identity of this machine.
func machineToken(h *host.Host, name string, vals settings.Values) (tokenOrigin, error) {
	client, err := tokenClient(h, vals)
	if err != nil {
		return tokenOrigin{}, err
	}
	audience := audience(vals)
	switch name {
	case settings.TokenGitHubActions:
		return gitHubToken(h, audience, client)
	case settings.TokenGitLab:
		return gitLabToken(h, audience)
	case settings.TokenBuildkite:
		return buildkiteToken(h, audience, client)
	case settings.TokenGoogle:
		metadata, _ := h.Getenv("GCE_METADATA_HOST")
		return tokenOrigin{
			source: provider.Google{Host: metadata, Audience: audience, Client: client},
			from:   name, issuers: []string{"https://accounts.google.com"},
		}, nil
	}
	socket, ok := h.Getenv("SPIFFE_ENDPOINT_SOCKET")
	if !ok || socket == "" {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: SPIFFE_ENDPOINT_SOCKET is not set").
			WithHint("set it to the SPIFFE agent's socket: SPIFFE_ENDPOINT_SOCKET=unix:///run/spire/agent/public/api.sock")
	}
	// The operator of a trust domain chooses its issuer.
	return tokenOrigin{source: provider.SPIFFE{Socket: socket, Audience: audience, Client: client}, from: name}, nil
}

// audience returns the audience that tokens must have.
func audience(v settings.Values) string { return v.Text(settings.ClientID, signer.DefaultAudience) }

// tokenClient returns a client for providers, with the timeout and the trace of the
// services.
func tokenClient(h *host.Host, vals settings.Values) (*signer.TokenClient, error) {
	o := signer.Options{Timeout: vals.Timeout(), Now: h.Now}
	if h.Trace != nil {
		o.Trace = h.TraceRequest
	}
	return signer.NewTokenClient(o)
}

// gitHubToken returns the source for a job's token. The job needs the permission to
// request it.
func gitHubToken(h *host.Host, audience string, client *signer.TokenClient) (tokenOrigin, error) {
	request, _ := h.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL")
	secret, _ := h.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if request == "" || secret == "" {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: this GitHub Actions job lacks the permission id-token: write").
			WithHint("give the job permissions: {id-token: write, contents: read}; pull requests from forks never get it")
	}
	server, _ := h.Getenv("GITHUB_SERVER_URL")
	return tokenOrigin{
		source:  provider.GitHubActions{RequestURL: request, RequestToken: secret, Audience: audience, Client: client},
		from:    settings.TokenGitHubActions,
		issuers: gitHubIssuers(server),
	}, nil
}

// gitHubIssuers returns the issuers of the tokens for a GitHub server's jobs. On
// github.com an enterprise may have its own issuer below the common one.
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

// gitLabToken returns the token in the environment: a job cannot request one.
func gitLabToken(h *host.Host, audience string) (tokenOrigin, error) {
	origin, err := givenToken(h)
	if err != nil {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: this GitLab job has no %s", settings.TokenVariable).
			WithHint("add to the job: id_tokens: {%s: {aud: %s}}", settings.TokenVariable, audience)
	}
	if server, _ := h.Getenv("CI_SERVER_URL"); server != "" {
		origin.issuers = []string{server}
	}
	return origin, nil
}

// buildkiteToken returns the source for a job's token, requested with the agent's
// credentials.
func buildkiteToken(h *host.Host, audience string, client *signer.TokenClient) (tokenOrigin, error) {
	endpoint, _ := h.Getenv("BUILDKITE_AGENT_ENDPOINT")
	secret, _ := h.Getenv("BUILDKITE_AGENT_ACCESS_TOKEN")
	job, _ := h.Getenv("BUILDKITE_JOB_ID")
	var missing string
	switch {
	case secret == "":
		missing = "BUILDKITE_AGENT_ACCESS_TOKEN"
	case job == "":
		missing = "BUILDKITE_JOB_ID"
	}
	if missing != "" {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: %s is not set", missing).
			WithHint("pass it into the container, or set a token: export %s=$(buildkite-agent oidc request-token --audience %s)", settings.TokenVariable, audience)
	}
	return tokenOrigin{
		source:  provider.Buildkite{Endpoint: cmp.Or(endpoint, provider.BuildkiteEndpoint), AccessToken: secret, Job: job, Audience: audience, Client: client},
		from:    settings.TokenBuildkite,
		issuers: []string{"https://agent.buildkite.com"},
	}, nil
}
