package verifier_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier"
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
	bot := strings.Replace(onePolicy(`extensions: {source-repository-visibility: public}`, `tags: ["v*"]`), "ana@example.com", `"`+strings.Replace(workflow, "v1", "*", 1)+`"`, 1)
	const stolen = "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com, from: 2026-03-01T12:00:01Z, until: 2026-03-01T12:00:02Z, reason: account stolen}]\n"

	for _, tt := range []struct {
		name    string
		policy  string
		signing signing
		object  verifier.Object
		want    verifier.Verdict
		why     string
	}{
		{"good", onePolicy(""), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"another committer", onePolicy(""), signing{kind: v1}, verifier.Object{Type: verifier.Commit, Committer: "bob@example.com"}, verifier.Untrusted, "the committer is"},
		{"until the log took it in", onePolicy("until: 2026-03-01T12:00:01Z"), signing{kind: v1}, anasCommit, verifier.Untrusted, "before 2026-03-01T12:00:01Z"},
		{"until a second later", onePolicy("until: 2026-03-01T12:00:02Z"), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"of two proven times the earlier counts", onePolicy("until: 2026-03-01T12:00:02Z"), signing{kind: v1Stamped}, anasCommit, verifier.Good, ""},
		{"the timestamp's time counts for Rekor v2", onePolicy("until: 2026-03-01T12:00:02Z"), signing{kind: v2Stamped}, anasCommit, verifier.Untrusted, "and this was at 2026-03-01T12:00:02Z"},
		{"Rekor v2 alone satisfies no bound", onePolicy("until: 2100-01-01T00:00:00Z"), signing{kind: v2}, anasCommit, verifier.Unproven, "time is not proven"},
		{"revoked", onePolicy("") + stolen, signing{kind: v1}, anasCommit, verifier.Revoked, "account stolen"},
		{"revoked, signed later", onePolicy("") + stolen, signing{kind: v2Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required", onePolicy("") + "require: [timestamp]\n", signing{kind: v1}, anasCommit, verifier.Unproven, "no timestamp"},
		{"timestamp required and there", onePolicy("") + "require: [timestamp]\n", signing{kind: v1Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, no log", onePolicy("") + "require: [timestamp]\n", signing{kind: stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, nothing there", onePolicy("") + "require: [timestamp]\n", signing{kind: bare}, anasCommit, verifier.Unproven, ""},
		{"both required, no log", onePolicy("") + "require: [log, timestamp]\n", signing{kind: stamped}, anasCommit, verifier.Unproven, "no log entry"},
		{"both required and there", onePolicy("") + "require: [log, timestamp]\n", signing{kind: v2Stamped}, anasCommit, verifier.Good, ""},
		{"timestamp required, the log entry another's", onePolicy("") + "require: [timestamp]\n", signing{kind: v1Stamped, body: func(b *logBody) { b.digest = make([]byte, 32) }}, anasCommit, verifier.Bad, ""},
		{"the wrong tag by a workflow", bot, signing{kind: v1, leaf: byWorkflow}, verifier.Object{Type: verifier.Tag, TagName: "nightly"}, verifier.Untrusted, "the tag's name"},
		{"a tag by a workflow", bot, signing{kind: v1, leaf: byWorkflow}, verifier.Object{Type: verifier.Tag, TagName: "v1"}, verifier.Good, ""},
		{"a private workflow", strings.Replace(bot, ": public", ": private", 1), signing{kind: v1, leaf: byWorkflow}, verifier.Object{Type: verifier.Tag, TagName: "v1"}, verifier.Untrusted, "source-repository-visibility"},
		{"the trusted root", onePolicy("trust: test"), signing{kind: v1}, anasCommit, verifier.Good, ""},
		{"another trusted root", onePolicy("trust: public-good"), signing{kind: v1}, anasCommit, verifier.Untrusted, "trusted root"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := parsePolicy(t, tt.policy)
			v := newVerifier(t, p, i.root(t), trust.PublicGood())
			tt.signing.payload = payload
			signature := i.sign(t, tt.signing)
			r := v.VerifyObject(tt.object, payload, signature)
			if r.Verdict != tt.want || !strings.Contains(r.Reason, tt.why) {
				t.Errorf("%v (%s), want %v (%s)", r.Verdict, r.Reason, tt.want, tt.why)
			}
			if tt.want != verifier.Good && (r.Reason == "" || tt.want != verifier.Bad && r.Hint == "") {
				t.Errorf("reason %q, hint %q", r.Reason, r.Hint)
			}
			// Explained by the same policy, whoever judged: the same.
			for _, judged := range []*verifier.Result{r, newVerifier(t, nil, i.root(t)).VerifyObject(tt.object, payload, signature)} {
				if x := p.Explain(judged, tt.object); x.Verdict != tt.want {
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
		id   verifier.PolicyIdentity
		hint string
	}{
		{"the name", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: "^ana@", Issuer: accounts}, `"^ana@" matches only a part of this one`},
		{"the provider", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: "ana@.*", IssuerRegexp: "example"}, `"example" matches only a part of the provider`},
		{"both", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: "ana", IssuerRegexp: "example"}, `"ana" matches only a part of this one`},
		{"neither", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: "^bob@", Issuer: accounts}, "add the identity to the policy"},
	} {
		p, err := verifier.NewPolicy("flags", tt.id)
		if err != nil {
			t.Fatal(err)
		}
		if r := newVerifier(t, p, i.root(t)).Verify(payload, signature); r.Verdict != verifier.Untrusted || !strings.Contains(r.Hint, tt.hint) {
			t.Errorf("%s: %v, hint %q", tt.name, r.Verdict, r.Hint)
		}
	}
}

func TestNewRefusesAnAmbiguousTrust(t *testing.T) {
	t.Parallel()
	roots := []*trust.Root{private().root(t), trust.PublicGood(), private().root(t)}
	for trusts, refused := range map[string]bool{"test": true, "public-good": false, "other": false} {
		_, err := verifier.New(verifier.Options{Roots: roots, Policy: parsePolicy(t, onePolicy("trust: "+trusts))})
		if (err != nil) != refused {
			t.Errorf("%s: %v", trusts, err)
		}
	}
}
