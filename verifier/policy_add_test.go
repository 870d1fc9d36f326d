package verifier_test

import (
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier"
)

func TestPolicyAddKeepsTheText(t *testing.T) {
	t.Parallel()
	bob := verifier.PolicyIdentity{
		Name: `Bob "the \ builder"`, Subject: "bob@example.com", Issuer: accounts,
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
	before, after, _ := strings.Cut(goodPolicy, "\nrevoked:")
	for _, tt := range []struct{ name, before, after, indent string }{
		{"comments around", before, "\nrevoked:" + after, "  "},
		{"no indentation", "version: 1\nidentities:\n- {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}\n", "", ""},
		{"version last", "identities:\n    - name: Ana\n      issuer: https://accounts.example.com\n      subject: ana@example.com # work\n", "version: 1\n", "    "},
		{"comment at the end", onePolicy(""), "  # that is all\n", "  "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parsePolicy(t, tt.before+tt.after).Add(bob)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.before + tt.indent + strings.ReplaceAll(item, "%", tt.indent) + tt.after
			if string(got) != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			crlf, err := parsePolicy(t, strings.ReplaceAll(tt.before+tt.after, "\n", "\r\n")).Add(bob)
			if err != nil || string(crlf) != strings.ReplaceAll(want, "\n", "\r\n") {
				t.Errorf("with CRLF: %v\n%q", err, crlf)
			}
		})
	}
	got, err := parsePolicy(t, strings.TrimSuffix(onePolicy(""), "\n")).Add(verifier.PolicyIdentity{Name: "b", Subject: "b@example.com", Issuer: accounts})
	if want := onePolicy("") + "  - name: \"b\"\n    subject: \"b@example.com\"\n    issuer: \"https://accounts.example.com\"\n"; err != nil || string(got) != want {
		t.Errorf("without a final newline: %v\n%s", err, got)
	}
}

func TestPolicyAddRefuses(t *testing.T) {
	t.Parallel()
	bob := verifier.PolicyIdentity{Name: "Bob", Subject: "bob@example.com", Issuer: accounts}
	flags, err := verifier.NewPolicy("flags", bob)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := flags.Add(verifier.PolicyIdentity{Name: "Eve", Subject: "eve@example.com", Issuer: accounts}); err == nil {
		t.Errorf("added to flags:\n%s", text)
	}
	for _, tt := range []struct {
		name, text string
		id         verifier.PolicyIdentity
	}{
		{"brackets", "version: 1\nidentities: [{name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}]\n", bob},
		{"brackets over several lines", "version: 1\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com\n    }\n", bob},
		{"known name", strings.Replace(onePolicy(""), "Ana", "Bob", 1), bob},
		{"known signer", strings.Replace(onePolicy(""), "ana@", "bob@", 1), verifier.PolicyIdentity{Name: "Bobby", Subject: bob.Subject, Issuer: bob.Issuer}},
		{"control character", onePolicy(""), verifier.PolicyIdentity{Name: "Bob", Subject: "bob@example.com\"\n  - name: Eve", Issuer: accounts}},
		{"empty name", onePolicy(""), verifier.PolicyIdentity{Subject: bob.Subject, Issuer: bob.Issuer}},
		{"a certificate's name that would be a pattern", onePolicy(""), verifier.PolicyIdentity{Name: "Bob", Subject: "*@example.com", Issuer: accounts}},
		{"a tag that would be a pattern", onePolicy(""), verifier.PolicyIdentity{Name: "Bob", Subject: bob.Subject, Issuer: accounts, Tags: []string{"v*"}}},
		{"a regular expression", onePolicy(""), verifier.PolicyIdentity{Name: "Bob", Subject: bob.Subject, SubjectRegexp: "bob", Issuer: accounts}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if text, err := parsePolicy(t, tt.text).Add(tt.id); err == nil {
				t.Errorf("added:\n%s", text)
			}
		})
	}
	if text, err := verifier.PolicyText(verifier.PolicyIdentity{Name: "*", Subject: "*@example.com", Issuer: accounts}); err == nil {
		t.Errorf("written:\n%s", text)
	}
	if text, err := verifier.PolicyText(); err == nil {
		t.Errorf("written for nobody:\n%s", text)
	}
}
