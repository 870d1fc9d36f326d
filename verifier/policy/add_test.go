package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

func TestPolicyAddKeepsTheText(t *testing.T) {
	t.Parallel()
	bob := policy.Identity{
		Name: `Bob "the \ builder"`, Subject: "bob@example.com", Issuer: policytest.Accounts,
		Committers: []string{"b@example.net"}, Until: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Trust: "acme",
		Extensions: map[string]string{"token-subject": "b", "build-trigger": "push"}, Tags: []string{"v1", "v2"},
	}
	const item = `- name: "Bob \"the \\ builder\""
%  subject: "bob@example.com"
%  issuer: "https://accounts.example.com"
%  committers: ["b@example.net"]
%  until: 2026-03-01T00:00:00Z
%  extensions: {build-trigger: "push", token-subject: "b"}
%  tags: ["v1", "v2"]
%  trust: "acme"
`
	before, after, _ := strings.Cut(policytest.Full, "\nrevoked:")
	for _, tt := range []struct{ name, before, after, indent string }{
		{"comments around", before, "\nrevoked:" + after, "  "},
		{"no indentation", "version: 1\nidentities:\n- {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}\n", "", ""},
		{"version last", "identities:\n    - name: Ana\n      issuer: https://accounts.example.com\n      subject: ana@example.com # work\n", "version: 1\n", "    "},
		{"comment at the end", policytest.One(""), "  # that is all\n", "  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := policytest.Parse(t, tt.before+tt.after).Add(bob)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.before + tt.indent + strings.ReplaceAll(item, "%", tt.indent) + tt.after
			if string(got) != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			crlf, err := policytest.Parse(t, strings.ReplaceAll(tt.before+tt.after, "\n", "\r\n")).Add(bob)
			if err != nil || string(crlf) != strings.ReplaceAll(want, "\n", "\r\n") {
				t.Errorf("with CRLF: %v\n%q", err, crlf)
			}
		})
	}
	got, err := policytest.Parse(t, strings.TrimSuffix(policytest.One(""), "\n")).Add(policy.Identity{Name: "b", Subject: "b@example.com", Issuer: policytest.Accounts})
	if want := policytest.One("") + "  - name: \"b\"\n    subject: \"b@example.com\"\n    issuer: \"https://accounts.example.com\"\n"; err != nil || string(got) != want {
		t.Errorf("without a final newline: %v\n%s", err, got)
	}
}

func TestPolicyAddRefuses(t *testing.T) {
	t.Parallel()
	bob := policy.Identity{Name: "Bob", Subject: "bob@example.com", Issuer: policytest.Accounts}
	flags, err := policy.New("flags", bob)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := flags.Add(policy.Identity{Name: "Eve", Subject: "eve@example.com", Issuer: policytest.Accounts}); err == nil {
		t.Errorf("added to flags:\n%s", text)
	}
	for _, tt := range []struct {
		name, text string
		id         policy.Identity
	}{
		{"brackets", "version: 1\nidentities: [{name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}]\n", bob},
		{"brackets over several lines", "version: 1\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com\n    }\n", bob},
		{"known name", strings.Replace(policytest.One(""), "Ana", "Bob", 1), bob},
		{"known signer", strings.Replace(policytest.One(""), "ana@", "bob@", 1), policy.Identity{Name: "Bobby", Subject: bob.Subject, Issuer: bob.Issuer}},
		{"control character", policytest.One(""), policy.Identity{Name: "Bob", Subject: "bob@example.com\"\n  - name: Eve", Issuer: policytest.Accounts}},
		{"empty name", policytest.One(""), policy.Identity{Subject: bob.Subject, Issuer: bob.Issuer}},
		{"a certificate's name that would be a pattern", policytest.One(""), policy.Identity{Name: "Bob", Subject: "*@example.com", Issuer: policytest.Accounts}},
		{"a tag that would be a pattern", policytest.One(""), policy.Identity{Name: "Bob", Subject: bob.Subject, Issuer: policytest.Accounts, Tags: []string{"v*"}}},
		{"a regular expression", policytest.One(""), policy.Identity{Name: "Bob", Subject: bob.Subject, SubjectRegexp: "bob", Issuer: policytest.Accounts}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if text, err := policytest.Parse(t, tt.text).Add(tt.id); err == nil {
				t.Errorf("added:\n%s", text)
			}
		})
	}
	if text, err := policy.Text(policy.Identity{Name: "*", Subject: "*@example.com", Issuer: policytest.Accounts}); err == nil {
		t.Errorf("written:\n%s", text)
	}
	if text, err := policy.Text(); err == nil {
		t.Errorf("written for nobody:\n%s", text)
	}
}
