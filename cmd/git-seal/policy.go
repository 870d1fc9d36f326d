package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

func policyCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Manage the policy: who may sign",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, errors.New("no command"))
		},
	}
	cmd.AddCommand(policyAllowCommand(h), policyCheckCommand(h), policyExplainCommand(h), policyInitCommand(h), policyPinCommand(h))
	return cmd
}
