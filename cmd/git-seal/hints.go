package main

import (
	"errors"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier"
)

// hintFor says what to do about an error of one of the packages, where there is
// something to do.
func hintFor(err error) string {
	var policy *verifier.PolicyError
	var token *signer.TokenError
	var service *signer.ServiceError
	switch {
	case errors.As(err, &policy):
		return policy.Hint
	case errors.As(err, &token):
		return tokenHint(token)
	case errors.As(err, &service):
		return serviceHint(service)
	case errors.Is(err, git.ErrNoRepository):
		return "run it in a repository, or name one with git -C DIR seal"
	case errors.Is(err, git.ErrUnsafeRepository):
		return "git says how to trust it: git config --global --add safe.directory DIR"
	case errors.Is(err, git.ErrNoRevision):
		return "git rev-parse tells how git reads a name; a shallow clone lacks what is older"
	case errors.Is(err, git.ErrMissing):
		return "a partial or shallow clone may lack it; git-seal fetches nothing, git fetch does"
	case errors.Is(err, git.ErrAmbiguousName):
		return "give more of the id"
	}
	return ""
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
	case signer.TokenUnverified:
		return "have the provider verify the address, or use another account"
	}
	return "a token is three parts of base64url with dots between, as the provider gives it"
}
