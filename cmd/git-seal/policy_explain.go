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
		Short: "Explain which rule of the policy decides about a commit or tag",
		Long: `Explain which rule of the policy decides about a commit or tag, and why, and
why each of the other rules does not match.

Exit codes: 0 good; 1 not good; 2 wrong usage; 3 undecided: data is missing.`,
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
