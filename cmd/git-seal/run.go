package main

import (
	"context"
	"slices"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/gpg"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
)

// runProgram runs the command in the arguments and returns the exit code.
func runProgram(h *host.Host) int {
	h.OpenTrace()
	if gpg.Speaks(h.Args) {
		return runGPG(h)
	}
	help := host.NewOutput(h.Stdout) // for what cobra prints itself: help and completions
	cmd := command(h)
	cmd.SetOut(help.W)
	err := cmd.ExecuteContext(context.Background())
	if lost := help.Close(); err == nil {
		err = lost
	}
	if err == nil {
		return host.ExitGood
	}
	f := why.From(err, host.ExitNotGood)
	h.Report(f)
	return f.Code
}

// runGPG answers a call by git.
func runGPG(h *host.Host) int {
	call, err := gpg.Parse(h.Args)
	if err != nil {
		f := &host.Failure{Code: host.ExitUsage, Err: err, Usage: gpg.Usage, Reason: why.Call}
		if slices.Contains(h.Args, "--verify") {
			h.Report(f)
		} else {
			gpg.NotSigned(context.Background(), h, f)
		}
		return host.ExitUsage
	}
	if call.Verify {
		return gpg.Verify(h, call)
	}
	return gpg.Sign(h, call)
}
