package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// usageFailure returns the failure for wrong usage of cmd, with its usage text.
func usageFailure(cmd *cobra.Command, err error) *host.Failure {
	return &host.Failure{Code: host.ExitUsage, Err: err, Usage: cmd.UsageString()}
}

// knownCommand returns a usage error if args is not a command. Its hint names the
// command that may be meant.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	f := usageFailure(cmd, fmt.Errorf("%q is not a command", args[0]))
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		f.Hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return f
}

// knownTopic returns a usage error if args is not a command to get help for.
func knownTopic(help *cobra.Command, args []string) error {
	cmd, rest, err := help.Root().Find(args)
	if err != nil {
		return usageFailure(cmd, err)
	}
	return knownCommand(cmd, rest)
}

// revisions returns a usage error for arguments that are not revisions in any
// repository: the empty string, and options, which git would accept even after --.
func revisions(cmd *cobra.Command, args []string) error {
	for _, rev := range args {
		if rev == "" || rev[0] == '-' {
			return usageFailure(cmd, fmt.Errorf("%q is not a revision", rev))
		}
	}
	return nil
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageFailure(cmd, fmt.Errorf("unexpected argument %q", args[0]))
	}
	return nil
}

func oneArg(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageFailure(cmd, fmt.Errorf("the argument %s is missing", strings.Fields(cmd.Use)[1]))
	}
	return atMostOneArg(cmd, args)
}

func atMostOneArg(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageFailure(cmd, fmt.Errorf("unexpected argument %q: takes at most one", args[1]))
	}
	return nil
}

func addFormat(cmd *cobra.Command, f *host.Format) {
	cmd.Flags().Var(f, "format", "print `text|json`")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}
