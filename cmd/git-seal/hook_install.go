package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/hook"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

func hookInstallCommand(h *host.Host) *cobra.Command {
	return &cobra.Command{
		Use:   "install [pre-receive|pre-push]",
		Short: "Have git run the hook in this repository",
		Long: `Write a hook that runs git seal hook, pre-receive in a bare repository and pre-push
in others, unless one of them is named, to where git looks for it (core.hooksPath). A
hook that is there already is kept beside it, its name ending in .before-git-seal, and
run after git-seal's, with the same input, where git-seal lets the push through.

Where a hook is written by something else, such as husky, or read by every
repository, put this line into it instead: git seal hook pre-push "$@"`,
		ValidArgs: []string{hook.PreReceiveName, hook.PrePushName},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return hook.With(cmd.Context(), h, args, func(p hook.Place) error { return hook.Install(h, p) })
		},
	}
}

func hookUninstallCommand(h *host.Host) *cobra.Command {
	return &cobra.Command{
		Use:   "uninstall [pre-receive|pre-push]",
		Short: "Take the hook away and put back what was there",
		Long: `Take away the hook that git seal hook install wrote, and put back what was there
before. A hook that it did not write stays.`,
		ValidArgs: []string{hook.PreReceiveName, hook.PrePushName},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return hook.With(cmd.Context(), h, args, func(p hook.Place) error { return hook.Uninstall(h, p) })
		},
	}
}

func atMostOneHook(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != hook.PreReceiveName && args[0] != hook.PrePushName {
		return usageFailure(cmd, fmt.Errorf("%q is not a hook of git-seal's", args[0]))
	}
	return atMostOneArg(cmd, args)
}
