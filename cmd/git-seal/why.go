package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
)

func whyCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "why",
		Short: "Explain why the last signature failed",
		Long: `Explain why the last signature failed, and what to try. Git and editors show
one line of the failure at most, and git before 2.41 shows nothing.

git-seal saves the last failure, from any repository, without tokens and other
secrets, in git-seal/last-failure.json under $XDG_STATE_HOME (~/.local/state).`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return why.Tell(h, format) },
	}
	addFormat(cmd, &format)
	return cmd
}
