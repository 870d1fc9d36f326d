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
		Short: "Let pushes through only if what they bring is good",
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
		Short: "On a server, refuse a push that brings something that is not good",
		Long: `Judge what a push brings before it is let in: git runs this as pre-receive hook of a
server's repository and writes to its standard input a line "OLD NEW REF" for each
ref that is to change. All of a push is refused where one thing in it is not good.

What branches and tags of rules as strict have already is not judged again. A
deletion brings nothing, a forced update is judged like any other. What would make
git show another object than the one that was judged (refs/replace/), and a policy
that git seal policy pin has pinned (refs/seal/policy), no push brings.

The policy is what the server's configuration names (seal.policy, seal.policyRef)
or else the file .git-seal/policy.yaml that the default branch has before the push,
for every ref. Where there is none, every push is refused. A push that changes the
policy by which the next ones are judged is refused where the new one does not parse
or would refuse the commit that brings it, where a forced update brings it, and where
none would be left.

Exit codes: 0 let in; 1 something is not good; 2 wrong usage; 3 could not tell.`,
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
		Short: "Before a push leaves, refuse it where it holds something that is not good",
		Long: `Judge what a push brings before it leaves: git runs this as pre-push hook with the
remote's name and URL and writes to its standard input a line
"LOCAL-REF ID REMOTE-REF REMOTE-ID" for each ref that is to change. What the remote is
known to have is not judged again. The policy is the one that your settings name;
where there is none, the push is refused.

It spares a round trip; what a server lets in only a hook of the server's decides.

Exit codes: 0 may leave; 1 something is not good; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageFailure(cmd, fmt.Errorf("%d arguments where the remote's name and URL belong", len(args)))
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
