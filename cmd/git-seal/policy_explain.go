package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier"
)

func (h *host) policyExplainCommand() *cobra.Command {
	format := formatText
	cmd := &cobra.Command{
		Use:   "explain REV",
		Short: "Say which rule of the policy decides about a commit or tag, and why",
		Long: `Say which rule of the policy decides about a commit or tag, and why, and of each
identity of the policy why it does not match.

Exit codes: 0 good; 1 not good; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.explain(cmd.Context(), givenSettings(cmd), args[0], format)
		},
	}
	addFormat(cmd, &format)
	addSettings(cmd, judging)
	return cmd
}

func (h *host) explain(ctx context.Context, flags map[string][]string, rev string, format outputFormat) error {
	repo, judge, err := h.openJudge(ctx, flags, nil)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	defer repo.Close()
	if judge.policy == nil {
		return errNoPolicy()
	}
	j := judgeRevision(ctx, repo, judge, rev)
	if j.object == nil {
		return fail(exitUnknown, "%s", j.Reason).withHint("%s", j.Hint)
	}
	x := judge.policy.Explain(j.Result, signedObject(j.object))
	out := newOutput(h.stdout)
	if format == formatJSON {
		out.json(newJSONExplanation(judge, j, x))
	} else {
		explainText(out, judge, j, x)
	}
	if err := out.close(); err != nil {
		return err
	}
	return &failure{code: exitCode(x.Verdict)}
}

func explainText(out *output, judge *judge, j *judgement, x verifier.Explanation) {
	out.printf("policy: %s (%s), sha256:%x\n\n", printable(judge.policy.Source()), printable(judge.policyFrom), judge.policy.Digest())
	out.printf("%s: %s\n", x.Verdict, j.title())
	for _, line := range []string{j.who(), j.when(), j.committer(), "decided: " + x.Reason} {
		if line != "" {
			out.printf("  %s\n", message(line))
		}
	}
	for _, id := range x.Identities {
		if id.Matches {
			out.printf("    %s: matches\n", printable(id.Name))
		} else {
			out.printf("    %s: does not match: %s\n", printable(id.Name), message(id.Why))
		}
	}
}

type jsonExplanation struct {
	Version    int            `json:"version"`
	Policy     jsonPolicy     `json:"policy"`
	Object     string         `json:"object"`
	Type       string         `json:"type"`
	Revision   string         `json:"revision"`
	Verdict    string         `json:"verdict"`
	Reason     string         `json:"reason"`
	Rule       string         `json:"rule,omitempty"`
	Identities []jsonMatching `json:"identities"`
}

type jsonMatching struct {
	Name    string `json:"name"`
	Matches bool   `json:"matches"`
	Why     string `json:"why,omitempty"` // why it does not match
}

func newJSONExplanation(judge *judge, j *judgement, x verifier.Explanation) jsonExplanation {
	e := jsonExplanation{
		Version: jsonVersion, Policy: newJSONPolicy(judge.policy, judge.policyFrom),
		Object: j.object.ID(), Type: string(j.object.Type), Revision: j.rev,
		Verdict: x.Verdict.String(), Reason: x.Reason, Rule: x.Rule, Identities: []jsonMatching{},
	}
	for _, id := range x.Identities {
		e.Identities = append(e.Identities, jsonMatching{id.Name, id.Matches, id.Why})
	}
	return e
}
