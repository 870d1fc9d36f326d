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
		Short: "Write a first policy from who has signed",
		Long: `Write a first policy from the signers and committers of the commits that REV
reach, by default of all commits and tags. Only signatures whose evidence is good
are counted; the counts stand in comments. An address that somebody signs with is
nobody else's committer, whoever wrote it there. Who has signed is not who may: the
policy is for a person to prune before it is used.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			return policies.InitPolicy(cmd.Context(), h, settings.GivenFlags(cmd), revs, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the `FILE`, which must not be there yet, instead of stdout")
	for _, s := range settings.Table {
		if s.Name == settings.TrustedRoot {
			settings.AddFlag(cmd, s)
		}
	}
	return cmd
}
