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
		Short: "Verify a whole history: every commit, tag and merged tag",
		Long: `Verify every commit in RANGE, by default everything reachable from HEAD. RANGE
is read as git rev-list reads it: A..B excludes what is reachable from A. The
audit also verifies annotated tags that RANGE names, and the tags in merge
commits. It uses no network.

The report counts verdicts and signers, and lists each object that is not good,
the worst first. On a terminal, a line on standard error shows the progress.
Ctrl-C ends the audit; the report of what was verified until then says that it
is partial.

One run can write several reports: --format text --format html=audit.html. Each
file is replaced once its report is complete. At most one report goes to
standard output; the default is text.

Missing objects cannot be verified: the history beyond the boundary of a
shallow clone is unknown. A RANGE without any object is an error (exit code 3).

--evidence writes an evidence archive, with which others can repeat the audit:
--from uses the policy and the trusted roots in the archive, or those that
--policy and --trusted-root name.

For a pull request, take the policy from the branch to merge into:

  git seal audit --policy-ref $(git rev-parse refs/remotes/origin/main) \
    refs/remotes/origin/main..HEAD

Exit codes: 0 all good; 1 at least one object is not good; 2 wrong usage;
3 undecided: data is missing.`,
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
	cmd.Flags().BoolVar(&o.Selection.All, "all", false, "verify everything reachable from any ref, tags included")
	cmd.Flags().BoolVar(&o.Selection.Tags, "tags", false, "verify all tags and everything reachable from them")
	cmd.Flags().BoolVar(&o.Walk.FirstParent, "first-parent", false, "follow only the first parent of each merge")
	cmd.Flags().BoolVar(&o.Walk.NoMerges, "no-merges", false, "skip commits with more than one parent")
	cmd.Flags().BoolVar(&o.ReportOnly, "report-only", false, "exit with 0 whatever the verdicts are; an audit that cannot finish still fails")
	auditing.AddFormats(cmd, &o.Formats)
	o.Cache.Add(cmd)
	cmd.Flags().StringVar(&o.Evidence, "evidence", "", "write an evidence archive, with all that the audit used, to `FILE.tar`")
	cmd.Flags().StringVar(&o.From, "from", "", "repeat the audit in the evidence archive `FILE.tar`, without the repository")
	flags.add(cmd)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

// check returns a usage error for flags that do not work together, and for empty
// file names.
func check(o *auditing.Options, cmd *cobra.Command) error {
	for _, name := range []string{"evidence", "from"} {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return usageFailure(cmd, fmt.Errorf("--%s needs a file name", name))
		}
	}
	switch {
	case o.From != "":
		return checkFrom(o, cmd)
	case o.Evidence == "":
		return nil
	case o.Identity != nil:
		return usageFailure(cmd, errors.New("--evidence cannot be used with --certificate-identity: the archive must contain a policy from a file"))
	}
	for _, f := range o.Formats {
		if f.File != "" && filepath.Clean(f.File) == filepath.Clean(o.Evidence) {
			return usageFailure(cmd, fmt.Errorf("--evidence: this file is already used for --format %s", f.Form))
		}
	}
	return nil
}

// checkFrom returns a usage error for flags that choose what to audit, which the
// archive does. Flags for the policy and the trusted roots are allowed.
func checkFrom(o *auditing.Options, cmd *cobra.Command) error {
	if len(o.Selection.Ranges) > 0 {
		return usageFailure(cmd, errors.New("--from cannot be used with RANGE: the archive says what to audit"))
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "all", "tags", "first-parent", "no-merges", "no-cache", "forget", "evidence", "policy-ref":
			err = usageFailure(cmd, fmt.Errorf("--from cannot be used with --%s: the archive says what to audit", f.Name))
		}
	})
	return err
}
