package verifier_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

const accounts = "https://accounts.example.com"

// proven is a result with good evidence, signed by Ana at epoch, for a test to
// change.
func proven() *verifier.Result {
	return &verifier.Result{
		Verdict:     verifier.Untrusted,
		Identity:    verifier.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: accounts, Kind: verifier.Email},
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

func signedBy(kind verifier.NameKind, subject, issuer string) *verifier.Result {
	r := proven()
	r.Identity = verifier.CertificateIdentity{SubjectAlternativeName: subject, Issuer: issuer, Kind: kind}
	return r
}

func signedOn(t *testing.T, when string) *verifier.Result {
	r := proven()
	r.SignedAt = at(t, when)
	return r
}

// anasCommit is committed by whom the certificate names.
var anasCommit = verifier.Object{Type: verifier.Commit, Committer: "ana@example.com"}

// CVE-2026-22772: a pattern that was not anchored.
func TestPolicyComparesWholeNames(t *testing.T) {
	t.Parallel()
	const workflow = "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/v1"
	subject := func(s string) string { return strings.Replace(onePolicy(""), "ana@example.com", `"`+s+`"`, 1) }
	for _, tt := range []struct {
		name, policy string
		kind         verifier.NameKind
		subject      string
		issuer       string
		good         bool
	}{
		{"e-mail", subject("ana@example.com"), verifier.Email, "ana@example.com", accounts, true},
		{"e-mail in capitals", subject("ana@example.com"), verifier.Email, "ANA@Example.COM", accounts, true},
		{"e-mail in capitals in the policy", subject("ANA@Example.COM"), verifier.Email, "ana@example.com", accounts, true},
		{"other issuer", subject("ana@example.com"), verifier.Email, "ana@example.com", "https://accounts.example.org", false},
		{"issuer with a slash", subject("ana@example.com"), verifier.Email, "ana@example.com", accounts + "/", false},
		{"issuer in capitals", subject("ana@example.com"), verifier.Email, "ana@example.com", "https://Accounts.example.com", false},
		{"no issuer", subject("ana@example.com"), verifier.Email, "ana@example.com", "", false},
		{"longer e-mail", subject("ana@example.com"), verifier.Email, "ana@example.com.evil.example.org", accounts, false},
		{"e-mail with a name before", subject("ana@example.com"), verifier.Email, "dana@example.com", accounts, false},
		{"e-mail with a newline", subject("ana@example.com"), verifier.Email, "ana@example.com\n", accounts, false},
		{"a Kelvin sign for k", subject("kim@example.com"), verifier.Email, "\u212aim@example.com", accounts, false},
		{"a long s for s", subject("sam@example.com"), verifier.Email, "\u017fam@example.com", accounts, false},
		{"a username", subject("ana!example.com"), verifier.Username, "ana!example.com", accounts, true},
		{"a username in capitals", subject("ana!example.com"), verifier.Username, "ANA!example.com", accounts, false},
		{"URI", subject(workflow), verifier.URI, workflow, accounts, true},
		{"URI in capitals", subject(workflow), verifier.URI, strings.ToUpper(workflow), accounts, false},
		{"nobody", subject("ana@example.com"), verifier.NoName, "", "", false},

		{"a domain's pattern", subject("*@example.com"), verifier.Email, "ana@example.com", accounts, true},
		{"a domain's pattern, in capitals", subject("*@Example.com"), verifier.Email, "Ana@example.COM", accounts, true},
		{"a domain's pattern, another domain", subject("*@example.com"), verifier.Email, "ana@example.com.evil.example.org", accounts, false},
		{"a domain's pattern, a subdomain", subject("*@example.com"), verifier.Email, "ana@mail.example.com", accounts, false},
		{"a domain's pattern, two @", subject("*@example.com"), verifier.Email, "eve@evil.example.org@example.com", accounts, false},
		{"a domain's pattern, a URI", subject("**@example.com"), verifier.URI, "https://evil.example.org/a@example.com", accounts, false},
		{"a domain's pattern, a username", subject("*@example.com"), verifier.Username, "ana@example.com", accounts, false},
		{"subdomains", subject("*@*.example.com"), verifier.Email, "ana@mail.example.com", accounts, true},
		{"subdomains, the domain itself", subject("*@*.example.com"), verifier.Email, "ana@example.com", accounts, false},
		{"a tag's workflow", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), verifier.URI, workflow, accounts, true},
		{"a tag's workflow, a tag with a slash", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), verifier.URI, workflow + "/2", accounts, false},
		{"a tag's workflow, a tag with @", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), verifier.URI, workflow + "@2", accounts, false},
		{"a tag's workflow, a branch", subject("https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"), verifier.URI, strings.Replace(workflow, "tags", "heads", 1), accounts, false},
		{"one star in a path", subject("https://forge.example.com/acme/*/.github/workflows/release.yml@refs/tags/v1"), verifier.URI, workflow, accounts, true},
		{"one star for two parts of a path", subject("https://forge.example.com/acme/*/workflows/release.yml@refs/tags/v1"), verifier.URI, workflow, accounts, false},
		{"two stars for all parts of a path", subject("https://forge.example.com/acme/**"), verifier.URI, workflow, accounts, true},
		{"two stars, another owner", subject("https://forge.example.com/acme/**"), verifier.URI, strings.Replace(workflow, "acme", "acme-evil", 1), accounts, false},
		{"two stars between", subject("https://forge.example.com/acme/**/release.yml@refs/tags/*"), verifier.URI, workflow, accounts, true},
		{"a star for nothing", subject("https://forge.example.com/acme/app*/.github/workflows/release.yml@refs/tags/v1"), verifier.URI, workflow, accounts, true},
		{"a pattern is not a regular expression", subject("https://forge.example.com/acme/a.p/*/*/release.yml@refs/tags/v1"), verifier.URI, workflow, accounts, false},
		{"an e-mail address, as a URI", subject("ana@example.com"), verifier.URI, "ana@example.com", accounts, false},
		{"an e-mail address, as a username", subject("ana@example.com"), verifier.Username, "ana@example.com", accounts, false},
		{"a URI, as an e-mail address", subject(workflow), verifier.Email, workflow, accounts, false},
		{"a URI, as a username", subject(workflow), verifier.Username, workflow, accounts, false},
		{"a username, as an e-mail address", subject("ana!example.com"), verifier.Email, "ana!example.com", accounts, false},
		{"a username, as a URI", subject("ana!example.com"), verifier.URI, "ana!example.com", accounts, false},
		{"a URI without a host", subject("urn:example:ana"), verifier.URI, "urn:example:ana", accounts, true},
		{"an address with a ! before the @", subject("ana!b@example.com"), verifier.Email, "ana!b@example.com", accounts, true},
		{"a username with an @ before the !", subject("ana@b!example.com"), verifier.Username, "ana@b!example.com", accounts, true},
		{"a domain's users", subject("*!example.com"), verifier.Username, "ana!example.com", accounts, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			object := verifier.Object{Type: verifier.Commit, Committer: tt.subject}
			x := parsePolicy(t, tt.policy).Explain(signedBy(tt.kind, tt.subject, tt.issuer), object)
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
	tag := func(name string) verifier.Object {
		return verifier.Object{Type: verifier.Tag, Committer: "ana@example.com", TagName: name}
	}
	committed := func(by string) verifier.Object { return verifier.Object{Type: verifier.Commit, Committer: by} }
	const revoked = "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com, %, reason: account stolen}]\n"
	stolen := onePolicy("") + strings.Replace(revoked, "%", "from: 2026-02-03T08:00:00Z, until: 2026-02-05T00:00:00Z", 1)

	for _, tt := range []struct {
		name, policy string
		result       *verifier.Result
		object       verifier.Object
		want         verifier.Verdict
		why          string
	}{
		{"the signer is the committer", onePolicy(""), proven(), anasCommit, verifier.Good, `"Ana" allows it`},
		{"the committer in capitals", onePolicy(""), proven(), committed("Ana@EXAMPLE.com"), verifier.Good, ""},
		{"another committer", onePolicy(""), proven(), committed("bob@example.com"), verifier.Untrusted, `the committer is "bob@example.com", not the signer`},
		{"another tagger", onePolicy(""), proven(), verifier.Object{Type: verifier.Tag, Committer: "bob@example.com", TagName: "v1"}, verifier.Untrusted, `the tagger is "bob@example.com"`},
		{"a committer of hers", onePolicy("committers: [a@example.net, ANA@home.example.net]"), proven(), committed("ana@home.example.NET"), verifier.Good, ""},
		{"none of her committers", onePolicy("committers: [a@example.net]"), proven(), committed("b@example.net"), verifier.Untrusted, "none of its committers"},
		{"no committer", onePolicy(""), proven(), committed(""), verifier.Untrusted, "no address that could be compared"},
		{"nothing known about the object", onePolicy(""), proven(), verifier.Object{}, verifier.Untrusted, "not known to be a commit, a tag or a push"},
		{"a committer with an escape sequence", onePolicy(""), proven(), committed("\x1b[31m@example.com"), verifier.Untrusted, `"\x1b[31m@example.com"`},
		{"a push certificate names no committer", onePolicy(""), proven(), verifier.Object{Type: verifier.PushCertificate}, verifier.Good, ""},
		{"the committer of a domain's pattern is the signer", strings.Replace(onePolicy(""), "ana@example.com", `"*@example.com"`, 1), proven(), anasCommit, verifier.Good, ""},
		{"a workflow commits as anybody", strings.Replace(onePolicy(""), "ana@example.com", "https://forge.example.com/a/b", 1), signedBy(verifier.URI, "https://forge.example.com/a/b", accounts), committed("bob@example.com"), verifier.Good, ""},
		{"a workflow with committers", strings.Replace(onePolicy("committers: [bot@example.com]"), "ana@example.com", "https://forge.example.com/a/b", 1), signedBy(verifier.URI, "https://forge.example.com/a/b", accounts), committed("bob@example.com"), verifier.Untrusted, "committer"},

		{"before until", onePolicy("until: 2026-03-01T12:00:00Z"), signedOn(t, "2026-03-01T11:59:59Z"), anasCommit, verifier.Good, ""},
		{"at until", onePolicy("until: 2026-03-01T12:00:00Z"), proven(), anasCommit, verifier.Untrusted, "only what was signed before 2026-03-01T12:00:00Z, and this was at 2026-03-01T12:00:00Z"},
		{"at from", onePolicy("from: 2026-03-01T13:00:00+01:00"), proven(), anasCommit, verifier.Good, ""},
		{"before from", onePolicy("from: 2026-03-01T12:00:00Z"), signedOn(t, "2026-03-01T11:59:59Z"), anasCommit, verifier.Untrusted, "only what was signed at or after 2026-03-01T12:00:00Z"},
		{"a part of a second before from", onePolicy("from: 2026-03-01T12:00:00.5Z"), proven(), anasCommit, verifier.Untrusted, "2026-03-01T12:00:00.5Z"},
		{"unproven", onePolicy(""), unproven, anasCommit, verifier.Unproven, "time is not proven"},

		{"revoked inside", stolen, signedOn(t, "2026-02-04T00:00:00Z"), anasCommit, verifier.Revoked, "account stolen"},
		{"revoked, at from", stolen, signedOn(t, "2026-02-03T08:00:00Z"), anasCommit, verifier.Revoked, "2026-02-03T08:00:00Z"},
		{"revoked, before", stolen, signedOn(t, "2026-02-03T07:59:59Z"), anasCommit, verifier.Good, ""},
		{"revoked, at until", stolen, signedOn(t, "2026-02-05T00:00:00Z"), anasCommit, verifier.Good, ""},
		{"revoked for ever", onePolicy("") + strings.Replace(revoked, "%, ", "", 1), proven(), anasCommit, verifier.Revoked, ""},
		{"revoked, another committer", stolen, signedOn(t, "2026-02-04T00:00:00Z"), committed("bob@example.com"), verifier.Revoked, ""},
		{"revoked, not allowed anyway", strings.Replace(stolen, "- name: Ana\n    subject: ana", "- name: Bob\n    subject: bob", 1), signedOn(t, "2026-02-04T00:00:00Z"), anasCommit, verifier.Revoked, ""},
		{"revoked by a pattern", onePolicy("") + strings.NewReplacer("%, ", "", "ana@", `"*@`, "example.com, i", `example.com", i`).Replace(revoked), proven(), anasCommit, verifier.Revoked, ""},
		{"another one revoked", onePolicy("") + strings.NewReplacer("%, ", "", "ana@", "bob@").Replace(revoked), proven(), anasCommit, verifier.Good, ""},
		{"another provider's revoked", onePolicy("") + strings.NewReplacer("%, ", "", "//accounts", "//other").Replace(revoked), proven(), anasCommit, verifier.Good, ""},
		{"revoked, unproven", onePolicy("") + strings.Replace(revoked, "%, ", "", 1), unproven, anasCommit, verifier.Unproven, ""},

		{"log required, timestamp alone", onePolicy(""), stamped, anasCommit, verifier.Unproven, "no log entry"},
		{"timestamp required, timestamp alone", onePolicy("") + "require: [timestamp]\n", stamped, anasCommit, verifier.Good, ""},
		{"timestamp required, log alone", onePolicy("") + "require: [timestamp]\n", proven(), anasCommit, verifier.Unproven, "no timestamp"},
		{"both required, log alone", onePolicy("") + "require: [log, timestamp]\n", proven(), anasCommit, verifier.Unproven, "no timestamp"},
		{"both required, timestamp alone", onePolicy("") + "require: [log, timestamp]\n", stamped, anasCommit, verifier.Unproven, "no log entry"},
		{"both required, both there", onePolicy("") + "require: [timestamp, log]\n", both, anasCommit, verifier.Good, ""},

		{"a tag that matches", onePolicy(`tags: ["v*"]`), proven(), tag("v1.0"), verifier.Good, ""},
		{"a tag that is named", onePolicy(`tags: [nightly, "v*"]`), proven(), tag("nightly"), verifier.Good, ""},
		{"a tag that does not match", onePolicy(`tags: ["v*"]`), proven(), tag("nightly"), verifier.Untrusted, `the tag's name is "nightly", not like v*`},
		{"a tag in capitals", onePolicy(`tags: ["v*"]`), proven(), tag("V1"), verifier.Untrusted, ""},
		{"a tag with a slash", onePolicy(`tags: ["v*"]`), proven(), tag("v1/2"), verifier.Untrusted, ""},
		{"a tag without a name", onePolicy(`tags: ["v*"]`), proven(), tag(""), verifier.Untrusted, ""},
		{"a commit by who signs tags", onePolicy(`tags: ["v*"]`), proven(), anasCommit, verifier.Untrusted, "it signs tags alone, and this is a commit"},
		{"a push by who signs tags", onePolicy(`tags: ["v*"]`), proven(), verifier.Object{Type: verifier.PushCertificate}, verifier.Untrusted, "a push certificate"},
		{"a tag by who has no tags", onePolicy(""), proven(), tag("v1"), verifier.Good, ""},

		{"the trusted root", onePolicy("trust: public-good"), proven(), anasCommit, verifier.Good, ""},
		{"another trusted root", onePolicy("trust: public-good"), elsewhere, anasCommit, verifier.Untrusted, `the trusted root is "acme", not "public-good"`},
		{"no trusted root", onePolicy("trust: public-good"), nowhere, anasCommit, verifier.Untrusted, "no trusted root has judged"},

		{"an extension", onePolicy("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "public")), anasCommit, verifier.Good, ""},
		{"an extension by Fulcio's whole name", onePolicy("extensions: {source-repository-visibility-at-signing: public}"), withExtension(t, 22, utf8String(t, "public")), anasCommit, verifier.Good, ""},
		{"an extension with another value", onePolicy("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "private")), anasCommit, verifier.Untrusted, `source-repository-visibility is "private", not "public"`},
		{"an extension with a longer value", onePolicy("extensions: {source-repository-visibility: public}"), withExtension(t, 22, utf8String(t, "public ")), anasCommit, verifier.Untrusted, ""},
		{"an extension that is not there", onePolicy("extensions: {source-repository-visibility: public}"), proven(), anasCommit, verifier.Untrusted, "has no source-repository-visibility"},
		{"an extension of another kind of string", onePolicy("extensions: {source-repository-visibility: public}"), withExtension(t, 22, []byte("public")), anasCommit, verifier.Untrusted, "has no"},
		{"an extension with bytes behind it", onePolicy("extensions: {source-repository-visibility: public}"), withExtension(t, 22, append(utf8String(t, "public"), 0)), anasCommit, verifier.Untrusted, "has no"},
		{"an older extension", onePolicy("extensions: {github-workflow-trigger: push}"), withExtension(t, 2, []byte("push")), anasCommit, verifier.Good, ""},
		{"one of two extensions", onePolicy("extensions: {build-trigger: push, token-subject: x}"), withExtension(t, 20, utf8String(t, "push")), anasCommit, verifier.Untrusted, "has no token-subject"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := parsePolicy(t, tt.policy).Explain(tt.result, tt.object)
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
		x := parsePolicy(t, onePolicy(tt.line)).Explain(r, anasCommit)
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
	p := parsePolicy(t, `version: 1
identities:
  - {name: Bob, subject: bob@example.com, issuer: https://accounts.example.com}
  - {name: other Ana, subject: ana@example.com, issuer: https://accounts.example.org}
  - {name: former Ana, subject: ana@example.com, issuer: https://accounts.example.com, until: 2025-01-01T00:00:00Z}
  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}
  - {name: everybody, subject: "*@example.com", issuer: https://accounts.example.com}
`)
	x := p.Explain(proven(), anasCommit)
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
		if x := p.Explain(r, anasCommit); x.Verdict != v || len(x.Identities) != 0 || x.Rule != "" || !strings.Contains(x.Reason, "because") {
			t.Errorf("%v: %+v", v, x)
		}
	}
}

// The identity that was nearest is the one of which the reason speaks.
func TestReasonNamesTheNearestIdentity(t *testing.T) {
	t.Parallel()
	p := parsePolicy(t, `version: 1
identities:
  - {name: other Ana, subject: ana@example.com, issuer: https://accounts.example.org}
  - {name: Ana's tags, subject: ana@example.com, issuer: https://accounts.example.com, tags: ["v*"]}
  - {name: Ana, subject: ana@example.com, issuer: https://accounts.example.com}
`)
	x := p.Explain(proven(), verifier.Object{Type: verifier.Commit, Committer: "ana@home.example.net"})
	if x.Verdict != verifier.Untrusted || !strings.Contains(x.Reason, `policy does not allow "ana@example.com" ("https://accounts.example.com"): "Ana" does not match: the committer is`) {
		t.Errorf("%v: %s", x.Verdict, x.Reason)
	}
	x = p.Explain(signedBy(verifier.Email, "eve\n@example.com", "https://accounts.example.com\x1b"), anasCommit)
	if x.Reason != `policy does not allow "eve\n@example.com" ("https://accounts.example.com\x1b")` {
		t.Errorf("reason = %q", x.Reason)
	}
}

func TestOneOffPolicies(t *testing.T) {
	t.Parallel()
	exact := verifier.PolicyIdentity{Name: "flags", Subject: "ana@example.com", Issuer: accounts}
	for _, tt := range []struct {
		name   string
		id     verifier.PolicyIdentity
		result *verifier.Result
		want   verifier.Verdict
	}{
		{"whole names", exact, proven(), verifier.Good},
		{"another name", exact, signedBy(verifier.Email, "dana@example.com", accounts), verifier.Untrusted},
		{"a star is a star", verifier.PolicyIdentity{Name: "flags", Subject: "*@example.com", Issuer: accounts}, proven(), verifier.Untrusted},
		{"a regular expression", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: `.*@example\.com`, Issuer: accounts}, proven(), verifier.Good},
		{"a regular expression for a part", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: `example\.com`, Issuer: accounts}, proven(), verifier.Untrusted},
		{"an alternative that is longer", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: `ana|ana@example\.com`, Issuer: accounts}, proven(), verifier.Good},
		{"an alternative for a part", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: `bob|ana`, Issuer: accounts}, proven(), verifier.Untrusted},
		{"lines", verifier.PolicyIdentity{Name: "flags", SubjectRegexp: `(?m)^ana@example\.com$`, Issuer: accounts}, signedBy(verifier.Email, "ana@example.com\neve@example.org", accounts), verifier.Untrusted},
		{"an issuer's regular expression", verifier.PolicyIdentity{Name: "flags", Subject: "ana@example.com", IssuerRegexp: `https://(accounts|login)\.example\.com`}, proven(), verifier.Good},
		{"an issuer's regular expression, longer", verifier.PolicyIdentity{Name: "flags", Subject: "ana@example.com", IssuerRegexp: `https://accounts\.example`}, proven(), verifier.Untrusted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := verifier.NewPolicy("flags", tt.id)
			if err != nil {
				t.Fatal(err)
			}
			// The flags name no committer, so any will do.
			for _, o := range []verifier.Object{{}, {Type: verifier.Commit, Committer: "bob@example.com"}} {
				if x := p.Explain(tt.result, o); x.Verdict != tt.want {
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
		ids  []verifier.PolicyIdentity
	}{
		{"nobody", nil},
		{"no subject", []verifier.PolicyIdentity{{Name: "a", Issuer: accounts}}},
		{"no issuer", []verifier.PolicyIdentity{{Name: "a", Subject: "a"}}},
		{"no name", []verifier.PolicyIdentity{{Subject: "a", Issuer: accounts}}},
		{"two subjects", []verifier.PolicyIdentity{{Name: "a", Subject: "a", SubjectRegexp: "a", Issuer: accounts}}},
		{"two issuers", []verifier.PolicyIdentity{{Name: "a", Subject: "a", Issuer: accounts, IssuerRegexp: "a"}}},
		{"an issuer that is no URL", []verifier.PolicyIdentity{{Name: "a", Subject: "a", Issuer: "a"}}},
		{"an expression for everybody", []verifier.PolicyIdentity{{Name: "a", SubjectRegexp: ".*", Issuer: accounts}}},
		{"an expression for every issuer", []verifier.PolicyIdentity{{Name: "a", Subject: "a", IssuerRegexp: "https://.*"}}},
		{"an expression that is none", []verifier.PolicyIdentity{{Name: "a", SubjectRegexp: "a)|(b", Issuer: accounts}}},
		{"an expression that is too long", []verifier.PolicyIdentity{{Name: "a", SubjectRegexp: strings.Repeat("a", 4096), Issuer: accounts}}},
		{"what flags do not have", []verifier.PolicyIdentity{{Name: "a", Subject: "a", Issuer: accounts, Tags: []string{"v1"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if p, err := verifier.NewPolicy("flags", tt.ids...); err == nil {
				t.Errorf("%v", p.Describe())
			}
		})
	}
}
