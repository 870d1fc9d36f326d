package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier/audit/report"
)

func showCommand(h *host.Host) *cobra.Command {
	format := host.FormatText
	cmd := &cobra.Command{
		Use:   "show [REV]",
		Short: "Show every fact in a signature, verified or not",
		Long: `Show every fact in the signature of a commit or tag, HEAD by default, and
whether it is verified, refuted or only claimed.

Exit codes: 0 there is a signature, good or not; 1 there is none, or it cannot
be read; 2 wrong usage; 3 the object cannot be read. For the verdict, use
git seal verify.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(atMostOneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			rev := "HEAD"
			if len(args) > 0 {
				rev = args[0]
			}
			return show(cmd.Context(), h, settings.GivenFlags(cmd), rev, format)
		},
	}
	addFormat(cmd, &format)
	settings.AddFlags(cmd, settings.Judging)
	return cmd
}

func show(ctx context.Context, h *host.Host, flags map[string][]string, rev string, format host.Format) error {
	repo, judge, err := judging.Open(ctx, h, flags, nil)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	defer repo.Close()
	j := judging.Revision(ctx, repo, judge, rev)
	if j.Object == nil {
		return host.Fail(host.ExitUnknown, "%s", j.Reason).WithHint("%s", j.Hint)
	}
	out := host.NewOutput(h.Stdout)
	facts, readable := showFacts(j)
	if format == host.FormatJSON {
		j.WriteJSON(out, func(o report.Object) any { return jsonShow{o, facts} })
	} else {
		showText(out, j, facts)
	}
	if err := out.Close(); err != nil {
		return err
	}
	if !readable {
		return &host.Failure{Code: host.ExitNotGood}
	}
	return nil
}

// showFacts returns the facts of an object's signature; readable is false if there
// is no signature or it cannot be read.
func showFacts(j *judging.Judgement) (facts []judging.Fact, readable bool) {
	signed, err := cms.ParsePEM(j.Object.Signature())
	if err != nil {
		return []judging.Fact{}, false
	}
	return judging.FactsOf(j.Result, signed), true
}

type jsonShow struct {
	report.Object
	Facts []judging.Fact `json:"facts"`
}

func showText(out *host.Output, j *judging.Judgement, facts []judging.Fact) {
	out.Printf("%s\n%s", j.Title(), j.Verdict)
	if j.Reason != "" {
		out.Printf(": %s", host.Message(j.Reason))
	}
	out.Printf("\n")
	j.WriteTagName(out)
	group := ""
	for _, f := range facts {
		if f.Group != group {
			group = f.Group
			out.Printf("\n%s\n", group)
		}
		out.Printf("  %-9s %-24s %s\n", f.Status, f.Name, host.Printable(f.Value))
	}
	if len(j.Checks) > 0 {
		out.Printf("\nchecks\n")
	}
	for _, c := range j.Checks {
		outcome := c.Outcome.String()
		if c.Missing {
			outcome = "missing"
		}
		out.Printf("  %-14s %-24s %s\n", outcome, c.Name, host.Message(c.Detail))
	}
}
