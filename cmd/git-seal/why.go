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
		Long: `Explain at length why the last signature failed, and say what to try. Git and
editors show a line of it at best, and a git older than 2.41 none at all. Kept
is the last failure, of whatever repository, without tokens or other secrets: in
git-seal/last-failure.json under $XDG_STATE_HOME (~/.local/state).`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return why.Tell(h, format) },
	}
	addFormat(cmd, &format)
	return cmd
}
