package judging

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier"
)

// ExitCode returns the exit code for the verdict of one object.
func ExitCode(v verifier.Verdict) int {
	switch v {
	case verifier.Good:
		return host.ExitGood
	case verifier.Untrusted, verifier.Unproven, verifier.Bad, verifier.Revoked, verifier.Unsigned, verifier.Unsupported:
		return host.ExitNotGood
	}
	return host.ExitUnknown
}
