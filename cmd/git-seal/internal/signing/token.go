package signing

import (
	"context"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
)

// tokenOrigin is where the ID token comes from.
type tokenOrigin struct {
	source  signer.TokenSource
	from    string   // for people: a variable, a file, a provider
	issuers []string // the issuers to accept, as in signer.Options; none: any
}

// tokenFunc is a source that does nothing until it is called.
type tokenFunc func(ctx context.Context) (string, error)

var _ signer.TokenSource = tokenFunc(nil)

func (f tokenFunc) Token(ctx context.Context) (string, error) { return f(ctx) }

// String says where the token comes from, and never what it is.
func (o tokenOrigin) String() string { return "token from " + o.from }

// GoString is String.
func (o tokenOrigin) GoString() string { return o.String() }

// Token returns where the ID token comes from. It does not request the token yet.
func Token(h *host.Host, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	origin, err := tokenOf(h, vals.Text(settings.TokenProvider, settings.TokenAuto), vals, services)
	if err != nil {
		return tokenOrigin{}, err
	}
	if issuer, ok := vals.One(settings.Issuer); ok {
		origin.issuers = []string{issuer.Text}
	}
	return origin, nil
}

// tokenOf returns the source for one value of seal.tokenProvider.
func tokenOf(h *host.Host, provider string, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	switch provider {
	case settings.TokenAuto:
		return autoToken(h, vals, services)
	case settings.TokenGiven:
		return givenToken(h)
	case settings.TokenFromFile:
		return tokenFile(h, vals)
	case settings.TokenBrowser, settings.TokenDevice:
		return loginToken(h, provider, vals, services)
	}
	return machineToken(h, provider, vals)
}

// autoToken returns the source that is available: a token, the machine's own
// identity, or a login. The environment decides, and something missing there is an
// error: a build that should sign as itself never signs as someone else.
func autoToken(h *host.Host, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	if text, _ := h.Getenv(settings.TokenVariable); strings.TrimSpace(text) != "" {
		return givenToken(h)
	}
	if _, ok := vals.One(settings.TokenFile); ok {
		return tokenFile(h, vals)
	}
	if machine, ok := machine(h); ok {
		return machineToken(h, machine, vals)
	}
	login, err := chooseLogin(h, vals)
	if err != nil {
		return tokenOrigin{}, err
	}
	return loginToken(h, login, vals, services)
}

// givenToken returns the token in the environment.
func givenToken(h *host.Host) (tokenOrigin, error) {
	text, _ := h.Getenv(settings.TokenVariable)
	if text = strings.TrimSpace(text); text == "" {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: %s is not set", settings.TokenVariable).
			WithHint("put the token into it, or choose another source: git config seal.tokenProvider auto")
	}
	return tokenOrigin{source: signer.StaticToken(text), from: settings.TokenVariable}, nil
}

// tokenFile returns the token in seal.tokenFile. Reading it may take as long as a
// service.
func tokenFile(h *host.Host, vals settings.Values) (tokenOrigin, error) {
	file, ok := vals.One(settings.TokenFile)
	if !ok {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "no ID token: seal.tokenProvider is file, but seal.tokenFile is not set").
			WithHint("name the file: git config seal.tokenFile FILE")
	}
	return tokenOrigin{from: file.Text, source: tokenFunc(func(ctx context.Context) (string, error) {
		// It may be a pipe that no one writes to.
		ctx, cancel := context.WithTimeoutCause(ctx, vals.Timeout(), fmt.Errorf("not read to its end within %s", vals.Timeout()))
		defer cancel()
		return signer.FileToken(file.Text).Token(ctx)
	})}, nil
}

// loginToken returns the login of a person at the provider of the instance in use.
func loginToken(h *host.Host, login string, vals settings.Values, services signer.Services) (tokenOrigin, error) {
	if ci, ok := ci(h); ok {
		return tokenOrigin{}, noLoginInCI(ci, audience(vals))
	}
	if services.OIDC == "" {
		return tokenOrigin{}, host.Fail(host.ExitNotGood, "cannot log in: the signing configuration names no OpenID Connect provider").
			WithHint("name one: git config seal.issuer URL")
	}
	var origin tokenOrigin
	var err error
	if login == settings.TokenBrowser {
		origin, err = browserToken(h, vals, services)
	} else {
		origin, err = deviceToken(h, vals, services)
	}
	if err != nil {
		return tokenOrigin{}, err
	}
	origin.issuers = []string{services.OIDC}
	return origin, nil
}

// noLoginInCI returns the failure for a build that would wait for a person.
func noLoginInCI(ci, audience string) *host.Failure {
	f := host.Fail(host.ExitNotGood, "no ID token: this is CI (%s is set), where no one can log in", ci)
	if ci == "CIRCLECI" {
		return f.WithHint(`run: export %s=$(circleci run oidc get --claims '{"aud":"%s"}')`, settings.TokenVariable, audience)
	}
	return f.WithHint("put a token into %s or name its file in seal.tokenFile; see docs/signing.md for each CI system", settings.TokenVariable)
}

// chooseLogin returns the login that a person can use here.
func chooseLogin(h *host.Host, vals settings.Values) (string, error) {
	if ci, ok := ci(h); ok {
		return "", noLoginInCI(ci, audience(vals))
	}
	noBrowser := browserMissing(h, vals)
	if noBrowser == nil {
		return settings.TokenBrowser, nil
	}
	tty, err := host.OpenTerminal()
	if err != nil {
		return "", host.Fail(host.ExitNotGood, "no ID token: no browser can be opened here (%w), and there is no terminal to show a code on", noBrowser).
			WithHint("put a token into %s, or name its file: git config seal.tokenFile FILE", settings.TokenVariable)
	}
	return settings.TokenDevice, tty.Close()
}

// ci returns the environment variable that shows that this is CI.
func ci(h *host.Host) (variable string, ok bool) {
	for _, name := range ciVariables {
		if shows(h, name) {
			return name, true
		}
	}
	return "", false
}

// ciVariables are the environment variables of CI systems: CI, which most of them
// set, and their own.
var ciVariables = []string{
	"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "CI",
}
