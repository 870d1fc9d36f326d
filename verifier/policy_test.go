package verifier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier"
)

const goodPolicy = `# who may sign here
version: 1

identities:
  # the maintainer
  - name: Ana
    subject: ana@example.com   # work address
    issuer: https://accounts.example.com
  - name: "release workflow"
    subject: "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/heads/main"
    issuer: 'https://token.actions.example.com'

# the end
`

func TestParsePolicyReadsIdentities(t *testing.T) {
	t.Parallel()
	p, err := verifier.ParsePolicy("policy.yaml", []byte(goodPolicy))
	if err != nil {
		t.Fatal(err)
	}
	want := []verifier.PolicyIdentity{
		{Name: "Ana", Subject: "ana@example.com", Issuer: "https://accounts.example.com"},
		{Name: "release workflow", Subject: "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/heads/main", Issuer: "https://token.actions.example.com"},
	}
	got := p.Identities()
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("identities = %+v, want %+v", got, want)
	}
	if p.Source() != "policy.yaml" || string(p.Text()) != goodPolicy {
		t.Errorf("source %q, text %q", p.Source(), p.Text())
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	const ana = "  - name: Ana\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n"
	for _, tt := range []struct {
		name, text   string
		line, column int
		why, hint    string
	}{
		{"nothing", "", 0, 0, "empty", ""},
		{"comments alone", "# nobody\n", 0, 0, "empty", ""},
		{"text", "hello\n", 1, 1, "a mapping is expected", ""},
		{"no version", "identities:\n" + ana, 1, 1, `"version" is missing`, ""},
		{"version 2", "version: 2\nidentities:\n" + ana, 1, 10, `version is "2"`, "version: 1"},
		{"version in quotes", "version: \"1\"\nidentities:\n" + ana, 1, 10, `version is "1"`, "version: 1"},
		{"version in hex", "version: 0x1\nidentities:\n" + ana, 1, 10, `version is "0x1"`, "version: 1"},
		{"no identities", "version: 1\n", 1, 1, `"identities" is missing`, ""},
		{"empty identities", "version: 1\nidentities: []\n", 2, 13, "identities is empty", "at least one"},
		{"null identities", "version: 1\nidentities:\n", 2, 12, "a list is expected", ""},
		{"unknown key", "version: 1\nidentities:\n" + ana + "revoked: []\n", 6, 1, `unknown key "revoked"`, "version, identities"},
		{"unknown key of an identity", "version: 1\nidentities:\n" + ana + "    until: 2026-03-01T00:00:00Z\n", 6, 5, `unknown key "until"`, "name, subject, issuer"},
		{"duplicate key", "version: 1\nversion: 1\nidentities:\n" + ana, 2, 1, "second time", ""},
		{"duplicate key of an identity", "version: 1\nidentities:\n" + ana + "    name: Ana\n", 6, 5, "second time", ""},
		{"missing key of an identity", "version: 1\nidentities:\n  - name: Ana\n    subject: ana@example.com\n", 3, 5, `"issuer" is missing`, ""},
		{"duplicate name", "version: 1\nidentities:\n" + ana + strings.Replace(ana, "ana@", "bob@", 1), 6, 5, `name "Ana"`, ""},
		{"duplicate signer, in capitals", "version: 1\nidentities:\n" + ana + strings.NewReplacer("Ana", "Bob", "ana@", "ANA@").Replace(ana), 6, 5, `"ANA@example.com" stands here`, ""},
		{"an alias that was meant as a pattern", "version: 1\nidentities:\n  - name: Ana\n    subject: *@example.org\n    issuer: https://accounts.example.com\n", 4, 14, "", `"*@example.org"`},
		{"an alias", "version: 1\nidentities:\n  - name: &a Ana\n    subject: *a\n    issuer: https://accounts.example.com\n", 3, 11, "anchor", "quote"},
		{"an anchor", "version: 1\nidentities: &all\n" + ana, 2, 13, "anchor", ""},
		{"a tag", "version: 1\nidentities:\n  - name: !!str Ana\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n", 3, 11, "tag", ""},
		{"a merge key", "version: 1\nidentities:\n" + ana + "  - <<: {name: Bob}\n    subject: bob@example.com\n    issuer: https://accounts.example.com\n", 6, 5, `unknown key "<<"`, ""},
		{"two documents", "version: 1\nidentities:\n" + ana + "---\nversion: 1\n", 6, 1, "second document", "---"},
		{"a pattern in quotes", "version: 1\nidentities:\n  - name: Ana\n    subject: \"*@example.org\"\n    issuer: https://accounts.example.com\n", 4, 14, "patterns", ""},
		{"a name that YAML reads as a number", "version: 1\nidentities:\n  - name: 007\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n", 3, 11, "not text", `"007"`},
		{"a name that YAML reads as null", "version: 1\nidentities:\n  - name: ~\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n", 3, 11, "not text", ""},
		{"an empty subject", "version: 1\nidentities:\n  - name: Ana\n    subject: \"\"\n    issuer: https://accounts.example.com\n", 4, 14, "subject: empty", ""},
		{"a space before the subject", "version: 1\nidentities:\n  - name: Ana\n    subject: \" ana@example.com\"\n    issuer: https://accounts.example.com\n", 4, 14, "space", ""},
		{"a newline in the name", "version: 1\nidentities:\n  - name: \"A\\nB\"\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n", 3, 11, "control character", ""},
		{"an issuer without scheme", "version: 1\nidentities:\n  - name: Ana\n    subject: ana@example.com\n    issuer: accounts.example.com\n", 5, 13, "not a URL", ""},
		{"a list as subject", "version: 1\nidentities:\n  - name: Ana\n    subject: [ana@example.com]\n    issuer: https://accounts.example.com\n", 4, 14, "a value is expected", ""},
		{"a tab for indentation", "version: 1\nidentities:\n\t- name: Ana\n", 3, 1, "", ""},
		{"too long", "version: 1\n" + strings.Repeat("#", 1<<20), 0, 0, "at most", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := verifier.ParsePolicy("policy.yaml", []byte(tt.text))
			var at *verifier.PolicyError
			if !errors.As(err, &at) {
				t.Fatalf("error = %v, want a *PolicyError", err)
			}
			if at.Line != tt.line || at.Column != tt.column || !strings.Contains(at.Err.Error(), tt.why) || !strings.Contains(at.Hint, tt.hint) {
				t.Errorf("line %d, column %d: %v (hint: %q)\nwant line %d, column %d: %q (hint: %q)", at.Line, at.Column, at.Err, at.Hint, tt.line, tt.column, tt.why, tt.hint)
			}
			if at.Source != "policy.yaml" {
				t.Errorf("source = %q", at.Source)
			}
		})
	}
}

func TestPolicyAllows(t *testing.T) {
	t.Parallel()
	p, err := verifier.ParsePolicy("policy.yaml", []byte(goodPolicy))
	if err != nil {
		t.Fatal(err)
	}
	workflow := p.Identities()[1]
	for _, tt := range []struct {
		name string
		id   verifier.CertificateIdentity
		rule string
	}{
		{"e-mail", verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://accounts.example.com", Kind: verifier.Email}, "Ana"},
		{"e-mail in capitals", verifier.CertificateIdentity{SubjectAlternativeName: "ANA@Example.COM", Issuer: "https://accounts.example.com", Kind: verifier.Email}, "Ana"},
		{"other issuer", verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://accounts.example.org", Kind: verifier.Email}, ""},
		{"issuer with a slash", verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://accounts.example.com/", Kind: verifier.Email}, ""},
		{"issuer in capitals", verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: "https://Accounts.example.com", Kind: verifier.Email}, ""},
		{"longer e-mail", verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com.evil.example.org", Issuer: "https://accounts.example.com", Kind: verifier.Email}, ""},
		{"a username in capitals", verifier.CertificateIdentity{SubjectAlternativeName: "ANA@example.com", Issuer: "https://accounts.example.com", Kind: verifier.Username}, ""},
		{"URI", verifier.CertificateIdentity{SubjectAlternativeName: workflow.Subject, Issuer: workflow.Issuer, Kind: verifier.URI}, "release workflow"},
		{"URI in capitals", verifier.CertificateIdentity{SubjectAlternativeName: strings.ToUpper(workflow.Subject), Issuer: workflow.Issuer, Kind: verifier.URI}, ""},
		{"nobody", verifier.CertificateIdentity{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rule := ""
			if allowed := p.Allows(tt.id); allowed != nil {
				rule = allowed.Name
			}
			if rule != tt.rule {
				t.Errorf("allowed by %q, want %q", rule, tt.rule)
			}
		})
	}
}

// Under Unicode's case folding K (the Kelvin sign) is k, and ſ is s.
func TestPolicyFoldsASCIIAlone(t *testing.T) {
	t.Parallel()
	p, err := verifier.NewPolicy("flags", verifier.PolicyIdentity{Name: "Kim", Subject: "kims@example.com", Issuer: "https://accounts.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"\u212aims@example.com", "kim\u017f@example.com"} {
		if p.Allows(verifier.CertificateIdentity{SubjectAlternativeName: address, Issuer: "https://accounts.example.com", Kind: verifier.Email}) != nil {
			t.Errorf("%q passes for kims@example.com", address)
		}
	}
}

func TestPolicyAddKeepsTheText(t *testing.T) {
	t.Parallel()
	bob := verifier.PolicyIdentity{Name: `Bob "the \ builder"`, Subject: "bob@example.com", Issuer: "https://accounts.example.com"}
	const item = "- name: \"Bob \\\"the \\\\ builder\\\"\"\n%[1]s  subject: \"bob@example.com\"\n%[1]s  issuer: \"https://accounts.example.com\"\n"
	for _, tt := range []struct{ name, before, after, indent string }{
		{"comments around", goodPolicy[:strings.Index(goodPolicy, "\n# the end")], goodPolicy[strings.Index(goodPolicy, "\n# the end"):], "  "},
		{"no indentation", "version: 1\nidentities:\n- {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}\n", "", ""},
		{"version last", "identities:\n    - name: Ana\n      issuer: https://accounts.example.com\n      subject: ana@example.com # work\n", "version: 1\n", "    "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := verifier.ParsePolicy("policy.yaml", []byte(tt.before+tt.after))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Add(bob)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.before + tt.indent + strings.ReplaceAll(item, "%[1]s", tt.indent) + tt.after
			if string(got) != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestPolicyAddRefuses(t *testing.T) {
	t.Parallel()
	bob := verifier.PolicyIdentity{Name: "Bob", Subject: "bob@example.com", Issuer: "https://accounts.example.com"}
	for _, tt := range []struct {
		name, text string
		id         verifier.PolicyIdentity
	}{
		{"brackets", "version: 1\nidentities: [{name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}]\n", bob},
		{"known name", strings.Replace(goodPolicy, "Ana", "Bob", 1), bob},
		{"known signer", strings.Replace(goodPolicy, "ana@", "bob@", 1), bob},
		{"control character", goodPolicy, verifier.PolicyIdentity{Name: "Bob", Subject: "bob@example.com\"\n  - name: Eve", Issuer: bob.Issuer}},
		{"empty name", goodPolicy, verifier.PolicyIdentity{Subject: bob.Subject, Issuer: bob.Issuer}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := verifier.ParsePolicy("policy.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if text, err := p.Add(tt.id); err == nil {
				t.Errorf("added:\n%s", text)
			}
		})
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(goodPolicy))
	f.Add([]byte("version: 1\nidentities: [{name: a, subject: b, issuer: https://c}]\n"))
	f.Add([]byte("version: 1\nidentities:\n- name: |\n    a\n  subject: b\n  issuer: https://c"))
	f.Add([]byte("version: 1\nidentities:\n  - name: *a\n"))
	id := verifier.PolicyIdentity{Name: "added by the test", Subject: "added@example.com", Issuer: "https://added.example.com"}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := verifier.ParsePolicy("fuzz", text)
		if err != nil {
			return
		}
		if len(p.Identities()) == 0 {
			t.Fatal("a policy that names nobody")
		}
		again, err := verifier.NewPolicy("again", p.Identities()...)
		if err != nil {
			t.Fatalf("identities of a policy do not make one: %v", err)
		}
		for i, got := range again.Identities() {
			if got != p.Identities()[i] {
				t.Fatalf("%+v became %+v", p.Identities()[i], got)
			}
		}
		added, err := p.Add(id)
		if err != nil {
			return
		}
		after, err := verifier.ParsePolicy("fuzz", added)
		if err != nil || len(after.Identities()) != len(p.Identities())+1 {
			t.Fatalf("Add made %q of %q: %v", added, text, err)
		}
	})
}
