package main

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

func (h *host) policyCheckCommand() *cobra.Command {
	format := formatText
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say in words what a policy allows",
		Long: `Say in words what the policy in FILE allows, or where it is wrong. Without FILE it
is the policy that the settings name or, where they name none, the file
.git-seal/policy.yaml of the work tree.`,
		Args: atMostOneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, from, err := h.policyToCheck(cmd.Context(), givenSettings(cmd), args)
			if err != nil {
				return asFailure(err, exitNotGood).withCode(exitNotGood)
			}
			out := newOutput(h.stdout)
			if format == formatJSON {
				out.json(newJSONCheck(p, from))
			} else {
				out.printf("policy: %s (%s), sha256:%x\n\n", printable(p.Source()), printable(from), p.Digest())
				for _, line := range p.Describe() {
					out.printf("%s\n", message(line))
				}
			}
			return out.close()
		},
	}
	addFormat(cmd, &format)
	addSettings(cmd, judging)
	return cmd
}

// policyToCheck reads the policy that is asked about, and says where it is
// named.
func (h *host) policyToCheck(ctx context.Context, flags map[string][]string, args []string) (*verifier.Policy, string, error) {
	if len(args) > 0 {
		v := value{Text: h.abs(args[0]), Source: "the command line", Flag: true}
		p, err := loadPolicyWithKeys(v)
		return p, v.Source, err
	}
	repo := git.New(h.gitOptions())
	defer repo.Close()
	vals, config, err := h.readSettings(ctx, repo, flags, judging)
	if err != nil {
		return nil, "", err
	}
	var j judge
	if err := j.readPolicy(ctx, vals, config, repo, h.workTrees(config), nil); err != nil {
		return nil, "", err
	}
	if j.policy == nil {
		return h.policyInWorkTree(ctx)
	}
	if err := j.readKeys(); err != nil {
		return nil, "", err
	}
	h.warnOfRoots(j.policy, vals, config)
	return j.policy, j.policyFrom, nil
}

// policyInWorkTree reads the file that would count once it is committed and
// pinned.
func (h *host) policyInWorkTree(ctx context.Context) (*verifier.Policy, string, error) {
	repo, err := git.Open(ctx, h.gitOptions())
	if err != nil {
		return nil, "", errNoPolicy()
	}
	defer repo.Close()
	if repo.WorkTree() == "" {
		return nil, "", errNoPolicy()
	}
	v := value{Text: filepath.Join(repo.WorkTree(), filepath.FromSlash(policyPath)), Source: "the work tree; no setting names it", Flag: true}
	p, err := loadPolicyWithKeys(v)
	return p, v.Source, err
}

// loadPolicyWithKeys reads a policy, wherever it lies, and its key files.
func loadPolicyWithKeys(v value) (*verifier.Policy, error) {
	p, err := loadPolicy(v, nil)
	if err != nil {
		return nil, err
	}
	return p, p.ReadKeys(keyFilesBeside(v, nil))
}

func errNoPolicy() *failure {
	return fail(exitNotGood, "no policy").withHint("git seal policy allow REV starts one with the signer of REV; git seal policy init with all who have signed")
}

// warnOfRoots tells of identities that no signature can match here.
func (h *host) warnOfRoots(p *verifier.Policy, vals values, config *git.Config) {
	roots, err := h.trustedRoots(vals, h.workTrees(config))
	if err != nil {
		return // what is asked about is the policy
	}
	var names []string
	for _, r := range roots {
		names = append(names, r.Name)
	}
	for _, id := range p.Identities() {
		if id.Trust != "" && !slices.Contains(names, id.Trust) {
			h.warn("%q is for the trusted root %s, and none here has that name", id.Name, id.Trust)
		}
	}
}

type jsonCheckedPolicy struct {
	Version    int              `json:"version"`
	Policy     jsonPolicy       `json:"policy"`
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
	OpenPGP []jsonOpenPGPFile `json:"openpgp,omitempty"`
	SSH     string            `json:"ssh,omitempty"`
	Forge   *jsonKeys         `json:"forge,omitempty"`
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

// newJSONKeys is nil where no key file is named.
func newJSONKeys(k verifier.PolicyKeys, forge *jsonKeys) *jsonKeys {
	keys := jsonKeys{SSH: k.SSH, Forge: forge}
	for _, f := range k.OpenPGP {
		keys.OpenPGP = append(keys.OpenPGP, jsonOpenPGPFile{f.Name, f.Committers})
	}
	if keys.OpenPGP == nil && keys.SSH == "" && forge == nil {
		return nil
	}
	return &keys
}

func newJSONHistory(h verifier.History) jsonHistory {
	history := jsonHistory{After: h.After, jsonHistoryRules: newJSONHistoryRules(h.HistoryRules)}
	for _, e := range h.Exempt {
		history.Exempt = append(history.Exempt, jsonExemption{e.Commit, e.Reason})
	}
	for _, r := range h.Refs {
		history.Refs = append(history.Refs, jsonRefRules{r.Patterns, newJSONHistoryRules(r.HistoryRules)})
	}
	return history
}

func newJSONHistoryRules(r verifier.HistoryRules) jsonHistoryRules {
	word := map[bool]string{true: "allow", false: "deny"}
	return jsonHistoryRules{word[r.Unsigned], map[string]string{"merge": word[r.Merge], "squash": word[r.Squash], "edit": word[r.Edit]}}
}

func newJSONPolicy(p *verifier.Policy, from string) jsonPolicy {
	digest := p.Digest()
	policy := jsonPolicy{Source: p.Source(), From: from, SHA256: hex.EncodeToString(digest[:])}
	for _, k := range p.KeyFiles() {
		policy.Keys = append(policy.Keys, jsonKeyFile{k.Name, hex.EncodeToString(k.SHA256[:])})
	}
	return policy
}

func newJSONCheck(p *verifier.Policy, from string) jsonCheckedPolicy {
	c := jsonCheckedPolicy{Version: jsonVersion, Policy: newJSONPolicy(p, from), Revoked: []jsonRevocation{}, Words: p.Describe()}
	for _, e := range p.Require() {
		c.Require = append(c.Require, string(e))
	}
	for _, id := range p.Identities() {
		c.Identities = append(c.Identities, jsonIdentity{id.Name, id.Subject, id.Issuer, id.Committers, known(id.From), known(id.Until), id.Extensions, id.Tags, id.Trust})
	}
	c.Keys = newJSONKeys(p.Keys(), newJSONKeys(p.ForgeKeys(), nil))
	c.History = newJSONHistory(p.History())
	for _, r := range p.Revocations() {
		c.Revoked = append(c.Revoked, jsonRevocation{r.Subject, r.Issuer, known(r.From), known(r.Until), r.Reason})
	}
	return c
}
