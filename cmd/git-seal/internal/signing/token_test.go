package signing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
)

// TestTokenIsChosen: for each value of seal.tokenProvider, and in auto for what
// the environment shows, who is asked, whose token it has to be, and what is said
// at once where something is missing. No terminal and no display is here.
func TestTokenIsChosen(t *testing.T) {
	t.Parallel()
	const (
		gitHub    = "GITHUB_ACTIONS=true ACTIONS_ID_TOKEN_REQUEST_URL=https://example.com/idtoken ACTIONS_ID_TOKEN_REQUEST_TOKEN=secret"
		gitLab    = "GITLAB_CI=true CI=true CI_SERVER_URL=https://gitlab.example.com"
		buildkite = "BUILDKITE=true CI=true BUILDKITE_AGENT_ACCESS_TOKEN=secret BUILDKITE_JOB_ID=7"
		common    = "https://token.actions.githubusercontent.com"
	)
	for _, test := range []struct {
		name     string
		provider string // "": not set
		env      string
		file     string // seal.tokenFile
		issuer   string // seal.issuer
		from     string
		issuers  []string
		err      string
		hint     string
	}{
		{name: "token in the environment", env: "SIGSTORE_ID_TOKEN=a.b.c", from: "SIGSTORE_ID_TOKEN"},
		{name: "token before everything", env: "SIGSTORE_ID_TOKEN=a.b.c DISPLAY=:0 " + gitHub, file: "/token", from: "SIGSTORE_ID_TOKEN"},
		{name: "white space is no token", env: "SIGSTORE_ID_TOKEN=\t", file: "/token", from: "/token"},
		{name: "file before the machine", env: gitHub, file: "/token", from: "/token"},
		{name: "machine before a person", env: gitHub + " DISPLAY=:0", from: "github-actions", issuers: []string{common, common + "/*"}},
		{name: "GitHub Enterprise Server", env: gitHub + " GITHUB_SERVER_URL=https://github.example.com", from: "github-actions", issuers: []string{"https://github.example.com/_services/token"}},
		{name: "GitHub with data residency", env: gitHub + " GITHUB_SERVER_URL=https://octo.ghe.com", from: "github-actions", issuers: []string{"https://token.actions.octo.ghe.com"}},
		{name: "github.com by name", env: gitHub + " GITHUB_SERVER_URL=https://github.com", from: "github-actions", issuers: []string{common, common + "/*"}},
		{
			name: "GitHub without the permission", env: "GITHUB_ACTIONS=true CI=true",
			err: "this GitHub Actions job lacks the permission id-token: write", hint: "permissions: {id-token: write, contents: read}; pull requests from forks",
		},
		{name: "GitLab", env: gitLab + " SIGSTORE_ID_TOKEN=a.b.c", provider: "gitlab", from: "SIGSTORE_ID_TOKEN", issuers: []string{"https://gitlab.example.com"}},
		{
			name: "GitLab without the token", env: gitLab,
			err: "this GitLab job has no SIGSTORE_ID_TOKEN", hint: "add to the job: id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}",
		},
		{name: "Buildkite", env: buildkite, from: "buildkite", issuers: []string{"https://agent.buildkite.com"}},
		{
			name: "Buildkite in a container", env: "BUILDKITE=true BUILDKITE_JOB_ID=7",
			err: "BUILDKITE_AGENT_ACCESS_TOKEN is not set", hint: "SIGSTORE_ID_TOKEN=$(buildkite-agent oidc request-token --audience sigstore)",
		},
		{name: "Buildkite without a job", env: "BUILDKITE=true BUILDKITE_AGENT_ACCESS_TOKEN=secret", err: "BUILDKITE_JOB_ID is not set", hint: "buildkite-agent"},
		{name: "Cloud Run", env: "K_SERVICE=signer", from: "google", issuers: []string{"https://accounts.google.com"}},
		{name: "Cloud Run job", env: "CLOUD_RUN_JOB=signer", from: "google", issuers: []string{"https://accounts.google.com"}},
		{name: "a virtual machine of Google's, by name alone", provider: "google", from: "google", issuers: []string{"https://accounts.google.com"}},
		{name: "SPIFFE", env: "SPIFFE_ENDPOINT_SOCKET=unix:///run/api.sock", from: "spiffe"},
		{name: "SPIFFE without a socket", provider: "spiffe", err: "SPIFFE_ENDPOINT_SOCKET is not set", hint: "unix:///"},
		{name: "CI beside a SPIFFE agent", env: gitHub + " SPIFFE_ENDPOINT_SOCKET=unix:///run/api.sock", from: "github-actions", issuers: []string{common, common + "/*"}},

		{name: "issuer of the user's choice", env: gitHub, issuer: "https://issuer.example.com", from: "github-actions", issuers: []string{"https://issuer.example.com"}},
		{name: "issuer for any token", env: "SIGSTORE_ID_TOKEN=a.b.c", issuer: "https://issuer.example.com", from: "SIGSTORE_ID_TOKEN", issuers: []string{"https://issuer.example.com"}},

		{name: "by name, whatever else is there", provider: "file", env: "SIGSTORE_ID_TOKEN=a.b.c " + gitHub, file: "/token", from: "/token"},
		{name: "token by name", provider: "token", env: "SIGSTORE_ID_TOKEN=a.b.c", file: "/token", from: "SIGSTORE_ID_TOKEN"},
		{name: "token by name, and none", provider: "token", env: gitHub, file: "/token", err: "SIGSTORE_ID_TOKEN is not set", hint: "auto"},
		{name: "token of white space", provider: "token", env: "SIGSTORE_ID_TOKEN=\t", err: "SIGSTORE_ID_TOKEN is not set", hint: "auto"},
		{name: "file by name, and none", provider: "file", err: "seal.tokenFile is not set", hint: "git config seal.tokenFile FILE"},
		{name: "github-actions by name, elsewhere", provider: "github-actions", err: "lacks the permission id-token: write", hint: "id-token"},

		{name: "nobody there", err: "no ID token: no browser can be opened here (", hint: "SIGSTORE_ID_TOKEN"},
		{name: "over SSH without a terminal", env: "SSH_CONNECTION=192.0.2.1_22", err: "and there is no terminal to show a code on", hint: "SIGSTORE_ID_TOKEN"},
		{name: "unknown CI", env: "CI=true", err: "this is CI (CI is set), where no one can log in", hint: "docs/signing.md"},
		{name: "unknown CI with a display", env: "CI=1 DISPLAY=:0", err: "this is CI (CI is set)", hint: "docs/signing.md"},
		{name: "CircleCI", env: "CIRCLECI=true CI=true", err: "this is CI (CIRCLECI is set)", hint: `SIGSTORE_ID_TOKEN=$(circleci run oidc get --claims '{"aud":"sigstore"}')`},
		{name: "Azure Pipelines", env: "TF_BUILD=True", err: "this is CI (TF_BUILD is set)", hint: "docs/signing.md"},
		{name: "Jenkins", env: "JENKINS_URL=https://jenkins.example.com/", err: "this is CI (JENKINS_URL is set)", hint: "docs/signing.md"},
		{name: "a browser in CI, by name", provider: "browser", env: "CI=true DISPLAY=:0", err: "this is CI (CI is set)", hint: "docs/signing.md"},
		{name: "a device in CI, by name", provider: "device", env: "CI=true", err: "this is CI (CI is set)", hint: "docs/signing.md"},
		{name: "not CI", env: "CI=false", err: "no browser can be opened here", hint: "SIGSTORE_ID_TOKEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := &host.Host{Env: strings.Split(strings.ReplaceAll(test.env, "_22", " 22"), " "), Now: time.Now}
			vals := make(settings.Values)
			for name, text := range map[string]string{settings.TokenProvider: test.provider, settings.TokenFile: test.file, settings.Issuer: test.issuer} {
				if text != "" {
					vals[name] = []settings.Value{{Text: text}}
				}
			}
			origin, err := Token(h, vals, signer.Services{OIDC: "https://login.example.com"})
			if test.err != "" {
				var f *host.Failure
				if !errors.As(err, &f) || !strings.Contains(err.Error(), test.err) || !strings.Contains(f.Hint, test.hint) {
					t.Fatalf("error %v, want %q with the hint %q", err, test.err, test.hint)
				}
				if f.Code != host.ExitNotGood || !strings.HasPrefix(err.Error(), "no ID token: ") {
					t.Errorf("exit code %d: %v", f.Code, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if origin.from != test.from || !slices.Equal(origin.issuers, test.issuers) {
				t.Errorf("from %q by %q, want %q by %q", origin.from, origin.issuers, test.from, test.issuers)
			}
			if text := fmt.Sprintf("%v %+v %#v", origin, origin, origin); strings.Contains(text, "a.b.c") || strings.Contains(text, "secret") {
				t.Errorf("prints a secret: %s", text)
			}
		})
	}
}

// A login needs somewhere to log in.
func TestLoginNeedsAnIssuer(t *testing.T) {
	t.Parallel()
	for _, login := range []string{settings.TokenBrowser, settings.TokenDevice} {
		h := &host.Host{Now: time.Now}
		_, err := Token(h, settings.Values{settings.TokenProvider: {{Text: login}}}, signer.Services{})
		var f *host.Failure
		if !errors.As(err, &f) || !strings.Contains(err.Error(), "names no OpenID Connect provider") || !strings.Contains(f.Hint, "seal.issuer") {
			t.Errorf("%s: error %v", login, err)
		}
	}
}

// Every value of seal.tokenProvider is a provider, and none is a login or a
// machine by accident.
func TestTokenProvidersAreKnown(t *testing.T) {
	t.Parallel()
	for _, name := range settings.TokenProviders {
		if err := settings.CheckTokenProvider(name); err != nil {
			t.Error(err)
		}
		h := &host.Host{Now: time.Now}
		if origin, err := Token(h, settings.Values{settings.TokenProvider: {{Text: name}}}, signer.Services{}); err == nil && origin.from != name {
			t.Errorf("%s: from %q", name, origin.from)
		}
	}
	if settings.CheckTokenProvider("github") == nil || settings.CheckTokenProvider("") == nil {
		t.Error("accepted")
	}
}
