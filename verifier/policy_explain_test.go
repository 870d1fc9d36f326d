package verifier_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
	"github.com/git-seal/git-seal/verifier/trust"
)

// proven is a result with good evidence, signed by Ana at epoch, for a test to
// change.
func proven() *verifier.Result {
	return &verifier.Result{
		Verdict:     verifier.Untrusted,
		Identity:    fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: policytest.Accounts, Kind: fulcio.Email},
		Certificate: new(x509.Certificate),
		SignedAt:    epoch,
		TimeSource:  verifier.TimeFromLog,
		Root:        &trust.Root{Name: "public-good"},
		Checks: []verifier.Check{
			{Name: verifier.CheckLogEntry, Outcome: verifier.Passed},
			{Name: verifier.CheckTimestamp, Missing: true, Detail: "no timestamp in the signature"},
			{Name: verifier.CheckTime, Outcome: verifier.Passed},
		},
	}
}

func signedBy(kind fulcio.NameKind, subject, issuer string) *verifier.Result {
	r := proven()
	r.Identity = fulcio.CertificateIdentity{SubjectAlternativeName: subject, Issuer: issuer, Kind: kind}
	return r
}

func signedOn(t *testing.T, when string) *verifier.Result {
	r := proven()
	r.SignedAt = policytest.Time(t, when)
	return r
}

// anasCommit is committed by whom the certificate names.
var anasCommit = policy.Object{Type: policy.Commit, Committer: "ana@example.com"}

// CVE-2026-22772: a pattern that was not anchored.
func TestPolicyComparesWholeNames(t *testing.T) {
	t.Parallel()
	const workflow = "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/v1"
	subject := func(s string) string { return strings.Replace(policytest.One(""), "ana@example.com", `"`+s+`"`, 1) }
	for _, tt := range []struct {
		name, policy string
		kind         fulcio.NameKind
		subject      string
		issuer       string
		good         bool
	}{
		{"e-mail", subject("ana@example.com"), fulcio.Email, "ana@example.com", policytest.Accounts, true},
		{"e-mail in capitals", subject("ana@example.com"), fulcio.Email, "ANA@Example.COM", policytest.Accounts, true},
		{"e-mail in capitals in the policy", subject("ANA@Example.COM"), fulcio.Email, "ana@example.com", policytest.Accounts, true},
		{"other issuer", subject("ana@example.com"), fulcio.Email, "ana@example.com", "https://accounts.example.org", false},
		{"issuer with a slash", subject("ana@example.com"), fulcio.Email, "ana@example.com", policytest.Accounts + "/", false},
		{"issuer in capitals", subject("ana@example.com"), fulcio.Email, "ana@example.com", "https://Accounts.example.com", false},
		{"no issuer", subject("ana@example.com"), fulcio.Email, "ana@example.com", "", false},
		{"longer e-mail", subject("ana@example.com"), fulcio.Email, "ana@example.com.evil.example.org", policytest.Accounts, false},
		{"e-mail with a name before", subject("ana@example.com"), fulcio.Email, "dana@example.com", policytest.Accounts, false},
		{"e-mail with a newline", subject("ana@example.com"), fulcio.Email, "ana@example.com\n", policytest.Accounts, false},
		{"a Kelvin sign for k", subject("kim@example.com"), fulcio.Email, "\u212aim@example.com", policytest.Accounts, false},
		{"a long s for s", subject("sam@example.com"), fulcio.Email, "\u017fam@example.com", policytest.Accounts, false},
		{"a username", subject("ana!example.com"), fulcio.Username, "ana!example.com", policytest.Accounts, true},
		{"a username in capitals", subject("ana!example.com"), fulcio.Username, "ANA!example.com", policytest.Accounts, false},
		{"URI", subject(workflow), fulcio.URI, workflow, policytest.Accounts, true},
		{"URI in capitals", subject(workflow), fulcio.URI, strings.ToUpper(workflow), policytest.Accounts, false},
		{"nobody", subject("ana@example.com"), fulcio.NoName, "", "", false},

		{"a domain's pattern", subject("*@example.com"), fulcio.Email, "ana@example.com", policytest.Accounts, true},
		{"a domain's pattern, in capitals", subject("*@Example.com"), fulcio.Email, "Ana@example.COM", policytest.Accounts, true},
		{"a domain's pattern, another domain", subject("*@example.com"), fulcio.Email, "ana@example.com.evil.example.org", policytest.Accounts, false},
		{"a domain's pattern, a subdomain", subject("*@example.com"), fulcio.Email, "ana@mail.example.com", policytest.Accounts, false},
		{"a domain's pattern, two @", subject("*@example.com"), fulcio.Email, "eve@evil.example.org@example.com", policytest.Accounts, false},
		{"a domain's pattern, a URI", subject("**@example.com"), fulcio.URI, "https://evil.example.org/a@example.com", policytest.Accounts, false},
		{"a domain's pattern, a username", subject("*@example.com"), fulcio.Username, "ana@example.com", policytest.Accounts, false},
		{"subdomains", subject("*@*.example.com"), fulcio.Email, "ana@mail.example.com", policytest.Accounts, true},
		{"subdomains, the domain itself", subject("*@*.example.com"), fulcio.Email, "ana@example.com", policytest.Accounts, false},
		{"a tag's workflow", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), fulcio.URI, workflow, policytest.Accounts, true},
		{"a tag's workflow, a tag with a slash", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), fulcio.URI, workflow + "/2", policytest.Accounts, false},
		{"a tag's workflow, a tag with @", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), fulcio.URI, workflow + "@2", policytest.Accounts, false},
		{"a tag's workflow, a branch", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), fulcio.URI, strings.Replace(workflow, "tags", "heads", 1), policytest.Accounts, false},
		{"one star in a path", subject("https://forge.example.com/acme/*/.github/workflows/release.yml@refs/tags/v1"), fulcio.URI, workflow, policytest.Accounts, true},
		{"one star for two parts of a path", subject("https://forge.example.com/acme/*/workflows/release.yml@refs/tags/v1"), fulcio.URI, workflow, policytest.Accounts, false},
		{"two stars for all parts of a path", subject("https://forge.example.com/acme/**"), fulcio.URI, workflow, policytest.Accounts, true},
		{"two stars, another owner", subject("https://forge.example.com/acme/**"), fulcio.URI, strings.Replace(workflow, "acme", "acme-evil", 1), policytest.Accounts, false},
		{"two stars between", subject("https://forge.example.com/acme/**/release.yml@refs/tags/*"), fulcio.URI, workflow, policytest.Accounts, true},
		{"a star for nothing", subject("https://forge.example.com/acme/app*/.github/workflows/release.yml@refs/tags/v1"), fulcio.URI, workflow, policytest.Accounts, true},
		{"a pattern is not a regular expression", subject("https://forge.example.com/acme/a.p/*/*/release.yml@refs/tags/v1"), fulcio.URI, workflow, policytest.Accounts, false},
		{"an e-mail address, as a URI", subject("ana@example.com"), fulcio.URI, "ana@example.com", policytest.Accounts, false},
		{"an e-mail address, as a username", subject("ana@example.com"), fulcio.Username, "ana@example.com", policytest.Accounts, false},
		{"a URI, as an e-mail address", subject(workflow), fulcio.Email, workflow, policytest.Accounts, false},
		{"a URI, as a username", subject(workflow), fulcio.Username, workflow, policytest.Accounts, false},
		{"a username, as an e-mail address", subject("ana!example.com"), fulcio.Email, "ana!example.com", policytest.Accounts, false},
		{"a username, as a URI", subject("ana!example.com"), fulcio.URI, "ana!example.com", policytest.Accounts, false},
		{"a URI without a host", subject("urn:example:ana"), fulcio.URI, "urn:example:ana", policytest.Accounts, true},
		{"an address with a ! before the @", subject("ana!b@example.com"), fulcio.Email, "ana!b@example.com", policytest.Accounts, true},
		{"a username with an @ before the !", subject("ana@b!example.com"), fulcio.Username, "ana@b!example.com", policytest.Accounts, true},
		{"a domain's users", subject("*!example.com"), fulcio.Username, "ana!example.com", policytest.Accounts, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			object := policy.Object{Type: policy.Commit, Committer: tt.subject}
			x := verifier.Explain(policytest.Parse(t, tt.policy), signedBy(tt.kind, tt.subject, tt.issuer), object)
			if good := x.Verdict == verifier.Good; good != tt.good || x.Reason == "" {
				t.Errorf("%v: %s", x.Verdict, x.Reason)
			}
		})
	}
}

// withExtension is a result whose certificate has an extension of Fulcio's.
func withExtension(t *testing.T, number int, value []byte) *verifier.Result {
	t.Helper()
	r := proven()
	r.Certificate.Extensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}, Value: value}}
	return r
}

func utf8String(t *testing.T, s string) []byte {
	t.Helper()
	der, err := asn1.MarshalWithParams(s, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestPolicyComparesEveryPart(t *testing.T) {
	t.Parallel()
	unproven := proven()
	unproven.SignedAt, unproven.Checks[2] = time.Time{}, verifier.Check{Name: verifier.CheckTime, Missing: true, Required: true, Detail: "time is not proven"}
	unlogged := proven()
	unlogged.Checks[0] = verifier.Check{Name: verifier.CheckLogEntry, Missing: true, Required: true, Detail: "no log entry"}
	stamped := proven()
	stamped.Checks[0], stamped.Checks[1] = unlogged.Checks[0], verifier.Check{Name: verifier.CheckTimestamp, Outcome: verifier.Passed}
	both := proven()
	both.Checks[1] = stamped.Checks[1]
	elsewhere := proven()
	elsewhere.Root = &trust.Root{Name: "acme"}
	nowhere := proven()
	nowhere.Root = nil
	tag := func(name string) policy.Object {
		return policy.Object{Type: policy.Tag, Committer: "ana@example.com", TagName: name}
	}
	committed := func(by string) policy.Object { return policy.Object{Type: policy.Commit, Committer: by} }
	const revoked = "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com, %, reason: account stolen}]\n"
	stolen := policytest.One("") + strings.Replace(revoked, "%", "from: 2026-02-03T08:00:00Z, until: 2026-02-05T00:00:00Z", 1)

	for _, tt := range []struct {
		name, policy string
		result       *verifier.Result
		object       policy.Object
		want         verifier.Verdict
		why          string
	}{
		{"the signer is the committer", policytest.One(""), proven(), anasCommit, verifier.Good, `"Ana" allows it`},
		{"the committer in capitals", policytest.One(""), proven(), committed("Ana@EXAMPLE.com"), verifier.Good, ""},
		{"another committer", policytest.One(""), proven(), committed("bob@example.com"), verifier.Untrusted, `the committer is "bob@example.com", not the signer`},
		{"another tagger", policytest.One(""), proven(), policy.Object{Type: policy.Tag, Committer: "bob@example.com", TagName: "v1"}, verifier.Untrusted, `the tagger is "bob@example.com"`},
		{"a committer of hers", policytest.One("committers: [a@example.net, ANA@home.example.net]"), proven(), committed("ana@home.example.NET"), verifier.Good, ""},
		{"none of her committers", policytest.One("committers: [a@example.net]"), proven(), committed("b@example.net"), verifier.Untrusted, "none of its committers"},
		{"no committer", policytest.One(""), proven(), committed(""), verifier.Untrusted, "no address that could be compared"},
		{"nothing known about the object", policytest.One(""), proven(), policy.Object{}, verifier.Untrusted, "not known to be a commit, a tag or a push"},
		{"a committer with an escape sequence", policytest.One(""), proven(), committed("\x1b[31m@example.com"), verifier.Untrusted, `"\x1b[31m@example.com"`},
		{"a push certificate names no committer", policytest.One(""), proven(), policy.Object{Type: policy.PushCertificate}, verifier.Good, ""},
		{"the committer of a domain's pattern is the signer", strings.Replace(policytest.One(""), "ana@example.com", `"*@example.com"`, 1), proven(), anasCommit, verifier.Good, ""},
		{"a workflow commits as anybody", strings.Replace(policytest.One(""), "ana@example.com", "https://forge.example.com/a/b", 1), signedBy(fulcio.URI, "https://forge.example.com/a/b", policytest.Accounts), committed("bob@example.com"), verifier.Good, ""},
		{"a workflow with committers", strings.Replace(policytest.One("committers: [bot@example.com]"), "ana@example.com", "https://forge.example.com/a/b", 1), signedBy(fulcio.URI, "https://forge.example.com/a/b", policytest.Accounts), committed("bob@example.com"), verifier.Untrusted, "committer"},

		{"before until", policytest.One("until: 2026-03-01T12:00:00Z"), signedOn(t, "2026-03-01T11:59:59Z"), anasCommit, verifier.Good, ""},
		{"at until", policytest.One("until: 2026-03-01T12:00:00Z"), proven(), anasCommit, verifier.Untrusted, "only what was signed before 2026-03-01T12:00:00Z, and this was at 2026-03-01T12:00:00Z"},
		{"at from", policytest.One("from: 2026-03-01T13:00:00+01:00"), proven(), anasCommit, verifier.Good, ""},
		{"before from", policytest.One("from: 2026-03-01T12:00:00Z"), signedOn(t, "2026-03-01T11:59:59Z"), anasCommit, verifier.Untrusted, "only what was signed at or after 2026-03-01T12:00:00Z"},
		{"a part of a second before from", policytest.One("from: 2026-03-01T12:00:00.5Z"), proven(), anasCommit, verifier.Untrusted, "2026-03-01T12:00:00.5Z"},
		{"unproven", policytest.One(""), unproven, anasCommit, verifier.Unproven, "time is not proven"},

		{"revoked inside", stolen, signedOn(t, "2026-02-04T00:00:00Z"), anasCommit, verifier.Revoked, "account stolen"},
		{"revoked, at from", stolen, signedOn(t, "2026-02-03T08:00:00Z"), anasCommit, verifier.Revoked, "2026-02-03T08:00:00Z"},
		{"revoked, before", stolen, signedOn(t, "2026-02-03T07:59:59Z"), anasCommit, verifier.Good, ""},
		{"revoked, at until", stolen, signedOn(t, "2026-02-05T00:00:00Z"), anasCommit, verifier.Good, ""},
		{"revoked for ever", policytest.One("") + strings.Replace(revoked, "%, ", "", 1), proven(), anasCommit, verifier.Revoked, ""},
		{"revoked, another committer", stolen, signedOn(t, "2026-02-04T00:00:00Z"), committed("bob@example.com"), verifier.Revoked, ""},
		{"revoked, not allowed anyway", strings.Replace(stolen, "- name: Ana\n    subject: ana", "- name: Bob\n    subject: bob", 1), signedOn(t, "2026-02-04T00:00:00Z"), anasCommit, verifier.Revoked, ""},
		{"revoked by a pattern", policytest.One("") + strings.NewReplacer("%, ", "", "ana@", `"*@`, "example.com, i", `example.com", i`).Replace(revoked), proven(), anasCommit, verifier.Revoked, ""},
		{"another one revoked", policytest.One("") + strings.NewReplacer("%, ", "", "ana@", "bob@").Replace(revoked), proven(), anasCommit, verifier.Good, ""},
		{"another provider's revoked", policytest.One("") + strings.NewReplacer("%, ", "", "//accounts", "//other").Replace(revoked), proven(), anasCommit, verifier.Good, ""},
		{"revoked, unproven", policytest.One("") + strings.Replace(revoked, "%, ", "", 1), unproven, anasCommit, verifier.Unproven, ""},

		{"log required, timestamp alone", policytest.One(""), stamped, anasCommit, verifier.Unproven, "no log entry"},
		{"timestamp required, timestamp alone", policytest.One("") + "require: [timestamp]\n", stamped, anasCommit, verifier.Good, ""},
		{"timestamp required, log alone", policytest.One("") + "require: [timestamp]\n", proven(), anasCommit, verifier.Unproven, "no timestamp"},
		{"both required, log alone", policytest.One("") + "require: [log, timestamp]\n", proven(), anasCommit, verifier.Unproven, "no timestamp"},
		{"both required, timestamp alone", policytest.One("") + "require: [log, timestamp]\n", stamped, anasCommit, verifier.Unproven, "no log entry"},
		{"both required, both there", policytest.One("") + "require: [timestamp, log]\n", both, anasCommit, verifier.Good, ""},

		{"a tag that matches", policytest.One(`tags: ["v*"]`), proven(), tag("v1.0"), verifier.Good, ""},
		{"a tag that is named", policytest.One(`tags: [nightly, "v*"]`), proven(), tag("nightly"), verifier.Good, ""},
		{"a tag that does not match", policytest.One(`tags: ["v*"]`), proven(), tag("nightly"), verifier.Untrusted, `the tag's name is "nightly", not like v*`},
		{"a tag in capitals", policytest.One(`tags: ["v*"]`), proven(), tag("V1"), verifier.Untrusted, ""},
		{"a tag with a slash", policytest.One(`tags: ["v*"]`), proven(), tag("v1/2"), verifier.Untrusted, ""},
		{"a tag without a name", policytest.One(`tags: ["v*"]`), proven(), tag(""), verifier.Untrusted, ""},
		{"a commit by who signs tags", policytest.One(`tags: ["v*"]`), proven(), anasCommit, verifier.Untrusted, "it signs tags alone, and this is a commit"},
		{"a push by who signs tags", policytest.One(`tags: ["v*"]`), proven(), policy.Object{Type: policy.PushCertificate}, verifier.Untrusted, "a push certificate"},
		{"a tag by who has no tags", policytest.One(""), proven(), tag("v1"), verifier.Good, ""},

		{"the trusted root", policytest.One("trust: public-good"), proven(), anasCommit, verifier.Good, ""},
		{"another trusted root", policytest.One("trust: public-good"), elsewhere, anasCommit, verifier.Untrusted, `the trusted root is "acme", not "public-good"`},
		{"no trusted root", policytest.One("trust: public-good"), nowhere, anasCommit, verifier.Untrusted, "no trusted root has judged"},

		{"an extension", policytest.One("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "public")), anasCommit, verifier.Good, ""},
		{"an extension by Fulcio's whole name", policytest.One("extensions: {source-repository-visibility-at-signing: public}"), withExtension(t, 22, utf8String(t, "public")), anasCommit, verifier.Good, ""},
		{"an extension with another value", policytest.One("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "private")), anasCommit, verifier.Untrusted, `source-repository-visibility is "private", not "public"`},
		{"an extension with a longer value", policytest.One("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "public ")), anasCommit, verifier.Untrusted, ""},
		{"an extension that is not there", policytest.One("extensions: {source-repository-visibility: public}"), proven(), anasCommit, verifier.Untrusted, "has no source-repository-visibility"},
		{"an extension of another kind of string", policytest.One("extensions: {source-repository-visibility: public}"), withExtension(t, 22, []byte("public")), anasCommit, verifier.Untrusted, "has no"},
		{"an extension with bytes behind it", policytest.One("extensions: {source-repository-visibility: public}"), withExtension(t, 22, append(utf8String(t, "public"), 0)), anasCommit, verifier.Untrusted, "has no"},
		{"an older extension", policytest.One("extensions: {github-workflow-trigger: push}"), withExtension(t, 2, []byte("push")), anasCommit, verifier.Good, ""},
		{"one of two extensions", policytest.One("extensions: {build-trigger: push, token-subject: x}"), withExtension(t, 20, utf8String(t, "push")), anasCommit, verifier.Untrusted, "has no token-subject"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := verifier.Explain(policytest.Parse(t, tt.policy), tt.result, tt.object)
			if x.Verdict != tt.want || !strings.Contains(x.Reason, tt.why) {
				t.Errorf("%v: %s, want %v: %s", x.Verdict, x.Reason, tt.want, tt.why)
			}
			if (x.Rule == "Ana") != (tt.want == verifier.Good) {
				t.Errorf("rule = %q", x.Rule)
			}
		})
	}
}

// An identity bounded in time does not match what is unproven, even where it is
// only the log that is missing and a timestamp that shows a time.
func TestUnprovenSatisfiesNoBound(t *testing.T) {
	t.Parallel()
	r := proven()
	r.Checks[0] = verifier.Check{Name: verifier.CheckLogEntry, Missing: true, Required: true, Detail: "no log entry"}
	for _, tt := range []struct {
		line    string
		matches bool
	}{
		{"", true},
		{"from: 2000-01-01T00:00:00Z", false},
		{"until: 2100-01-01T00:00:00Z", false},
	} {
		x := verifier.Explain(policytest.Parse(t, policytest.One(tt.line)), r, anasCommit)
		if x.Verdict != verifier.Unproven || x.Identities[0].Matches != tt.matches || x.Rule != "" {
			t.Errorf("%q: %v, %+v, rule %q", tt.line, x.Verdict, x.Identities, x.Rule)
		}
		if !tt.matches && !strings.Contains(x.Identities[0].Why, "no time is proven") {
			t.Errorf("%q: %s", tt.line, x.Identities[0].Why)
		}
	}
}

func TestExplainSpeaksOfEveryIdentity(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, `version: 1
identities:
  - {name: Bob, subject: bob@example.com, issuer: https://accounts.example.com}
  - {name: other Ana, subject: ana@example.com, issuer: https://accounts.example.org}
  - {name: former Ana, subject: ana@example.com, issuer: https://accounts.example.com, until: 2025-01-01T00:00:00Z}
  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}
  - {name: everybody, subject: "*@example.com", issuer: https://accounts.example.com}
`)
	x := verifier.Explain(p, proven(), anasCommit)
	if x.Verdict != verifier.Good || x.Rule != "Ana" {
		t.Errorf("%v by %q: %s", x.Verdict, x.Rule, x.Reason)
	}
	want := []verifier.IdentityExplanation{
		{Name: "Bob", Why: "the name is not bob@example.com"},
		{Name: "other Ana", Why: "the provider is not https://accounts.example.org"},
		{Name: "former Ana", Why: "it allows only what was signed before 2025-01-01T00:00:00Z, and this was at 2026-03-01T12:00:00Z"},
		{Name: "Ana", Matches: true},
		{Name: "everybody", Matches: true},
	}
	if !slices.Equal(x.Identities, want) {
		t.Errorf("identities = %+v", x.Identities)
	}

	// What no policy decides names nobody: the identity would be a claim.
	for _, v := range []verifier.Verdict{verifier.Bad, verifier.Unknown, verifier.Unsigned, verifier.Unsupported} {
		r := proven()
		r.Verdict, r.Reason = v, "because"
		if x := verifier.Explain(p, r, anasCommit); x.Verdict != v || len(x.Identities) != 0 || x.Rule != "" || !strings.Contains(x.Reason, "because") {
			t.Errorf("%v: %+v", v, x)
		}
	}
}

// The identity that was nearest is the one of which the reason speaks.
func TestReasonNamesTheNearestIdentity(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, `version: 1
identities:
  - {name: other Ana, subject: ana@example.com, issuer: https://accounts.example.org}
  - {name: Ana's tags, subject: ana@example.com, issuer: https://accounts.example.com, tags: ["v*"]}
  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}
`)
	x := verifier.Explain(p, proven(), policy.Object{Type: policy.Commit, Committer: "ana@home.example.net"})
	if x.Verdict != verifier.Untrusted || !strings.Contains(x.Reason, `policy does not allow "ana@example.com" ("https://accounts.example.com"): "Ana" does not match: the committer is`) {
		t.Errorf("%v: %s", x.Verdict, x.Reason)
	}
	x = verifier.Explain(p, signedBy(fulcio.Email, "eve\n@example.com", "https://accounts.example.com\x1b"), anasCommit)
	if x.Reason != `policy does not allow "eve\n@example.com" ("https://accounts.example.com\x1b")` {
		t.Errorf("reason = %q", x.Reason)
	}
}

func TestOneOffPolicies(t *testing.T) {
	t.Parallel()
	exact := policy.Identity{Name: "flags", Subject: "ana@example.com", Issuer: policytest.Accounts}
	for _, tt := range []struct {
		name   string
		id     policy.Identity
		result *verifier.Result
		want   verifier.Verdict
	}{
		{"whole names", exact, proven(), verifier.Good},
		{"another name", exact, signedBy(fulcio.Email, "dana@example.com", policytest.Accounts), verifier.Untrusted},
		{"a star is a star", policy.Identity{Name: "flags", Subject: "*@example.com", Issuer: policytest.Accounts}, proven(), verifier.Untrusted},
		{"a regular expression", policy.Identity{Name: "flags", SubjectRegexp: `.*@example\.com`, Issuer: policytest.Accounts}, proven(), verifier.Good},
		{"a regular expression for a part", policy.Identity{Name: "flags", SubjectRegexp: `example\.com`, Issuer: policytest.Accounts}, proven(), verifier.Untrusted},
		{"an alternative that is longer", policy.Identity{Name: "flags", SubjectRegexp: `ana|ana@example\.com`, Issuer: policytest.Accounts}, proven(), verifier.Good},
		{"an alternative for a part", policy.Identity{Name: "flags", SubjectRegexp: `bob|ana`, Issuer: policytest.Accounts}, proven(), verifier.Untrusted},
		{"lines", policy.Identity{Name: "flags", SubjectRegexp: `(?m)^ana@example\.com$`, Issuer: policytest.Accounts}, signedBy(fulcio.Email, "ana@example.com\neve@example.org", policytest.Accounts), verifier.Untrusted},
		{"an issuer's regular expression", policy.Identity{Name: "flags", Subject: "ana@example.com", IssuerRegexp: `https://(accounts|login)\.example\.com`}, proven(), verifier.Good},
		{"an issuer's regular expression, longer", policy.Identity{Name: "flags", Subject: "ana@example.com", IssuerRegexp: `https://accounts\.example`}, proven(), verifier.Untrusted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.New("flags", tt.id)
			if err != nil {
				t.Fatal(err)
			}
			// The flags name no committer, so any will do.
			for _, o := range []policy.Object{{}, {Type: policy.Commit, Committer: "bob@example.com"}} {
				if x := verifier.Explain(p, tt.result, o); x.Verdict != tt.want {
					t.Errorf("%v: %s", x.Verdict, x.Reason)
				}
			}
		})
	}
}

func TestNewPolicyRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		ids  []policy.Identity
	}{
		{"nobody", nil},
		{"no subject", []policy.Identity{{Name: "a", Issuer: policytest.Accounts}}},
		{"no issuer", []policy.Identity{{Name: "a", Subject: "a"}}},
		{"no name", []policy.Identity{{Subject: "a", Issuer: policytest.Accounts}}},
		{"two subjects", []policy.Identity{{Name: "a", Subject: "a", SubjectRegexp: "a", Issuer: policytest.Accounts}}},
		{"two issuers", []policy.Identity{{Name: "a", Subject: "a", Issuer: policytest.Accounts, IssuerRegexp: "a"}}},
		{"an issuer that is no URL", []policy.Identity{{Name: "a", Subject: "a", Issuer: "a"}}},
		{"an expression for everybody", []policy.Identity{{Name: "a", SubjectRegexp: ".*", Issuer: policytest.Accounts}}},
		{"an expression for every issuer", []policy.Identity{{Name: "a", Subject: "a", IssuerRegexp: "https://.*"}}},
		{"an expression that is none", []policy.Identity{{Name: "a", SubjectRegexp: "a)|(b", Issuer: policytest.Accounts}}},
		{"an expression that is too long", []policy.Identity{{Name: "a", SubjectRegexp: strings.Repeat("a", 4096), Issuer: policytest.Accounts}}},
		{"what flags do not have", []policy.Identity{{Name: "a", Subject: "a", Issuer: policytest.Accounts, Tags: []string{"v1"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if p, err := policy.New("flags", tt.ids...); err == nil {
				t.Errorf("%v", p.Describe())
			}
		})
	}
}
