package why

import (
	"errors"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/verifier/policy"
)

// HintFor says what to do about an error of one of the packages, where there is
// something to do.
func HintFor(err error) string {
	var refused *policy.Error
	var token *signer.TokenError
	var service *signer.ServiceError
	var person *login.Error
	var lost *host.LostObject
	var ambiguous *git.AmbiguousError
	switch {
	case errors.As(err, &refused):
		return policyHint(refused)
	case errors.As(err, &token):
		return tokenHint(token)
	case errors.As(err, &person):
		return loginHint(person)
	case errors.As(err, &service):
		return ServiceHint(service)
	case errors.As(err, &ambiguous):
		return "git itself writes no such object: ask who made it, and trust no reading of it"
	case errors.Is(err, git.ErrNoRepository):
		return "run it in a repository, or name one with git -C DIR seal"
	case errors.Is(err, git.ErrUnsafeRepository):
		return "git says how to trust it: git config --global --add safe.directory DIR"
	case errors.Is(err, git.ErrNoRevision):
		return "git rev-parse tells how git reads a name; a shallow clone lacks what is older"
	case errors.Is(err, git.ErrMissing):
		return "a partial or shallow clone may lack it; git-seal fetches nothing, git fetch does"
	case errors.Is(err, git.ErrBrokenRef):
		return "git fsck tells what is wrong with it; repair it, or delete it where it stands in the git directory"
	case errors.Is(err, git.ErrAmbiguousName):
		return "give more of the id"
	case errors.As(err, &lost):
		return lost.Hint
	}
	return ""
}

// policyHint adds where the right value is to what a policy wants.
func policyHint(e *policy.Error) string {
	switch e.Key {
	case "subject", "issuer", "extensions":
		return e.Hint + "; git seal show REV prints it"
	case "trust":
		return e.Hint + "; git seal verify prints them"
	}
	return e.Hint
}

func tokenHint(e *signer.TokenError) string {
	switch e.Reason {
	case signer.TokenMissing, signer.TokenUnreadable:
		return "put an ID token there, or into SIGSTORE_ID_TOKEN"
	case signer.TokenExpired:
		return "get a new token from the provider; ID tokens last minutes"
	case signer.TokenNotYetValid:
		return "is this machine's clock right?"
	case signer.TokenAudience:
		return "ask the provider for a token for the audience that Fulcio wants (seal.clientID)"
	case signer.TokenIssuer:
		return "seal.issuer names the provider whose tokens are used"
	case signer.TokenUnverified:
		return "have the provider verify the address, or use another account"
	}
	return "a token is three parts of base64url with dots between, as the provider gives it"
}

// notAProvider is the hint where something else than a provider of logins answers.
const notAProvider = "is it the address of an OpenID Connect provider? seal.issuer names it, else the signing configuration"

func loginHint(e *login.Error) string {
	switch e.Problem {
	case login.Denied:
		return "nothing was signed; run it again and allow the login"
	case login.TimedOut, login.Canceled:
		return "nothing was signed; run it again to log in"
	case login.PortInUse:
		return "does another login wait there? end it, or take any free port: git config --unset seal.redirectURL"
	case login.NoBrowser:
		return "name the program that opens one: git config --global seal.browser COMMAND; or log in with a code: git config seal.tokenProvider device"
	case login.NoDevice:
		return "log in through a browser of this machine (git config seal.tokenProvider browser), or put a token into " + settings.TokenVariable
	case login.Refused:
		return "does the provider know this client? seal.clientID names it, seal.connectorID the service to log in with, and seal.redirectURL the address that it has for it"
	case login.BadAddress, login.BadAnswer:
		return notAProvider
	case login.BadToken:
		return "nothing was signed; the provider's operator may know why its tokens are so"
	}
	return "nothing was signed; run it again"
}
