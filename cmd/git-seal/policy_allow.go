package main

import (
	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/policies"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func policyAllowCommand(h *host.Host) *cobra.Command {
	var yes bool
	var name string
	cmd := &cobra.Command{
		Use:   "allow REV",
		Short: "Allow the signer of a commit or tag",
		Long: `Show who signed REV, prompt, and add a rule for the signer to the policy. The
policy is the file that seal.policy names. If it is not set, it is
git-seal/policy.yaml under $XDG_CONFIG_HOME (~/.config), which then becomes
seal.policy in your own configuration. Comments in the file are kept.

If the committer's address is not the signer's, it is added as one of the
signer's committers. But if it belongs to another rule, nothing is changed. A
signer is refused if the signature is not valid or its time is not proven.

If the policy comes from a commit (seal.policyRef), name the file to change
with --policy, then commit it and pin the commit.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			a := &policies.Allowance{Host: h, Name: name, Yes: yes}
			return a.Run(cmd.Context(), settings.GivenFlags(cmd), args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not prompt")
	cmd.Flags().StringVar(&name, "name", "", "the `NAME` of the rule (default: the name in the certificate)")
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}
