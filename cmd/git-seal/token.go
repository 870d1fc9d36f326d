package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/signer"
)

// tokenVariable is the ecosystem's name for a token that is there already.
const tokenVariable = "SIGSTORE_ID_TOKEN"

// The values of seal.tokenProvider.
const (
	tokenAuto          = "auto"
	tokenGiven         = "token"
	tokenFromFile      = "file"
	tokenGitHubActions = "github-actions"
	tokenGitLab        = "gitlab"
	tokenBuildkite     = "buildkite"
	tokenGoogle        = "google"
	tokenSPIFFE        = "spiffe"
	tokenBrowser       = "browser"
	tokenDevice        = "device"
)

var tokenProviders = []string{
	tokenAuto, tokenGiven, tokenFromFile, tokenGitHubActions, tokenGitLab, tokenBuildkite, tokenGoogle, tokenSPIFFE, tokenBrowser, tokenDevice,
}

// tokenOrigin is where the ID token comes from.
type tokenOrigin struct {
	source  signer.TokenSource
	from    string   // for people: a variable, a file, a provider
	issuers []string // that the token must be of, as in signer.Options; none: any
}

// tokenFunc is a source that begins its work when it is asked.
type tokenFunc func(ctx context.Context) (string, error)

var _ signer.TokenSource = tokenFunc(nil)

func (f tokenFunc) Token(ctx context.Context) (string, error) { return f(ctx) }

// String says where the token comes from, and not what it is.
func (o tokenOrigin) String() string { return "token from " + o.from }

// GoString is String.
func (o tokenOrigin) GoString() string { return o.String() }

// token chooses where the ID token comes from. Nothing is asked of anybody yet.
func (h *host) token(vals values, services signer.Services) (tokenOrigin, error) {
	origin, err := h.tokenOf(vals.text(settingTokenProvider, tokenAuto), vals, services)
	if err != nil {
		return tokenOrigin{}, err
	}
	if issuer, ok := vals.one(settingIssuer); ok {
		origin.issuers = []string{issuer.Text}
	}
	return origin, nil
}

// tokenOf is the token of one value of seal.tokenProvider.
func (h *host) tokenOf(provider string, vals values, services signer.Services) (tokenOrigin, error) {
	switch provider {
	case tokenAuto:
		return h.autoToken(vals, services)
	case tokenGiven:
		return h.givenToken()
	case tokenFromFile:
		return h.tokenFile(vals)
	case tokenBrowser, tokenDevice:
		return h.loginToken(provider, vals, services)
	}
	return h.machineToken(provider, vals)
}

// autoToken takes what is there: a token, the machine's own identity, and for a
// person a login. What the environment shows decides, and what is missing there
// is an error: a build that is to sign as itself never signs as somebody else.
func (h *host) autoToken(vals values, services signer.Services) (tokenOrigin, error) {
	if text, _ := h.getenv(tokenVariable); strings.TrimSpace(text) != "" {
		return h.givenToken()
	}
	if _, ok := vals.one(settingTokenFile); ok {
		return h.tokenFile(vals)
	}
	if machine, ok := h.machine(); ok {
		return h.machineToken(machine, vals)
	}
	login, err := h.chooseLogin(vals)
	if err != nil {
		return tokenOrigin{}, err
	}
	return h.loginToken(login, vals, services)
}

// givenToken is the one in the environment.
func (h *host) givenToken() (tokenOrigin, error) {
	text, _ := h.getenv(tokenVariable)
	if text = strings.TrimSpace(text); text == "" {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: %s is not set", tokenVariable).
			withHint("put the token into it, or choose another source: git config seal.tokenProvider auto")
	}
	return tokenOrigin{source: signer.StaticToken(text), from: tokenVariable}, nil
}

// tokenFile is the one in seal.tokenFile, which may take as long as a service.
func (h *host) tokenFile(vals values) (tokenOrigin, error) {
	file, ok := vals.one(settingTokenFile)
	if !ok {
		return tokenOrigin{}, fail(exitNotGood, "no ID token: seal.tokenProvider is file, and seal.tokenFile is not set").
			withHint("name the file: git config seal.tokenFile FILE")
	}
	return tokenOrigin{from: file.Text, source: tokenFunc(func(ctx context.Context) (string, error) {
		// It may be a pipe that nobody writes to.
		ctx, cancel := context.WithTimeoutCause(ctx, vals.timeout(), fmt.Errorf("its end was not reached in %s", vals.timeout()))
		defer cancel()
		return signer.FileToken(file.Text).Token(ctx)
	})}, nil
}

// loginToken is a person's, from the provider of the instance in use.
func (h *host) loginToken(login string, vals values, services signer.Services) (tokenOrigin, error) {
	if ci, ok := h.ci(); ok {
		return tokenOrigin{}, noLoginInCI(ci, vals.audience())
	}
	if services.OIDC == "" {
		return tokenOrigin{}, fail(exitNotGood, "where to log in: the signing configuration names no OpenID Connect provider").
			withHint("name it: git config seal.issuer URL")
	}
	var origin tokenOrigin
	var err error
	if login == tokenBrowser {
		origin, err = h.browserToken(vals, services)
	} else {
		origin, err = h.deviceToken(vals, services)
	}
	if err != nil {
		return tokenOrigin{}, err
	}
	origin.issuers = []string{services.OIDC}
	return origin, nil
}

// noLoginInCI is the failure of a build that would wait for a person.
func noLoginInCI(ci, audience string) *failure {
	f := fail(exitNotGood, "no ID token: this is CI (%s is set), where nobody can log in", ci)
	if ci == "CIRCLECI" {
		return f.withHint(`export %s=$(circleci run oidc get --claims '{"aud":"%s"}')`, tokenVariable, audience)
	}
	return f.withHint("put a token into %s or name its file in seal.tokenFile; docs/signing.md has the lines for each CI system", tokenVariable)
}

// chooseLogin is the login that a person can use here.
func (h *host) chooseLogin(vals values) (string, error) {
	if ci, ok := h.ci(); ok {
		return "", noLoginInCI(ci, vals.audience())
	}
	noBrowser := h.browserMissing(vals)
	if noBrowser == nil {
		return tokenBrowser, nil
	}
	tty, err := openTerminal()
	if err != nil {
		return "", fail(exitNotGood, "no ID token: no browser can be opened here (%w), and there is no terminal to show a code on", noBrowser).
			withHint("put a token into %s, or name its file: git config seal.tokenFile FILE", tokenVariable)
	}
	return tokenDevice, tty.Close()
}

// ci is the variable that shows that no person is at hand.
func (h *host) ci() (variable string, ok bool) {
	for _, name := range ciVariables {
		if h.shows(name) {
			return name, true
		}
	}
	return "", false
}

// ciVariables are those by which CI systems are known: their own, of those that
// do not set CI, and CI itself, which most do.
var ciVariables = []string{
	"GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "CI",
}
