package hook

import (
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// gateWords are what to say to whoever's push is refused.
type gateWords struct {
	refusal  string // the last line
	stranger string // what to do about a signer whom the policy does not name; empty: the command that allows one
}

var (
	// wordsToPusher are for somebody who may never have heard of git-seal, and
	// whose policy it is not.
	wordsToPusher = gateWords{
		refusal:  "refused, all of this push: this server takes only what somebody whom its policy names has signed; how to sign: https://github.com/git-seal/git-seal",
		stranger: "whoever keeps this server's policy can allow this signer",
	}
	wordsToSelf = gateWords{refusal: "nothing was pushed; git push --no-verify pushes it as it is"}
)

// hintToSign is for what has no signature: whoever pushes it may have forgotten
// to sign.
const hintToSign = "sign it and push again: git commit --amend -S signs the last commit, git rebase -f -S BASE all that follow BASE, git tag -s -f a tag"

// gateReport tells whoever pushes what is wrong, and of all else one line.
type gateReport struct {
	*auditing.AuditText
	by    string
	words gateWords
}

func (g *gate) newReport(by string) *gateReport {
	text := &auditing.AuditText{Out: host.NewOutput(g.host.Stdout), Color: g.host.Colors(g.host.Stdout), Omitted: "left out here"}
	return &gateReport{text, by, g.words}
}

// Result says what to do to somebody who pushes.
func (r *gateReport) Result(res *audit.Result) {
	switch {
	case res.Err != nil:
	case res.Verdict == verifier.Unsigned && res.Hint == "":
		res.Hint = hintToSign
	case r.words.stranger != "" && (res.Advice == verifier.AllowSigner):
		res.Hint = r.words.stranger
	}
}

func (r *gateReport) End(a *audit.Report) error {
	r.Out.Printf("git-seal: %s: %s, by %s\n", host.Printable(gatedRefs(a)), gatedVerdicts(a), host.Printable(r.by))
	cutFailures(a)
	r.Failures(a)
	r.Excused(a)
	if a.Partial != "" {
		r.Out.Printf("\npartial: %s; what was not reached is not in this report\n", host.Message(a.Partial))
	}
	if a.ExitCode != host.ExitGood {
		r.Out.Printf("\ngit-seal: %s\n", r.words.refusal)
	}
	return r.Out.Close()
}

// Caps on a report to whoever pushes: it scrolls by on a terminal.
const (
	maxGatedRefs     = 10
	maxGatedFailures = 20 // of each verdict
)

// cutFailures leaves the first failures of each verdict.
func cutFailures(a *audit.Report) {
	seen := map[string]int{}
	a.Failures = slices.DeleteFunc(a.Failures, func(f audit.Failure) bool {
		if seen[f.Verdict]++; seen[f.Verdict] <= maxGatedFailures {
			return false
		}
		a.Omitted[f.Verdict]++
		return true
	})
}

func gatedRefs(a *audit.Report) string {
	var names []string
	for _, ref := range a.Refs {
		if !ref.Excluded {
			names = append(names, ref.Name)
		}
	}
	if more := len(names) - maxGatedRefs; more > 1 {
		names = append(names[:maxGatedRefs], "and "+auditing.Decimal(more)+" more")
	}
	return strings.Join(names, ", ")
}

func gatedVerdicts(a *audit.Report) string {
	if a.Objects.Total() == 0 {
		return "nothing new"
	}
	return auditing.ObjectsInWords(a.Objects) + ": " + auditing.VerdictsInWords(a.Verdicts)
}
