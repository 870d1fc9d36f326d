package main

import (
	"github.com/git-seal/git-seal/verifier"
)

// exitCode is a verdict as the exit code of a command that judges one object.
func exitCode(v verifier.Verdict) int {
	switch v {
	case verifier.Good:
		return exitGood
	case verifier.Untrusted, verifier.Unproven, verifier.Bad, verifier.Revoked, verifier.Unsigned, verifier.Unsupported:
		return exitNotGood
	}
	return exitUnknown
}

// worse is the exit code of two judgements together: what is certainly not
// good outweighs what could not be told, and that outweighs what is good.
func worse(a, b int) int {
	switch {
	case a == exitNotGood || b == exitNotGood:
		return exitNotGood
	case a == exitGood:
		return b
	}
	return a
}
