package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func (h *host) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Say who may sign",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, errors.New("no command"))
		},
	}
	cmd.AddCommand(h.policyAllowCommand(), h.policyCheckCommand(), h.policyExplainCommand(), h.policyInitCommand(), h.policyPinCommand())
	return cmd
}
