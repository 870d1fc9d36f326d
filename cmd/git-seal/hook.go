package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/hook"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func hookCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Accept pushes only if all their commits and tags are good",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, errors.New("no command"))
		},
	}
	cmd.AddCommand(preReceiveCommand(h), prePushCommand(h), hookInstallCommand(h), hookUninstallCommand(h))
	return cmd
}

func preReceiveCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   hook.PreReceiveName,
		Short: "Reject a push unless all its commits and tags are good",
		Long: `Verify a push before the server accepts it. Git runs this as the pre-receive
hook of the server's repository, and writes a line "OLD NEW REF" to its
standard input for each ref that changes. If one new object is not good, the
hook rejects the whole push.

Objects are not verified again if a branch or tag with equally strict rules
already has them. Deletions bring no objects; a forced update is verified like
any other. No push can change refs/replace/, which would make git show other
objects than those that were verified, or refs/seal/policy, which only
git seal policy pin moves.

The policy is the one that the server's configuration names (seal.policy,
seal.policyRef), otherwise the file .git-seal/policy.yaml on the default branch
as it is before the push. It counts for every ref. Without a policy, every push
is rejected. The hook also rejects changes of the policy that would lock the
server or get around the policy: a new policy that is not valid or does not
allow its own commit, a change by a forced update, and its removal.

Exit codes: 0 accepted; 1 at least one object is not good; 2 wrong usage;
3 undecided: data is missing.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return hook.PreReceive(cmd.Context(), h, settings.GivenFlags(cmd))
		},
	}
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

func prePushCommand(h *host.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:   hook.PrePushName + " REMOTE URL",
		Short: "Stop a push unless all its commits and tags are good",
		Long: `Verify a push before it leaves. Git runs this as the pre-push hook with the
remote's name and URL, and writes a line "LOCAL-REF ID REMOTE-REF REMOTE-ID" to
its standard input for each ref that changes. Objects that the remote is known
to have are not verified again. The policy is the one that your settings name.
Without a policy, the push is stopped.

This hook saves a round trip. Only a hook on the server decides what the server
accepts.

Exit codes: 0 the push may go on; 1 at least one object is not good; 2 wrong
usage; 3 undecided: data is missing.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageFailure(cmd, fmt.Errorf("%d arguments; expected the remote's name and URL", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return hook.PrePush(cmd.Context(), h, settings.GivenFlags(cmd), args[0])
		},
	}
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}
