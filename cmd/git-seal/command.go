package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// command builds the tree of commands.
func (h *host) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "git-seal",
		Short: "Sign Git commits and tags without long-lived keys, and prove who signed them",
		Long: `git-seal signs Git commits, tags and push certificates with Sigstore, and proves
who signed them. Git runs it to sign and to verify (gpg.format=x509); the
commands below are for you.

Exit codes: 0 all good; 1 something is not; 2 wrong usage; 3 could not tell.`,
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
	root.SetArgs(h.args)
	root.SetErr(h.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageFailure(cmd, err) })
	root.AddCommand(
		h.initCommand(),
		h.verifyCommand(),
		h.showCommand(),
		h.auditCommand(),
		h.hookCommand(),
		h.policyCommand(),
		h.trustCommand(),
		h.whyCommand(),
		h.completionCommand(),
		h.versionCommand(),
	)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
	return root
}

// usageFailure is wrong usage of cmd, with its usage text.
func usageFailure(cmd *cobra.Command, err error) *failure {
	return &failure{code: exitUsage, err: err, usage: cmd.UsageString()}
}

// knownCommand refuses what is no command, naming what may have been meant.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	f := usageFailure(cmd, fmt.Errorf("%q is not a command", args[0]))
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		f.hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return f
}

// knownTopic refuses to give help with what is no command.
func knownTopic(help *cobra.Command, args []string) error {
	cmd, rest, err := help.Root().Find(args)
	if err != nil {
		return usageFailure(cmd, err)
	}
	return knownCommand(cmd, rest)
}

// revisions refuses what is no revision whatever the repository holds: nothing,
// and options, which git would take behind a -- too.
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
		return usageFailure(cmd, fmt.Errorf("%q: takes no argument", args[0]))
	}
	return nil
}

func oneArg(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageFailure(cmd, fmt.Errorf("%s is missing", strings.Fields(cmd.Use)[1]))
	}
	return atMostOneArg(cmd, args)
}

func atMostOneArg(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageFailure(cmd, fmt.Errorf("%q: takes one argument at most", args[1]))
	}
	return nil
}
