package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/policies"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func policyPinCommand(h *host.Host) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "pin REV",
		Short: "Make the policy of a commit the one that counts",
		Long: `Make the policy in the commit REV, the file .git-seal/policy.yaml there, the one
that counts: judge every commit between the present pin and REV by the policy
that is pinned, show what changes, ask, and move refs/seal/policy to REV. REV has
to descend from the pin, and all between has to be good.

The first pin has no older policy to be judged by: it is trusted on first use. It
sets seal.policyRef in the repository's configuration.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := &policies.Pinning{Host: h, Yes: yes}
			return p.Run(cmd.Context(), settings.GivenFlags(cmd), args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	for _, s := range settings.Table {
		if s.Name == settings.TrustedRoot {
			settings.AddFlag(cmd, s)
		}
	}
	return cmd
}
