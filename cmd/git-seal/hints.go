package main

import (
	"errors"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// hintFor says what to do about an error of one of the packages, where there is
// something to do.
func hintFor(err error) string {
	var policy *verifier.PolicyError
	switch {
	case errors.As(err, &policy):
		return policy.Hint
	case errors.Is(err, git.ErrNoRepository):
		return "run it in a repository, or name one with git -C DIR seal"
	case errors.Is(err, git.ErrUnsafeRepository):
		return "git says how to trust it: git config --global --add safe.directory DIR"
	case errors.Is(err, git.ErrMissing):
		return "a partial or shallow clone may lack it; git-seal fetches nothing, git fetch does"
	case errors.Is(err, git.ErrAmbiguousName):
		return "give more of the id"
	}
	return ""
}
