package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

func auditCommand(h *host.Host) *cobra.Command {
	var o auditing.Options
	var flags identityFlags
	cmd := &cobra.Command{
		Use:   "audit [RANGE...]",
		Short: "Judge a whole history: every commit, tag and merged tag",
		Long: `Judge every commit that RANGE reaches, HEAD by default, as git rev-list reads it:
A..B leaves out what A reaches. Annotated tags that RANGE names are judged too, and
the tags in merge commits. No network is used.

The report sums up verdicts and signers and names each object that is not good, the
worst first. On a terminal a line on standard error tells how far it is; Ctrl-C ends
the audit with a report of what was found so far, which says that it is partial.

Several forms are made in one run, each into its file, which is replaced once it is
written whole: --format text --format html=audit.html. One form at most goes to
standard output; that is text where none is asked for.

What is not here cannot be judged: the history that a shallow clone lacks is
unknown. Where RANGE holds nothing at all, that is an error, exit code 3.

--evidence keeps an audit for others, who make it again with --from: by the policy and
the trusted roots in it or, where --policy and --trusted-root name some, by their own.

For a pull request, take the policy from what it is to be merged into:
  git seal audit --policy-ref $(git rev-parse origin/main) origin/main..HEAD

Exit codes: 0 all good; 1 something is not; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              revisions,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Identity, err = flags.identity(cmd); err != nil {
				return err
			}
			o.Selection.Ranges, o.Settings = args, settings.GivenFlags(cmd)
			if err := check(&o, cmd); err != nil {
				return err
			}
			return auditing.Run(cmd.Context(), h, &o)
		},
	}
	cmd.Flags().BoolVar(&o.Selection.All, "all", false, "judge what any ref reaches, tags too")
	cmd.Flags().BoolVar(&o.Selection.Tags, "tags", false, "judge all tags and what they reach")
	cmd.Flags().BoolVar(&o.Walk.FirstParent, "first-parent", false, "follow the first parent alone of each merge")
	cmd.Flags().BoolVar(&o.Walk.NoMerges, "no-merges", false, "pass over commits with more than one parent")
	cmd.Flags().BoolVar(&o.ReportOnly, "report-only", false, "exit with 0 whatever the verdicts; an audit that breaks off still fails")
	auditing.AddFormats(cmd, &o.Formats)
	o.Cache.Add(cmd)
	cmd.Flags().StringVar(&o.Evidence, "evidence", "", "write what was judged, and by what, to the evidence archive `FILE.tar`")
	cmd.Flags().StringVar(&o.From, "from", "", "audit the evidence archive `FILE.tar` in place of a repository")
	flags.add(cmd)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

// check refuses what has no meaning together, and names that are empty.
func check(o *auditing.Options, cmd *cobra.Command) error {
	for _, name := range []string{"evidence", "from"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return usageFailure(cmd, fmt.Errorf("--%s names no file", name))
		}
	}
	switch {
	case o.From != "":
		return checkFrom(o, cmd)
	case o.Evidence == "":
		return nil
	case o.Identity != nil:
		return usageFailure(cmd, errors.New("--evidence and --certificate-identity: evidence has to name a policy that is in a file"))
	}
	for _, f := range o.Formats {
		if f.File != "" && filepath.Clean(f.File) == filepath.Clean(o.Evidence) {
			return usageFailure(cmd, fmt.Errorf("--evidence: %s goes to this file already", f.Form))
		}
	}
	return nil
}

// checkFrom refuses what has no meaning where an archive says what is judged.
// What judges may be named.
func checkFrom(o *auditing.Options, cmd *cobra.Command) error {
	if len(o.Selection.Ranges) > 0 {
		return usageFailure(cmd, errors.New("--from takes no RANGE: the file says what is judged"))
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "all", "tags", "first-parent", "no-merges", "no-cache", "forget", "evidence", "policy-ref":
			err = usageFailure(cmd, fmt.Errorf("--from takes no --%s: the file says what is judged", f.Name))
		}
	})
	return err
}
