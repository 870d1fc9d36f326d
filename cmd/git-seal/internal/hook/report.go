package hook

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report"
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

// newReport returns the report to someone who pushes, by the policy that people
// know as by.
func (g *gate) newReport(by string) report.Writer {
	return report.NewPush(g.host.Stdout, by, g.words.refusal, g.host.Colors(g.host.Stdout))
}

// hint words what to do for someone who pushes, whose policy it may not be.
func (g *gate) hint(r *audit.Result) string {
	switch {
	case r.Verdict == verifier.Unsigned && r.Advice == verifier.NoAdvice && r.Hint == "":
		return hintToSign
	case r.Advice == verifier.AllowSigner && r.Hint == "" && g.words.stranger != "":
		return g.words.stranger
	case r.Advice == verifier.AllowSigner && r.MergedBy != "":
		return r.Advice.String()
	}
	return judging.HintOf(r.Result, r.ID)
}
