package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/policy"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	const alice = `  - {name: Alice, subject: alice@example.com, issuer: "https://accounts.example.com"}` + "\n"
	for _, tt := range []struct {
		name, text string
		want       []policy.Warning // Kind, Line, Rule and Value
		candidate  string           // of the first one
	}{
		{"nothing", alice, nil, ""},
		{"a zero-width character in a comment", "  # see\u200b below\n" + alice, []policy.Warning{{Kind: policy.WarnNotASCII, Line: 3, Value: "\u200b"}}, ""},
		{"tag characters in a comment", "  # see \U000e0041\U000e0042\n" + alice, []policy.Warning{{Kind: policy.WarnNotASCII, Line: 3, Value: "\U000e0041\U000e0042"}}, ""},
		{"a look-alike letter in a subject", strings.Replace(alice, "alice@", "\u0430lice@", 1), []policy.Warning{{Kind: policy.WarnNotASCII, Line: 3, Value: "\u0430"}}, ""},
		{"an escape in a subject", strings.Replace(alice, "alice@example.com", `"\x61lice@example.com"`, 1), []policy.Warning{{Kind: policy.WarnEscaped, Line: 3, Value: `\x61`}}, ""},
		{"a revocation of no one", alice + `revoked: [{subject: alicia@example.com, issuer: "https://accounts.example.com"}]`,
			[]policy.Warning{{Kind: policy.WarnRevokedUnknown, Value: "alicia@example.com"}}, "alice@example.com"},
		{"a revocation by another issuer", alice + `revoked: [{subject: alice@example.com, issuer: "https://login.example.com"}]`,
			[]policy.Warning{{Kind: policy.WarnRevokedUnknown, Value: "alice@example.com"}}, "alice@example.com (https://accounts.example.com)"},
		{"a revocation in other case", alice + `revoked: [{subject: ALICE@example.com, issuer: "https://accounts.example.com"}]`, nil, ""},
		{"a revocation by a pattern", alice + `revoked: [{subject: "*@example.com", issuer: "https://accounts.example.com"}]`, nil, ""},
		{"an issuer with a slash", strings.Replace(alice, `.com"}`, `.com/"}`, 1), []policy.Warning{{Kind: policy.WarnIssuer, Rule: "Alice", Value: "https://accounts.example.com/"}}, "https://accounts.example.com"},
		{"a provider's home page", strings.Replace(alice, "accounts.example.com", "github.com", 1), []policy.Warning{{Kind: policy.WarnIssuer, Rule: "Alice", Value: "https://github.com"}}, "https://github.com/login/oauth"},
		{"a provider's issuer", strings.Replace(alice, "accounts.example.com", "github.com/login/oauth", 1), nil, ""},
		{"a provider's issuer with a slash", strings.Replace(alice, "accounts.example.com", "github.com/login/oauth/", 1), []policy.Warning{{Kind: policy.WarnIssuer, Rule: "Alice", Value: "https://github.com/login/oauth/"}}, "https://github.com/login/oauth"},
		{"an organization's issuer", strings.Replace(alice, "accounts.example.com", "gitlab.com/oauth/org", 1), nil, ""},
		{"an unknown trusted root", strings.Replace(alice, "}\n", ", trust: acmme}\n", 1), []policy.Warning{{Kind: policy.WarnTrust, Rule: "Alice", Value: "acmme"}}, "acme"},
		{"a known trusted root", strings.Replace(alice, "}\n", ", trust: acme}\n", 1), nil, ""},
		{"a forge without keys", alice + "history: {forge: {squash: allow}}", []policy.Warning{{Kind: policy.WarnForgeWithoutKeys}}, ""},
		{"a forge of some refs without keys", alice + "history: {refs: [{refs: [refs/heads/main], forge: {squash: allow}}]}", []policy.Warning{{Kind: policy.WarnForgeWithoutKeys}}, ""},
		{"a forge with keys", alice + "keys: {forge: {openpgp: [forge.asc]}}\nhistory: {forge: {squash: allow}}", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.Parse("policy", []byte("version: 1\nidentities:\n"+tt.text))
			if err != nil {
				t.Fatal(err)
			}
			got := p.Warnings([]string{"acme"})
			if tt.candidate != "" && (len(got) == 0 || !slices.Contains(got[0].Candidates, tt.candidate)) {
				t.Errorf("%+v: no candidate %s", got, tt.candidate)
			}
			same := func(a, b policy.Warning) bool {
				return a.Kind == b.Kind && a.Line == b.Line && a.Rule == b.Rule && a.Value == b.Value
			}
			if !slices.EqualFunc(got, tt.want, same) {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
