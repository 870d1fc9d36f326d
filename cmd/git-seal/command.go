package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// command returns the tree of commands.
func command(h *host.Host) *cobra.Command {
	root := &cobra.Command{
		Use:   "git-seal",
		Short: "Sign Git commits and tags without long-lived keys, and prove who signed them",
		Long: `git-seal signs Git commits, tags and push certificates with Sigstore, and
proves who signed them. Git runs it to sign and to verify (gpg.format=x509);
the commands below are for you.

Exit codes: 0 all good; 1 at least one object is not good; 2 wrong usage;
3 undecided: data is missing.`,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "git seal"},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		SilenceErrors:     true,

		SuggestionsMinimumDistance: 2,

		SilenceUsage: true,
		Args:         knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, fmt.Errorf("no command"))
		},
	}
	root.SetArgs(h.Args)
	root.SetErr(h.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageFailure(cmd, err) })
	root.AddCommand(
		initCommand(h),
		verifyCommand(h),
		showCommand(h),
		auditCommand(h),
		hookCommand(h),
		policyCommand(h),
		trustCommand(h),
		whyCommand(h),
		completionCommand(h),
		versionCommand(h),
	)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
	return root
}
