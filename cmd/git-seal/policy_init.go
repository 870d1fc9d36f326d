package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/policies"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func policyInitCommand(h *host.Host) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "init [REV...]",
		Short: "Write a first policy with all signers of the history",
		Long: `Write a first policy from the signers and committers of the commits reachable
from REV, by default of all commits and tags. Only valid signatures with a
proven time count; comments show how many there are. An address that a signer
signs with is never added as another signer's committer.

Not everyone who has signed may sign: remove the signers that you do not know
before you use the policy.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			return policies.InitPolicy(cmd.Context(), h, settings.GivenFlags(cmd), revs, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`, which must not exist yet, instead of standard output")
	for _, s := range settings.Table {
		if s.Name == settings.TrustedRoot {
			settings.AddFlag(cmd, s)
		}
	}
	return cmd
}
