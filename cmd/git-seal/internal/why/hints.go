package why

import (
	"errors"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/login"
	"github.com/git-seal/git-seal/verifier/policy"
)

// HintFor returns the hint for an error of one of the packages, or "".
func HintFor(err error) string {
	var refused *policy.Error
	var token *signer.TokenError
	var service *signer.ServiceError
	var person *login.Error
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
		return "programs read this object differently: do not rely on any of them, and ask its author"
	case errors.As(err, new(*git.AmbiguousRefError)):
		return "use a full name, such as refs/heads/NAME or refs/tags/NAME"
	case errors.As(err, new(*git.EmbeddedError)):
		return "a clone can bring such a folder; if this one is yours, name it: git --git-dir=DIR seal"
	case errors.Is(err, git.ErrNoRepository):
		return "run it in a repository, or name one: git -C DIR seal"
	case errors.Is(err, git.ErrUnsafeRepository):
		return "if you trust its owner, run: git config --global --add safe.directory DIR"
	case errors.Is(err, git.ErrNoRevision):
		return "check the name with git rev-parse; a shallow clone lacks older commits"
	case errors.Is(err, git.ErrMissing):
		return "get it with git fetch if this is a partial or shallow clone; git-seal fetches nothing"
	case errors.Is(err, git.ErrBrokenRef):
		return "run git fsck to see what is wrong; repair the ref, or delete its file in the git directory"
	case errors.Is(err, git.ErrAmbiguousName):
		return "give more digits of the ID"
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
		return "get a new token from the provider; ID tokens are valid for minutes"
	case signer.TokenNotYetValid:
		return "check this machine's clock"
	case signer.TokenAudience:
		return "ask the provider for a token with the audience that Fulcio expects (seal.clientID)"
	case signer.TokenIssuer:
		return "use a token from the provider in seal.issuer, or change that setting"
	case signer.TokenUnverified:
		return "verify the address at the provider, or use another account"
	}
	return "use the token as the provider gives it: three parts of base64url, joined by dots"
}

// notAProvider is the hint if the server is not an OpenID Connect provider.
const notAProvider = "check that this is the address of an OpenID Connect provider (seal.issuer, otherwise the signing configuration)"

func loginHint(e *login.Error) string {
	switch e.Problem {
	case login.Denied:
		return "nothing was signed; run it again and allow the login"
	case login.TimedOut, login.Canceled:
		return "nothing was signed; run it again and log in"
	case login.PortInUse:
		return "end the other login that uses this port, or use any free port: git config --unset seal.redirectURL"
	case login.NoBrowser:
		return "name the program that opens one: git config --global seal.browser COMMAND; or log in with a code: git config seal.tokenProvider device"
	case login.NoDevice:
		return "log in with a browser on this machine (git config seal.tokenProvider browser), or put a token into " + settings.TokenVariable
	case login.Refused:
		return "check that the provider knows this client (seal.clientID), its address (seal.redirectURL) and the service to log in with (seal.connectorID)"
	case login.BadAddress, login.BadAnswer:
		return notAProvider
	case login.BadToken:
		return "nothing was signed; ask the provider's operator about this token"
	}
	return "nothing was signed; run it again"
}
