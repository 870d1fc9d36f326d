package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cms"
)

func (h *host) showCommand() *cobra.Command {
	format := formatText
	cmd := &cobra.Command{
		Use:   "show [REV]",
		Short: "Show every fact in a signature, verified or not",
		Long: `Show every fact in the signature of a commit or tag, HEAD by default, and for each
whether it is verified, refuted, or only claimed.

Exit codes: 0 there is a signature to show, good or not; 1 there is none that can
be read; 2 wrong usage; 3 the object cannot be read. git seal verify judges.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(atMostOneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			rev := "HEAD"
			if len(args) > 0 {
				rev = args[0]
			}
			return h.show(cmd.Context(), givenSettings(cmd), rev, format)
		},
	}
	addFormat(cmd, &format)
	addSettings(cmd, judging)
	return cmd
}

func (h *host) show(ctx context.Context, flags map[string][]string, rev string, format outputFormat) error {
	repo, judge, err := h.openJudge(ctx, flags, nil)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	defer repo.Close()
	j := judgeRevision(ctx, repo, judge, rev)
	if j.object == nil {
		return fail(exitUnknown, "%s", j.Reason).withHint("%s", j.Hint)
	}
	out := newOutput(h.stdout)
	facts, readable := showFacts(j)
	if format == formatJSON {
		out.judgement(j, func(o jsonObject) any { return jsonShow{o, facts} })
	} else {
		showText(out, j, facts)
	}
	if err := out.close(); err != nil {
		return err
	}
	if !readable {
		return &failure{code: exitNotGood}
	}
	return nil
}

// showFacts are the facts of an object's signature; readable is false where
// there is none or it cannot be read.
func showFacts(j *judgement) (facts []fact, readable bool) {
	signed, err := cms.ParsePEM(j.object.Signature())
	if err != nil {
		return []fact{}, false
	}
	return factsOf(j.Result, signed), true
}

type jsonShow struct {
	jsonObject
	Facts []fact `json:"facts"`
}

func showText(out *output, j *judgement, facts []fact) {
	out.printf("%s\n%s", j.title(), j.Verdict)
	if j.Reason != "" {
		out.printf(": %s", message(j.Reason))
	}
	out.printf("\n")
	group := ""
	for _, f := range facts {
		if f.Group != group {
			group = f.Group
			out.printf("\n%s\n", group)
		}
		out.printf("  %-9s %-24s %s\n", f.Status, f.Name, printable(f.Value))
	}
	if len(j.Checks) > 0 {
		out.printf("\nchecks\n")
	}
	for _, c := range j.Checks {
		outcome := c.Outcome.String()
		if c.Missing {
			outcome = "missing"
		}
		out.printf("  %-14s %-24s %s\n", outcome, c.Name, message(c.Detail))
	}
}
