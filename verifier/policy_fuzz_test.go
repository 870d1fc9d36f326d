package verifier_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

// oracle is a pattern of a policy as a regular expression.
func oracle(pattern string, fold bool) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*\*`, `(?s:.*)`)
	quoted = strings.ReplaceAll(quoted, `\*`, `[^/@]*`)
	if fold {
		// Not (?i), which folds more than ASCII.
		quoted = regexp.MustCompile(`[A-Za-z]`).ReplaceAllStringFunc(quoted, func(s string) string {
			return "[" + strings.ToUpper(s) + strings.ToLower(s) + "]"
		})
		quoted = strings.ReplaceAll(quoted, `(?[Ss]:.*)`, `(?s:.*)`)
	}
	return regexp.MustCompile(`\A` + quoted + `\z`)
}

// FuzzPolicy holds: reading a policy never panics; what can be read can be
// described, and reads the same again; it never allows whom none of its
// identities names; and what Add makes of it can be read.
func FuzzPolicy(f *testing.F) {
	for _, text := range []string{
		policytest.Full, policytest.One(""),
		policytest.One("from: 2020-01-01T00:00:00Z", "committers: [bob@example.com]", `tags: ["v*"]`),
		strings.Replace(policytest.One(""), "ana@example.com", `"*@*.example.com"`, 1),
		strings.Replace(policytest.One(""), "ana@example.com", `"https://forge.example.com/a/**/c@*"`, 1),
		"version: 1\nidentities: [{name: a, subject: b, issuer: https://c}]\n",
		"version: 1\nidentities:\n- name: |\n    a\n  subject: b\n  issuer: https://c",
		"version: 1\nidentities:\n  - name: *a\n",
		policytest.One("") + "keys: []\n",
	} {
		f.Add([]byte(text), "ana@example.com", policytest.Accounts, 1, "ana@example.com", "v1")
	}
	f.Add([]byte(strings.Replace(policytest.One(""), "ana@example.com", `"https://forge.example.com/a/**/c@*"`, 1)), "https://forge.example.com/a/b/c@d", policytest.Accounts, 2, "", "v1")
	f.Fuzz(func(t *testing.T, text []byte, subject, issuer string, kind int, committer, tag string) {
		p, err := policy.Parse("fuzz", text)
		if err != nil {
			if p != nil {
				t.Fatal("a policy beside an error")
			}
			return
		}
		ids := p.Identities()
		if len(ids) == 0 || len(p.Describe()) <= len(ids) || len(p.Require()) == 0 {
			t.Fatalf("%d identities, described as %q", len(ids), p.Describe())
		}
		again, err := policy.Parse("fuzz", p.Text())
		if err != nil || len(p.Diff(again)) != 0 || len(again.Diff(p)) != 0 {
			t.Fatalf("read again: %v", err)
		}

		r := proven()
		r.Identity = fulcio.CertificateIdentity{SubjectAlternativeName: subject, Issuer: issuer, Kind: fulcio.NameKind(kind)}
		object := policy.Object{Type: policy.Tag, Committer: committer, TagName: tag}
		x := verifier.Explain(p, r, object)
		named := slices.ContainsFunc(ids, func(id policy.Identity) bool {
			return id.Issuer == issuer && oracle(id.Subject, r.Identity.Kind == fulcio.Email).MatchString(subject)
		})
		if x.Verdict == verifier.Good && !named {
			t.Fatalf("%q (%s) is allowed by %q, and no identity names it", subject, issuer, x.Rule)
		}

		id := policy.Identity{Name: "added by the test", Subject: "added@example.com", Issuer: "https://added.example.com", Committers: []string{"a@example.com"}}
		added, err := p.Add(id)
		if err != nil {
			return
		}
		after, err := policy.Parse("fuzz", added)
		if err != nil || len(after.Identities()) != len(ids)+1 || !strings.HasPrefix(strings.Join(p.Diff(after), "\n"), "allows added by the test, ") {
			t.Fatalf("Add made %q of %q: %v", added, text, err)
		}
	})
}
