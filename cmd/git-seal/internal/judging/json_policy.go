package judging

import (
	"time"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/display"
	"github.com/git-seal/git-seal/verifier/policy"
)

type jsonCheckedPolicy struct {
	Version    int              `json:"version"`
	Policy     *audit.Policy    `json:"policy"`
	Require    []string         `json:"require"`
	Identities []jsonIdentity   `json:"identities"`
	Revoked    []jsonRevocation `json:"revoked"`
	Keys       *jsonKeys        `json:"keys,omitempty"`
	History    jsonHistory      `json:"history"`
	Words      []string         `json:"words"`
}

type jsonIdentity struct {
	Name       string            `json:"name"`
	Subject    string            `json:"subject"`
	Issuer     string            `json:"issuer"`
	Committers []string          `json:"committers,omitempty"`
	From       *time.Time        `json:"from,omitempty"`
	Until      *time.Time        `json:"until,omitempty"`
	Extensions map[string]string `json:"extensions,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	Trust      string            `json:"trust,omitempty"`
}

type jsonRevocation struct {
	Subject string     `json:"subject"`
	Issuer  string     `json:"issuer"`
	From    *time.Time `json:"from,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Reason  string     `json:"reason,omitempty"`
}

type jsonKeys struct {
	OpenPGP       []jsonOpenPGPFile   `json:"openpgp,omitempty"`
	SSH           string              `json:"ssh,omitempty"`
	SSHTouch      string              `json:"sshTouch,omitempty"` // required
	SSHCommitters map[string][]string `json:"sshCommitters,omitempty"`
	Forge         *jsonKeys           `json:"forge,omitempty"`
}

type jsonOpenPGPFile struct {
	File       string   `json:"file"`
	Committers []string `json:"committers,omitempty"`
}

type jsonHistory struct {
	After  []string        `json:"after,omitempty"`
	Exempt []jsonExemption `json:"exempt,omitempty"`
	jsonHistoryRules
	Refs []jsonRefRules `json:"refs,omitempty"`
}

type jsonExemption struct {
	Commit string `json:"commit"`
	Reason string `json:"reason"`
}

type jsonHistoryRules struct {
	Unsigned string            `json:"unsigned"` // allow or deny
	Forge    map[string]string `json:"forge"`
}

type jsonRefRules struct {
	Refs []string `json:"refs"`
	jsonHistoryRules
}

// newJSONKeys returns nil if no key file is named.
func newJSONKeys(k policy.Keys, forge *jsonKeys) *jsonKeys {
	keys := jsonKeys{SSH: k.SSH.Name, SSHCommitters: k.SSH.Committers, Forge: forge}
	if k.SSH.TouchRequired {
		keys.SSHTouch = "required"
	}
	for _, f := range k.OpenPGP {
		keys.OpenPGP = append(keys.OpenPGP, jsonOpenPGPFile{f.Name, f.Committers})
	}
	if keys.OpenPGP == nil && keys.SSH == "" && forge == nil {
		return nil
	}
	return &keys
}

func newJSONHistory(h policy.History) jsonHistory {
	history := jsonHistory{After: h.After, jsonHistoryRules: newJSONHistoryRules(h.HistoryRules)}
	for _, e := range h.Exempt {
		history.Exempt = append(history.Exempt, jsonExemption{e.Commit, e.Reason})
	}
	for _, r := range h.Refs {
		history.Refs = append(history.Refs, jsonRefRules{r.Patterns, newJSONHistoryRules(r.HistoryRules)})
	}
	return history
}

func newJSONHistoryRules(r policy.HistoryRules) jsonHistoryRules {
	word := map[bool]string{true: "allow", false: "deny"}
	return jsonHistoryRules{word[r.Unsigned], map[string]string{"merge": word[r.Merge], "squash": word[r.Squash], "edit": word[r.Edit]}}
}

func NewJSONCheck(p *policy.Policy, from string) jsonCheckedPolicy {
	c := jsonCheckedPolicy{Version: display.JSONVersion, Policy: audit.DescribePolicy(p, from), Revoked: []jsonRevocation{}, Words: p.Describe()}
	for _, e := range p.Require() {
		c.Require = append(c.Require, string(e))
	}
	for _, id := range p.Identities() {
		c.Identities = append(c.Identities, jsonIdentity{id.Name, id.Subject, id.Issuer, id.Committers, report.Known(id.From), report.Known(id.Until), id.Extensions, id.Tags, id.Trust})
	}
	c.Keys = newJSONKeys(p.Keys(), newJSONKeys(p.ForgeKeys(), nil))
	c.History = newJSONHistory(p.History())
	for _, r := range p.Revocations() {
		c.Revoked = append(c.Revoked, jsonRevocation{r.Subject, r.Issuer, report.Known(r.From), report.Known(r.Until), r.Reason})
	}
	return c
}
