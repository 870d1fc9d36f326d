package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/verifier/policy"
)

func verifyCommand(h *host.Host) *cobra.Command {
	format, fromStdin := host.FormatText, false
	var flags identityFlags
	cmd := &cobra.Command{
		Use:   "verify [REV...]",
		Short: "Verify the signatures of commits and tags",
		Long: `Verify the signatures of commits and tags, HEAD by default. No network is used.
The output begins with the policy and the trusted roots: where they come from
and their digests. A tag that is served under a ref of another name is bad.

--stdin is for scripts and has no default: an empty list is an error (exit code
3), because the command that should list the revisions may have failed.

--certificate-identity and --certificate-oidc-issuer together replace the
policy. They allow one identity, compared as a whole, whoever the committer is.
Instead of either, you can give a regular expression (RE2), which must match
the whole name.

Exit codes: 0 all good; 1 at least one object is not good; 2 wrong usage;
3 undecided: data is missing.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              revisions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			identity, err := flags.identity(cmd)
			if err != nil {
				return err
			}
			switch {
			case fromStdin && len(revs) > 0:
				return usageFailure(cmd, errors.New("--stdin and REV cannot be used together"))
			case fromStdin:
				if revs, err = readRevisions(h.Stdin); err != nil {
					return host.Fail(host.ExitUnknown, "revisions on stdin: %w", err).WithHint("nothing was verified; check whether the command that lists them failed")
				}
			case len(revs) == 0:
				revs = []string{"HEAD"}
			}
			var r judging.Report = &judging.TextReport{Out: host.NewOutput(h.Stdout)}
			if format == host.FormatJSON {
				r = &judging.JSONReport{Out: host.NewOutput(h.Stdout)}
			}
			return verify(cmd.Context(), h, settings.GivenFlags(cmd), identity, revs, r)
		},
	}
	addFormat(cmd, &format)
	cmd.Flags().BoolVar(&fromStdin, "stdin", false, "read the list of REV from standard input, one per line")
	flags.add(cmd)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

// readRevisions reads one revision from each line. It reads the whole list before
// anything is verified. An empty list or an empty line is an error, because it means
// a revision that the author of the list did not find.
func readRevisions(r io.Reader) ([]string, error) {
	text, err := host.ReadMax(r, host.MaxRevisions)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the list is empty")
	}
	revs := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, rev := range revs {
		if rev == "" {
			return nil, fmt.Errorf("line %d is empty", i+1)
		}
	}
	return revs, nil
}

// verify verifies each revision, prints its result, and returns a failure with the
// exit code for all.
func verify(ctx context.Context, h *host.Host, flags map[string][]string, identity *policy.Identity, revs []string, r judging.Report) error {
	repo, judge, err := judging.Open(ctx, h, flags, identity)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	defer repo.Close()
	r.Begin(judge)
	code := host.ExitGood
	for _, rev := range revs {
		j := judging.Revision(ctx, repo, judge, rev)
		r.Object(j)
		code = host.Worse(code, judging.ExitCode(j.Verdict))
	}
	if err := r.End(code); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	return &host.Failure{Code: code}
}
