package policies

import (
	"fmt"
	"strconv"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// namesOf returns the names of trusted roots.
func namesOf(roots []*trust.Root) []string {
	names := []string{}
	for _, r := range roots {
		names = append(names, r.Name)
	}
	return names
}

// warn prints what people should look at before they rely on a policy.
func warn(h *host.Host, p *policy.Policy, roots []string) {
	for _, w := range p.Warnings(roots) {
		h.Warn("%s", host.Message(warningWords(w)+meant(w)))
	}
}

func warningWords(w policy.Warning) string {
	value := host.Printable(w.Value)
	where := "a revocation"
	if w.Rule != "" {
		where = fmt.Sprintf("the rule %q", w.Rule)
	}
	switch w.Kind {
	case policy.WarnNotASCII:
		return fmt.Sprintf("line %d of the policy has characters that are not ASCII, and may look like others: %s", w.Line, strconv.QuoteToASCII(w.Value))
	case policy.WarnEscaped:
		return fmt.Sprintf("line %d of the policy has characters written as escapes: %s", w.Line, w.Value)
	case policy.WarnRevokedUnknown:
		return fmt.Sprintf("the policy revokes %s, but no rule names this signer", value)
	case policy.WarnIssuer:
		return fmt.Sprintf("%s has the issuer %s, in a form that this provider does not use", where, value)
	case policy.WarnTrust:
		return fmt.Sprintf("%s requires the trusted root %s, but no trusted root here has that name", where, value)
	case policy.WarnForgeWithoutKeys:
		return "the policy has rules for a forge, but names no key of one; add its keys under keys: forge"
	}
	return value
}

// meant asks about what may have been meant.
func meant(w policy.Warning) string {
	near, ok := settings.Nearest(w.Value, w.Candidates)
	switch {
	case w.Certain && len(w.Candidates) == 2:
		return "; did you mean " + host.Printable(w.Candidates[0]) + " or " + host.Printable(w.Candidates[1]) + "?"
	case w.Certain && len(w.Candidates) > 0:
		return "; did you mean " + host.Printable(w.Candidates[0]) + "?"
	case ok:
		return "; did you mean " + host.Printable(near) + "?"
	}
	return ""
}
