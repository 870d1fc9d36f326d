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
		Short: "Judge the signatures of commits and tags",
		Long: `Judge the signatures of commits and tags, HEAD by default. No network is used.
The report begins with the policy and the trusted roots, where they came from
and their digests. A tag served under a ref of another name is bad.

--stdin is for scripts: it takes no default. Where no REV comes, because what
should have listed them failed or found none, that is an error, exit code 3.

--certificate-identity and --certificate-oidc-issuer, together, stand in for the
policy: they allow one identity, compared whole, whoever the committer is. The
regular expressions (RE2) that may stand in for either match whole names too.

Exit codes: 0 all good; 1 something is not; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              revisions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			identity, err := flags.identity(cmd)
			if err != nil {
				return err
			}
			switch {
			case fromStdin && len(revs) > 0:
				return usageFailure(cmd, errors.New("--stdin and REV"))
			case fromStdin:
				if revs, err = readRevisions(h.Stdin); err != nil {
					return host.Fail(host.ExitUnknown, "revisions on stdin: %w", err).WithHint("see whether the command that lists them failed; nothing was judged")
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
	cmd.Flags().BoolVar(&fromStdin, "stdin", false, "read each REV from a line of standard input, at least one")
	flags.add(cmd)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

// readRevisions reads one revision a line. The list is read whole before
// anything is judged; an empty list, or an empty line, is an error, since it
// stands for a revision that whoever wrote the list did not find.
func readRevisions(r io.Reader) ([]string, error) {
	text, err := host.ReadMax(r, host.MaxRevisions)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("there are none")
	}
	revs := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, rev := range revs {
		if rev == "" {
			return nil, fmt.Errorf("line %d is empty", i+1)
		}
	}
	return revs, nil
}

// verify judges each revision, reports it and returns a failure with the exit
// code of them all.
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
