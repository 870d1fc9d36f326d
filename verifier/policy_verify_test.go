package verifier_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestVerifyByPolicyFile lets whole signatures be judged by policies, one
// difference a row from Ana's commit, which is good.
func TestVerifyByPolicyFile(t *testing.T) {
	t.Parallel()
	i := private()
	const workflow = "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/v1"
	byWorkflow := func(cert *x509.Certificate) {
		cert.EmailAddresses = nil
		u, err := url.Parse(workflow)
		if err != nil {
			panic(err)
		}
		cert.URIs = []*url.URL{u}
		value, err := asn1.MarshalWithParams("public", "utf8")
		if err != nil {
			panic(err)
		}
		cert.ExtraExtensions = append(cert.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 22}, Value: value})
	}
	bot := strings.Replace(policytest.One(`extensions: {source-repository-visibility: public}`, `tags: ["v*"]`), "ana@example.com", `"`+strings.Replace(workflow, "v1", "*", 1)+`"`, 1)
	const stolen = "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com, from: 2026-03-01T12:00:01Z, until: 2026-03-01T12:00:02Z, reason: account stolen}]\n"

	for _, tt := range []struct {
		name    string
		policy  string
		signing signing
		object  policy.Object
		want    verifier.Verdict
		why     string
	}{
		{"good", policytest.One(""), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"another committer", policytest.One(""), signing{kind: v1}, policy.Object{Type: policy.Commit, Committer: "bob@example.com"}, verifier.Untrusted, "the committer is"},
		{"until the log took it in", policytest.One("until: 2026-03-01T12:00:01Z"), signing{kind: v1}, anasCommit, verifier.Untrusted, "before 2026-03-01T12:00:01Z"},
		{"until a second later", policytest.One("until: 2026-03-01T12:00:02Z"), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"of two proven times the earlier counts", policytest.One("until: 2026-03-01T12:00:02Z"), signing{kind: v1Stamped}, anasCommit, verifier.Good, ""},
		{"the timestamp's time counts for Rekor v2", policytest.One("until: 2026-03-01T12:00:02Z"), signing{kind: v2Stamped}, anasCommit, verifier.Untrusted, "and this was at 2026-03-01T12:00:02Z"},
		{"Rekor v2 alone satisfies no bound", policytest.One("until: 2100-01-01T00:00:00Z"), signing{kind: v2}, anasCommit, verifier.Unproven, "time is not proven"},
		{"revoked", policytest.One("") + stolen, signing{kind: v1}, anasCommit, verifier.Revoked, "account stolen"},
		{"revoked, signed later", policytest.One("") + stolen, signing{kind: v2Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required", policytest.One("") + "require: [timestamp]\n", signing{kind: v1}, anasCommit, verifier.Unproven, "no timestamp"},
		{"timestamp required and there", policytest.One("") + "require: [timestamp]\n", signing{kind: v1Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, no log", policytest.One("") + "require: [timestamp]\n", signing{kind: stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, nothing there", policytest.One("") + "require: [timestamp]\n", signing{kind: bare}, anasCommit, verifier.Unproven, ""},
		{"both required, no log", policytest.One("") + "require: [log, timestamp]\n", signing{kind: stamped}, anasCommit, verifier.Unproven, "no log entry"},
		{"both required and there", policytest.One("") + "require: [log, timestamp]\n", signing{kind: v2Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, the log entry another's", policytest.One("") + "require: [timestamp]\n", signing{kind: v1Stamped, body: func(b *logBody) { b.digest = make([]byte, 32) }}, anasCommit, verifier.Bad, ""},
		{"the wrong tag by a workflow", bot, signing{kind: v1, leaf: byWorkflow}, policy.Object{Type: policy.Tag, TagName: "nightly"}, verifier.Untrusted, "the tag's name"},
		{"a tag by a workflow", bot, signing{kind: v1, leaf: byWorkflow}, policy.Object{Type: policy.Tag, TagName: "v1"}, verifier.Good, ""},
		{"a private workflow", strings.Replace(bot, ": public", ": private", 1), signing{kind: v1, leaf: byWorkflow}, policy.Object{Type: policy.Tag, TagName: "v1"}, verifier.Untrusted, "source-repository-visibility"},
		{"the trusted root", policytest.One("trust: test"), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"another trusted root", policytest.One("trust: public-good"), signing{kind: v1}, anasCommit, verifier.Untrusted, "trusted root"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := policytest.Parse(t, tt.policy)
			v := newVerifier(t, p, i.root(t), trust.PublicGood())
			tt.signing.payload = payload
			signature := i.sign(t, tt.signing)
			r := v.VerifyObject(tt.object, payload, signature)
			if r.Verdict != tt.want || !strings.Contains(r.Reason, tt.why) {
				t.Errorf("%v (%s), want %v (%s)", r.Verdict, r.Reason, tt.want, tt.why)
			}
			if tt.want != verifier.Good && (r.Reason == "" || tt.want != verifier.Bad && r.Hint == "" && r.Advice == verifier.NoAdvice) {
				t.Errorf("reason %q, hint %q", r.Reason, r.Hint)
			}
			// Explained by the same policy, whoever judged: the same.
			for _, judged := range []*verifier.Result{r, newVerifier(t, nil, i.root(t)).VerifyObject(tt.object, payload, signature)} {
				if x := verifier.Explain(p, judged, tt.object); x.Verdict != tt.want {
					t.Errorf("explained as %v (%s)", x.Verdict, x.Reason)
				}
			}
		})
	}
}

func TestVerifyHintsWhenARegexpMatchesAPart(t *testing.T) {
	t.Parallel()
	i := private()
	signature := i.sign(t, signing{kind: v1, payload: payload})
	for _, tt := range []struct {
		name string
		id   policy.Identity
		hint string
	}{
		{"the name", policy.Identity{Name: "flags", SubjectRegexp: "^ana@", Issuer: policytest.Accounts}, `"^ana@" matches only a part of this one`},
		{"the provider", policy.Identity{Name: "flags", SubjectRegexp: "ana@.*", IssuerRegexp: "example"}, `"example" matches only a part of the provider`},
		{"both", policy.Identity{Name: "flags", SubjectRegexp: "ana", IssuerRegexp: "example"}, `"ana" matches only a part of this one`},
		{"neither", policy.Identity{Name: "flags", SubjectRegexp: "^bob@", Issuer: policytest.Accounts}, ""},
	} {
		p, err := policy.New("flags", tt.id)
		if err != nil {
			t.Fatal(err)
		}
		if r := newVerifier(t, p, i.root(t)).Verify(payload, signature); r.Verdict != verifier.Untrusted || !strings.Contains(r.Hint, tt.hint) || tt.hint == "" && r.Advice != verifier.AllowSigner {
			t.Errorf("%s: %v, hint %q", tt.name, r.Verdict, r.Hint)
		}
	}
}

func TestNewRefusesAnAmbiguousTrust(t *testing.T) {
	t.Parallel()
	roots := []*trust.Root{private().root(t), trust.PublicGood(), private().root(t)}
	for trusts, refused := range map[string]bool{"test": true, "public-good": false, "other": false} {
		_, err := verifier.New(verifier.Options{Roots: roots, Policy: policytest.Parse(t, policytest.One("trust: "+trusts))})
		if (err != nil) != refused {
			t.Errorf("%s: %v", trusts, err)
		}
	}
}

// TestKindOfNameIsPartOfTheMatch holds, in whole signatures, that an address is
// an e-mail address alone: providers that let users choose the text of another
// kind of name are no second door. The flags' regular expressions are no way
// around it.
func TestKindOfNameIsPartOfTheMatch(t *testing.T) {
	t.Parallel()
	i := private()
	byRegexp, err := policy.New("flags", policy.Identity{Name: "flags", SubjectRegexp: `.*@example\.com`, Issuer: policytest.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	asURI := func(cert *x509.Certificate) {
		cert.EmailAddresses, cert.URIs = nil, []*url.URL{{Path: "ana@example.com"}}
	}
	asUsername := func(cert *x509.Certificate) {
		cert.EmailAddresses = nil
		cert.ExtraExtensions = append(cert.ExtraExtensions, usernameExtension(t, "ana@example.com"))
	}
	for _, tt := range []struct {
		name string
		leaf func(*x509.Certificate)
		want verifier.Verdict
	}{
		{"rfc822Name", func(*x509.Certificate) {}, verifier.Good},
		{"URI", asURI, verifier.Untrusted},
		{"otherName", asUsername, verifier.Untrusted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			signature := i.sign(t, signing{kind: v1, payload: payload, leaf: tt.leaf})
			for name, p := range map[string]*policy.Policy{"file": policytest.Parse(t, policytest.One("committers: [ana@example.com]")), "flags": allowAna(t), "regexp": byRegexp} {
				r := newVerifier(t, p, i.root(t)).VerifyObject(anasCommit, payload, signature)
				if r.Verdict != tt.want || tt.want != verifier.Good && !strings.Contains(r.Reason, "of another kind") {
					t.Errorf("%s: %v (%s), want %v", name, r.Verdict, r.Reason, tt.want)
				}
			}
		})
	}
}

// TestRuleIsOfGoodVerdictsAlone holds that the policy's name for a signer stands
// nowhere where the verdict is not good.
func TestRuleIsOfGoodVerdictsAlone(t *testing.T) {
	t.Parallel()
	i := private()
	for _, tt := range []struct {
		name    string
		signing signing
		payload string
		want    verifier.Verdict
		rule    string
	}{
		{"good", signing{kind: v1}, string(payload), verifier.Good, "Ana"},
		{"no evidence", signing{kind: bare}, string(payload), verifier.Unproven, ""},
		{"another payload", signing{kind: v1}, string(payload) + "!", verifier.Bad, ""},
	} {
		tt.signing.payload = payload
		r := newVerifier(t, allowAna(t), i.root(t)).Verify([]byte(tt.payload), i.sign(t, tt.signing))
		if r.Verdict != tt.want || r.Rule != tt.rule {
			t.Errorf("%s: %v by %q, want %v by %q", tt.name, r.Verdict, r.Rule, tt.want, tt.rule)
		}
	}
}

// TestPolicyRefusesWhatCannotBeSeen holds that flags, files and what is added to
// one hold no text that a person would read as another.
func TestPolicyRefusesWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]string{
		"next line": "\u0085", "escape": "\x1b", "tab": "\t", "newline": "\n", "delete": "\x7f", "no-break space": "\u00a0",
		"zero-width space": "\u200b", "soft hyphen": "\u00ad", "right-to-left": "\u202e", "line separator": "\u2028",
		"byte order mark": "\ufeff", "private use": "\ue000", "tag": "\U000e0041", "replacement": "\ufffd", "not UTF-8": "\xff",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := "a" + c + "b"
			for field, id := range map[string]policy.Identity{
				"name":           {Name: with, Subject: "ana@example.com", Issuer: policytest.Accounts},
				"subject":        {Name: "Ana", Subject: with + "@example.com", Issuer: policytest.Accounts},
				"issuer":         {Name: "Ana", Subject: "ana@example.com", Issuer: policytest.Accounts + "/" + with},
				"subject regexp": {Name: "Ana", SubjectRegexp: with, Issuer: policytest.Accounts},
				"issuer regexp":  {Name: "Ana", Subject: "ana@example.com", IssuerRegexp: with},
			} {
				if _, err := policy.New("flags", id); err == nil {
					t.Errorf("%s: flags", field)
				}
				if _, err := policy.Text(id); err == nil {
					t.Errorf("%s: text", field)
				}
				if _, err := policytest.Parse(t, policytest.One("")).Add(id); err == nil {
					t.Errorf("%s: added", field)
				}
			}
			if c == "\xff" {
				return // no escape of YAML's
			}
			for _, r := range c {
				written := fmt.Sprintf(`"a\U%08xb`, r)
				for field, text := range map[string]string{
					"name":    strings.Replace(policytest.One(""), "name: Ana", "name: "+written+`"`, 1),
					"subject": strings.Replace(policytest.One(""), "subject: ana@example.com", "subject: "+written+`@example.com"`, 1),
					"trust":   policytest.One("trust: " + written + `"`),
					"reason":  policytest.One("") + "revoked: [{subject: ana@example.com, issuer: " + policytest.Accounts + ", reason: " + written + "\"}]\n",
				} {
					if _, err := policy.Parse("file", []byte(text)); err == nil || !strings.Contains(err.Error(), "cannot be seen") && !strings.Contains(err.Error(), "UTF-8") {
						t.Errorf("%s: file: %v\n%s", field, err, text)
					}
				}
			}
		})
	}
}
