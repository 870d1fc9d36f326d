package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/policies"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func policyExplainCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "explain REV",
		Short: "Say which rule of the policy decides about a commit or tag, and why",
		Long: `Say which rule of the policy decides about a commit or tag, and why, and of each
identity of the policy why it does not match.

Exit codes: 0 good; 1 not good; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			return policies.Explain(cmd.Context(), h, settings.GivenFlags(cmd), args[0], format)
		},
	}
	addFormat(cmd, &format)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}
