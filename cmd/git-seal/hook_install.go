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
		Short: "Install the hook in this repository",
		Long: `Write a hook that runs git seal hook, to the directory where git looks for
hooks (core.hooksPath). By default it is pre-receive in a bare repository and
pre-push in others.

An existing hook is kept with .before-git-seal added to its name. It runs after
git-seal's hook, with the same input, if git-seal accepts the push.

If another tool such as husky writes your hooks, or several repositories share
them, add this line to the hook instead:

  git seal hook pre-push "$@"`,
		ValidArgs: []string{hook.PreReceiveName, hook.PrePushName},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return hook.With(cmd.Context(), h, args, func(p hook.Place) error { return host.Uninterrupted(func() error { return hook.Install(h, p) }) })
		},
	}
}

func hookUninstallCommand(h *host.Host) *cobra.Command {
	return &cobra.Command{
		Use:   "uninstall [pre-receive|pre-push]",
		Short: "Remove the hook and restore the one before it",
		Long: `Remove the hook that git seal hook install wrote, and restore the one that was
there before. A hook that git-seal did not write stays.`,
		ValidArgs: []string{hook.PreReceiveName, hook.PrePushName},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return hook.With(cmd.Context(), h, args, func(p hook.Place) error { return host.Uninterrupted(func() error { return hook.Uninstall(h, p) }) })
		},
	}
}

func atMostOneHook(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != hook.PreReceiveName && args[0] != hook.PrePushName {
		return usageFailure(cmd, fmt.Errorf("%q is not a hook that git-seal has", args[0]))
	}
	return atMostOneArg(cmd, args)
}
