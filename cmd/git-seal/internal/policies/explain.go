package policies

import (
	"context"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/display"
)

// Explain prints which rule of the policy decides about rev, and why.
func Explain(ctx context.Context, h *host.Host, flags map[string][]string, rev string, format host.Format) error {
	repo, judge, err := judging.Open(ctx, h, flags, nil)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	defer repo.Close()
	if judge.Policy == nil {
		return errNoPolicy()
	}
	j := judging.Revision(ctx, repo, judge, rev)
	if j.Object == nil {
		return host.Fail(host.ExitUnknown, "%s", j.Reason).WithHint("%s", j.Hint)
	}
	x := verifier.Explain(judge.Policy, j.Result, gitobject.Signed(j.Object))
	out := host.NewOutput(h.Stdout)
	if format == host.FormatJSON {
		out.JSON(newJSONExplanation(judge, j, x))
	} else {
		explainText(out, judge, j, x)
	}
	if err := out.Close(); err != nil {
		return err
	}
	return &host.Failure{Code: judging.ExitCode(x.Verdict)}
}

func explainText(out *host.Output, judge *judging.Judge, j *judging.Judgement, x verifier.Explanation) {
	out.Printf("policy: %s (from %s), sha256:%x\n\n", host.Printable(judge.Policy.Source()), host.Printable(judge.PolicyFrom), judge.Policy.Digest())
	out.Printf("%s: %s\n", x.Verdict, j.Title())
	j.WriteTagName(out)
	for _, line := range []string{j.Who(), j.When(), j.Committer(), "decided: " + x.Reason} {
		if line != "" {
			out.Printf("  %s\n", host.Message(line))
		}
	}
	for _, id := range x.Identities {
		if id.Matches {
			out.Printf("    %s: matches\n", host.Printable(id.Name))
		} else {
			out.Printf("    %s: does not match: %s\n", host.Printable(id.Name), host.Message(id.Why))
		}
	}
}

type jsonExplanation struct {
	Version    int            `json:"version"`
	Policy     *audit.Policy  `json:"policy"`
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

func newJSONExplanation(judge *judging.Judge, j *judging.Judgement, x verifier.Explanation) jsonExplanation {
	e := jsonExplanation{
		Version: display.JSONVersion, Policy: audit.DescribePolicy(judge.Policy, judge.PolicyFrom),
		Object: j.Object.ID(), Type: string(j.Object.Type), Revision: j.Rev,
		Verdict: x.Verdict.String(), Reason: x.Reason, Rule: x.Rule, Identities: []jsonMatching{},
	}
	for _, id := range x.Identities {
		e.Identities = append(e.Identities, jsonMatching{id.Name, id.Matches, id.Why})
	}
	return e
}
