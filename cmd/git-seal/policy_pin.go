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
		Short: "Pin the policy in a commit, to verify by it from now on",
		Long: `Pin the policy in the commit REV, its file .git-seal/policy.yaml. The command
verifies every commit from the pinned one to REV by the pinned policy, shows
what the new policy changes, prompts, and moves refs/seal/policy to REV. REV
must descend from the pinned commit, and every commit must be good.

The first pin has no earlier policy to verify it: it is trusted on first use.
It sets seal.policyRef in the repository's configuration.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := &policies.Pinning{Host: h, Yes: yes}
			return p.Run(cmd.Context(), settings.GivenFlags(cmd), args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not prompt")
	for _, s := range settings.Table {
		if s.Name == settings.TrustedRoot {
			settings.AddFlag(cmd, s)
		}
	}
	return cmd
}
