package main

import (
	"strings"

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
	*auditText
	by    string
	words gateWords
}

func (g *gate) newReport(by string) *gateReport {
	return &gateReport{&auditText{out: newOutput(g.host.stdout), color: g.host.colors(g.host.stdout)}, by, g.words}
}

// result says what to do to somebody who pushes.
func (r *gateReport) result(res *audit.Result) {
	switch {
	case res.Err != nil:
	case res.Verdict == verifier.Unsigned && res.Hint == "":
		res.Hint = hintToSign
	case r.words.stranger != "" && (res.Hint == hintToAllow(res.ID) || res.Hint == verifier.HintToAllow):
		res.Hint = r.words.stranger
	}
}

func (r *gateReport) end(a *audit.Report) error {
	r.out.printf("git-seal: %s: %s, by %s\n", printable(gatedRefs(a)), gatedVerdicts(a), printable(r.by))
	r.failures(a)
	r.excused(a)
	r.foot(a)
	if a.ExitCode != exitGood {
		r.out.printf("\ngit-seal: %s\n", r.words.refusal)
	}
	return r.out.close()
}

// maxGatedRefs bounds the refs in a report to whoever pushes them.
const maxGatedRefs = 10

func gatedRefs(a *audit.Report) string {
	var names []string
	for _, ref := range a.Refs {
		if !ref.Excluded {
			names = append(names, ref.Name)
		}
	}
	if more := len(names) - maxGatedRefs; more > 1 {
		names = append(names[:maxGatedRefs], "and "+decimal(more)+" more")
	}
	return strings.Join(names, ", ")
}

func gatedVerdicts(a *audit.Report) string {
	if a.Objects.Total() == 0 {
		return "nothing new"
	}
	return objectsInWords(a.Objects) + ": " + verdictsInWords(a.Verdicts)
}
