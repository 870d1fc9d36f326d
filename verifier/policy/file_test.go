package policy_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

func TestParsePolicyReadsTheWholeSchema(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, policytest.Full)
	ids := p.Identities()
	if len(ids) != 2 {
		t.Fatalf("%d identities", len(ids))
	}
	ana, workflow := ids[0], ids[1]
	if ana.Name != "Ana" || ana.Subject != "ana@example.com" || ana.Issuer != "https://accounts.example.com" ||
		!slices.Equal(ana.Committers, []string{"12345+ana@users.noreply.example.com"}) ||
		!ana.From.Equal(policytest.Time(t, "2024-05-01T06:00:00Z")) || !ana.Until.Equal(policytest.Time(t, "2026-03-01T00:00:00Z")) ||
		ana.Extensions != nil || ana.Tags != nil || ana.Trust != "" {
		t.Errorf("first identity = %+v", ana)
	}
	if workflow.Name != "release workflow" || workflow.Issuer != "https://token.actions.example.com" || !strings.HasSuffix(workflow.Subject, "@refs/tags/*") ||
		!maps.Equal(workflow.Extensions, map[string]string{"source-repository-visibility": "public", "source-repository-identifier": "4711"}) ||
		!slices.Equal(workflow.Tags, []string{"v*", "nightly"}) || workflow.Trust != "public-good" || !workflow.From.IsZero() || !workflow.Until.IsZero() {
		t.Errorf("second identity = %+v", workflow)
	}
	want := policy.Revocation{Subject: "ana@example.com", Issuer: "https://accounts.example.com", From: policytest.Time(t, "2026-02-03T08:00:00Z"), Until: policytest.Time(t, "2026-02-05T00:00:00Z"), Reason: "account stolen"}
	if rs := p.Revocations(); len(rs) != 1 || rs[0] != want {
		t.Errorf("revocations = %+v, want %+v", rs, want)
	}
	if r := p.Require(); !slices.Equal(r, []policy.Evidence{policy.EvidenceLog, policy.EvidenceTimestamp}) {
		t.Errorf("require = %v", r)
	}
	if p.Source() != "policy.yaml" || string(p.Text()) != policytest.Full {
		t.Errorf("source %q, text %q", p.Source(), p.Text())
	}
	if r := policytest.Parse(t, policytest.One("")).Require(); !slices.Equal(r, []policy.Evidence{policy.EvidenceLog}) {
		t.Errorf("require is %v by default", r)
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	const ana = "  - name: Ana\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n"
	const top = "version: 1\nidentities:\n" + ana
	subject := func(s string) string { return strings.Replace(top, "ana@example.com", s, 1) }
	name := func(s string) string { return strings.Replace(top, "Ana", s, 1) }
	for _, tt := range []struct {
		name, text   string
		line, column int
		why, hint    string
	}{
		{"nothing", "", 0, 0, "empty", "docs/policy.md"},
		{"comments alone", "# nobody\n", 0, 0, "empty", "docs/policy.md"},
		{"text", "hello\n", 1, 1, "a mapping is expected", "key: value"},
		{"no version", "identities:\n" + ana, 1, 1, `"version" is missing`, "needed here: version"},
		{"version 2", "version: 2\nidentities:\n" + ana, 1, 10, `version is "2"`, "version: 1"},
		{"version 1.0", "version: 1.0\nidentities:\n" + ana, 1, 10, `version is "1.0"`, "version: 1"},
		{"version in quotes", "version: \"1\"\nidentities:\n" + ana, 1, 10, `version is "1"`, "version: 1"},
		{"version in hex", "version: 0x1\nidentities:\n" + ana, 1, 10, `version is "0x1"`, "version: 1"},
		{"version null", "version:\nidentities:\n" + ana, 1, 9, `version is ""`, "version: 1"},
		{"no identities", "version: 1\n", 1, 1, `"identities" is missing`, "needed here"},
		{"empty identities", "version: 1\nidentities: []\n", 2, 13, "identities is empty", "at least one"},
		{"null identities", "version: 1\nidentities:\n", 2, 12, "a list is expected", "- "},
		{"a mapping of identities", "version: 1\nidentities: {Ana: ana@example.com}\n", 2, 13, "a list is expected", "- "},
		{"an identity that is text", "version: 1\nidentities: [ana@example.com]\n", 2, 14, "a mapping is expected", "key: value"},

		{"keys that are no mapping", top + "keys: []\n", 6, 7, "a mapping is expected", "key: value"},
		{"no keys", top + "keys: {}\n", 6, 7, "keys is empty", "leave the key out"},
		{"unknown keys", top + "keys: {x509: [a]}\n", 6, 8, `unknown key "x509"`, "openpgp, ssh, forge"},
		{"no key file", top + "keys: {openpgp: []}\n", 6, 17, "openpgp is empty", "leave the key out"},
		{"a key file twice", top + "keys: {openpgp: [a.asc, {file: a.asc}]}\n", 6, 25, "duplicate file", "keep one"},
		{"an absolute key file", top + "keys: {openpgp: [/etc/a.asc]}\n", 6, 18, "not the name of a file at or below", "keys/ana.asc"},
		{"a key file above", top + "keys: {ssh: ../allowed}\n", 6, 13, "not the name of a file at or below", "keys/ana.asc"},
		{"a key file above from below", top + "keys: {ssh: a/../../allowed}\n", 6, 13, "not the name of a file at or below", "keys/ana.asc"},
		{"the policy's directory", top + "keys: {ssh: .}\n", 6, 13, "not the name of a file at or below", "keys/ana.asc"},
		{"a key file with a backslash", top + "keys: {ssh: 'a\\b'}\n", 6, 13, "not the name of a file at or below", "keys/ana.asc"},
		{"a key file with a colon", top + "keys: {ssh: 'a:b'}\n", 6, 13, "not the name of a file at or below", "keys/ana.asc"},
		{"allowed signers without a file", top + "keys: {ssh: {touch: required}}\n", 6, 13, `the key "file" is missing`, "file"},
		{"allowed signers with more", top + "keys: {ssh: {file: a, until: b}}\n", 6, 23, `unknown key "until"`, "file, touch, committers"},
		{"allowed signers twice", top + "keys: {ssh: {file: a, file: b}}\n", 6, 23, "file", "keep one"},
		{"allowed signers above", top + "keys: {ssh: {file: ../a}}\n", 6, 20, "not the name of a file at or below", "keys/ana.asc"},
		{"a touch that is not required", top + "keys: {ssh: {file: a, touch: optional}}\n", 6, 30, `touch is "optional"`, "touch: required"},
		{"a touch that is a boolean", top + "keys: {ssh: {file: a, touch: true}}\n", 6, 30, "touch", "quote"},
		{"principals that are a list", top + "keys: {ssh: {file: a, committers: [a@example.com]}}\n", 6, 35, "a mapping is expected", "key: value"},
		{"no principals", top + "keys: {ssh: {file: a, committers: {}}}\n", 6, 35, "committers is empty", "leave the key out"},
		{"a principal that is a pattern", top + "keys: {ssh: {file: a, committers: {'a*': [a@example.com]}}}\n", 6, 36, `"a*" is not one principal`, "{ana: [ana@example.com]}"},
		{"a principal twice", top + "keys: {ssh: {file: a, committers: {b: [a@example.com], b: [b@example.com]}}}\n", 6, 56, "duplicate key", "keep one"},
		{"a principal without committers", top + "keys: {ssh: {file: a, committers: {b: []}}}\n", 6, 39, "committers is empty", "fill the list"},
		{"a principal's committer that is a name", top + "keys: {ssh: {file: a, committers: {b: [Ana]}}}\n", 6, 40, "not an e-mail address", "alone"},
		{"several files of allowed signers", top + "keys: {ssh: [a, b]}\n", 6, 13, "one value is expected", "one value"},
		{"a committer of a key file that is a name", top + "keys: {openpgp: [{file: a, committers: [Ana]}]}\n", 6, 41, "not an e-mail address", "alone"},
		{"a key file with more", top + "keys: {openpgp: [{file: a, until: b}]}\n", 6, 28, `unknown key "until"`, "file, committers"},
		{"no key of the forge", top + "keys: {forge: {}}\n", 6, 15, "forge is empty", "leave the key out"},
		{"a forge of a forge", top + "keys: {forge: {forge: {ssh: a}}}\n", 6, 16, `unknown key "forge"`, "openpgp, ssh"},
		{"no history", top + "history: {}\n", 6, 10, "history is empty", "leave the key out"},
		{"unknown history", top + "history: {before: x}\n", 6, 11, `unknown key "before"`, "after, exempt, unsigned, forge, refs"},
		{"history after a time", top + "history:\n  after: 2026-01-01T00:00:00Z\n", 7, 10, "a list is expected", "[a, b]"},
		{"history after a name", top + "history: {after: [main]}\n", 6, 19, "not the full id of a commit", "git rev-parse"},
		{"history after a short id", top + "history: {after: [1234567]}\n", 6, 19, "not the full id of a commit", "git rev-parse"},
		{"history after an id in capitals", top + "history: {after: [" + strings.Repeat("A", 40) + "]}\n", 6, 19, "not the full id of a commit", "git rev-parse"},
		{"history after an id twice", top + "history: {after: [" + strings.Repeat("1", 40) + ", " + strings.Repeat("1", 40) + "]}\n", 6, 61, "second time", "keep one"},
		{"an exemption without reason", top + "history: {exempt: [{commit: " + strings.Repeat("1", 40) + "}]}\n", 6, 20, `"reason" is missing`, "commit, reason"},
		{"an exemption with an empty reason", top + "history: {exempt: [{commit: " + strings.Repeat("1", 40) + ", reason: \"\"}]}\n", 6, 79, "reason: empty", "not held against"},
		{"an exemption twice", top + "history:\n  exempt:\n    - {commit: " + strings.Repeat("1", 40) + ", reason: a}\n    - {commit: " + strings.Repeat("1", 40) + ", reason: b}\n", 9, 16, "second time", "keep one"},
		{"unsigned by a boolean", top + "history: {unsigned: true}\n", 6, 21, "not text to YAML", "quote"},
		{"unsigned by another word", top + "history: {unsigned: warn}\n", 6, 21, "neither allow nor deny", "unsigned: allow or unsigned: deny"},
		{"an empty forge", top + "history: {forge: {}}\n", 6, 18, "forge is empty", "allow or deny"},
		{"an unknown work of the forge", top + "history: {forge: {rebase: allow}}\n", 6, 19, `unknown key "rebase"`, "merge, squash, edit"},
		{"refs without a rule", top + "history: {refs: [{refs: [refs/heads/a]}]}\n", 6, 18, "no rule of their own", "unsigned or forge"},
		{"refs by a short name", top + "history: {refs: [{refs: [main], unsigned: allow}]}\n", 6, 26, "not the full name of a ref", "refs/heads/release/*"},
		{"rules without refs", top + "history: {refs: [{unsigned: allow}]}\n", 6, 18, `"refs" is missing`, "refs"},

		{"unknown key", top + "revoke: []\n", 6, 1, `unknown key "revoke"`, "revoked"},
		{"unknown key of an identity", top + "    expires: 2026-03-01T00:00:00Z\n", 6, 5, `unknown key "expires"`, "until"},
		{"unknown key of a revocation", top + "revoked:\n  - {subject: a@example.com, issuer: https://a.example.com, name: x}\n", 7, 61, `unknown key "name"`, "reason"},
		{"key in capitals", strings.Replace(top, "version", "Version", 1), 1, 1, `unknown key "Version"`, "version"},
		{"key that is a number", top + "1: x\n", 6, 1, `unknown key "1"`, "known here"},
		{"key that is a list", top + "[a]: x\n", 6, 1, "one value is expected", "in quotes"},
		{"duplicate key", "version: 1\nversion: 1\nidentities:\n" + ana, 2, 1, "second time", "keep one"},
		{"duplicate key of an identity", top + "    name: Ana\n", 6, 5, "second time", "keep one"},
		{"missing key of an identity", "version: 1\nidentities:\n  - name: Ana\n    subject: ana@example.com\n", 3, 5, `"issuer" is missing`, "name, subject, issuer"},
		{"missing key of a revocation", top + "revoked:\n  - subject: a@example.com\n", 7, 5, `"issuer" is missing`, "subject, issuer"},

		{"duplicate name", top + strings.Replace(ana, "ana@", "bob@", 1), 6, 11, `name "Ana"`, "its own name"},
		{"duplicate identity, in capitals", top + strings.NewReplacer("Ana", "Bob", "ana@", "ANA@").Replace(ana), 6, 5, `"ANA@example.com" stands here`, "remove one"},
		{"duplicate revocation", top + "revoked:\n- {subject: a@example.com, issuer: https://a.example.com}\n- {subject: a@example.com, issuer: https://a.example.com}\n", 8, 3, "second time", "remove one"},
		{"duplicate committer", policytest.One("committers: [a@example.com, a@example.com]"), 6, 17, "second time", "e-mail"},
		{"duplicate tag", policytest.One("tags: [v1, v1]"), 6, 11, "second time", ""},
		{"duplicate requirement", top + "require: [log, log]\n", 6, 16, "second time", "keep one"},
		{"one extension by two names", policytest.One("extensions: {source-repository-visibility: public, source-repository-visibility-at-signing: public}"), 6, 97, "both of its names", "keep one"},

		{"empty committers", policytest.One("committers: []"), 6, 17, "committers is empty", "leave the key out"},
		{"empty tags", policytest.One("tags: []"), 6, 11, "tags is empty", "leave the key out"},
		{"empty extensions", policytest.One("extensions: {}"), 6, 17, "extensions is empty", "leave the key out"},
		{"empty revoked", top + "revoked: []\n", 6, 10, "revoked is empty", "leave the key out"},
		{"empty require", top + "require: []\n", 6, 10, "require is empty", "leave the key out"},
		{"null committers", policytest.One("committers:"), 6, 16, "a list is expected", ""},
		{"empty trust", policytest.One(`trust: ""`), 6, 12, "trust: empty", "leave the key out"},
		{"empty reason", top + "revoked: [{subject: a@example.com, issuer: https://a.example.com, reason: \"\"}]\n", 6, 75, "reason: empty", "leave the key out"},

		{"an alias that was meant as a pattern", subject("*@example.org"), 4, 14, "", `"*@example.org"`},
		{"an alias that was meant as a tag's pattern", policytest.One("tags: [v1, *-rc]"), 6, 16, "", `"*-rc"`},
		{"an alias that was meant as a pattern, in a list", policytest.One("tags:", "  - *-rc"), 7, 9, "", `"*-rc"`},
		{"an alias", "version: 1\nidentities:\n  - name: &a Ana\n    subject: *a\n    issuer: https://accounts.example.com\n", 3, 11, "anchor", "quote"},
		{"an anchor", "version: 1\nidentities: &all\n" + ana, 2, 13, "anchor", "remove the anchor"},
		{"an anchor that was meant as text", name("&Co"), 3, 11, "anchor", "quote"},
		{"a tag", name("!!str Ana"), 3, 11, "tag", "remove the tag"},
		{"a tag of one's own", name("!ana"), 3, 11, "tag", "quote"},
		{"a value that begins with @", name("@ana"), 3, 11, "", `"@ana"`},
		{"a value that begins with %", name("%ana"), 3, 11, "", `"%ana"`},
		{"a value that begins with a backtick", name("`ana`"), 3, 11, "", "\"`ana`\""},
		{"a colon in a value", name("Ana: maintainer"), 3, 1, "mapping values are not allowed", "quote"},
		{"a merge key", top + "  - <<: {name: Bob}\n    subject: bob@example.com\n    issuer: https://accounts.example.com\n", 6, 5, `unknown key "<<"`, "known here"},
		{"two documents", top + "---\nversion: 1\n", 6, 1, "second document", "---"},
		{"a directive", "%YAML 1.2\n---\n" + top, 1, 1, "directive", "remove"},
		{"a tab for indentation", "version: 1\nidentities:\n\t- name: Ana\n", 3, 1, "tab", "spaces"},
		{"a tab after spaces", strings.Replace(top, "    subject", "  \t  subject", 1), 4, 3, "tab", "spaces"},
		{"a bracket that is not closed", top + "require: [log\n", 6, 1, "',' or ']'", "indented"},
		{"a value in several lines", name("Ana\n      Maria"), 3, 11, "several lines", "one line"},
		{"a value in several lines, in quotes", name("\"Ana\n      Maria\""), 3, 11, "several lines", "one line"},
		{"a value in a block", name(">-\n      Ana"), 3, 11, "several lines", "one line"},

		{"a name that is a number", name("007"), 3, 11, "not text", `"007"`},
		{"a name that is a fraction", name("1e3"), 3, 11, "not text", `"1e3"`},
		{"a name that is null", name("~"), 3, 11, "not text", `"~"`},
		{"a name that is true", name("true"), 3, 11, "not text", `"true"`},
		{"a name that is no to YAML 1.1", name("no"), 3, 11, "not text", `"no"`},
		{"a name that is on to YAML 1.1", name("On"), 3, 11, "not text", `"On"`},
		{"a name that is a date", name("2026-03-01"), 3, 11, "not text", `"2026-03-01"`},
		{"a name that is a comment", name("#1"), 3, 10, "no value", "quote"},
		{"an extension that is a number", policytest.One("extensions: {source-repository-identifier: 4711}"), 6, 48, "not text", `"4711"`},
		{"an extension that is a boolean", policytest.One("extensions: {deployment-environment: false}"), 6, 42, "not text", `"false"`},
		{"a tag that is a number", policytest.One("tags: [1.0]"), 6, 12, "not text", `"1.0"`},
		{"a trust that is a number", policytest.One("trust: 1"), 6, 12, "not text", `"1"`},

		{"an empty subject", subject(`""`), 4, 14, "subject: empty", "certificate"},
		{"a space before the subject", subject(`" ana@example.com"`), 4, 14, "space", ""},
		{"a name beside the address", subject("Ana <ana@example.com>"), 4, 14, "more than the name", "certificate"},
		{"a newline in the name", name(`"A\nB"`), 3, 11, "cannot be seen", ""},
		{"a bidi character, escaped", name(`"A\u202eB"`), 3, 11, "cannot be seen", ""},
		{"a bidi character in a comment", "version: 1 # \u202e1\nidentities:\n" + ana, 1, 14, "U+202E", "remove"},
		{"an escape character", "version: 1\nidentities: # \x1b[31m\n" + ana, 2, 15, "U+001B", "remove"},
		{"a line separator", "version: 1\u2028identities:\n" + ana, 1, 11, "U+2028", "remove"},
		{"a byte order mark", "\ufeff" + top, 1, 1, "U+FEFF", "remove"},
		{"a carriage return of its own", "version: 1\ridentities:\n" + ana, 1, 11, "U+000D", "remove"},
		{"Latin-1", name("Jos\xe9"), 3, 14, "not UTF-8", "UTF-8"},
		{"UTF-16", "v\x00e\x00r\x00", 1, 2, "U+0000", "remove"},
		{"an issuer without scheme", strings.Replace(top, "https://", "", 1), 5, 13, "not a URL", "https://"},
		{"an issuer with a star", strings.Replace(top, "accounts.", "*.", 1), 5, 13, "issuer is written whole", "certificate"},
		{"a list as subject", subject("[ana@example.com]"), 4, 14, "one value is expected", "in quotes"},

		{"a pattern for everything", subject(`"*"`), 4, 14, "no kind of name", `"*@example.com"`},
		{"a pattern for everything, twice", subject(`"**"`), 4, 14, "no kind of name", `"*@example.com"`},
		{"a pattern for every address", subject(`"*@*"`), 4, 14, "domain open", "fixed"},
		{"a pattern for every address in a top-level domain", subject(`"*@*.com"`), 4, 14, "domain open", "fixed"},
		{"a pattern for one name anywhere", subject(`ana@*`), 4, 14, "domain open", "fixed"},
		{"a pattern for longer domains", subject(`"*@*example.com"`), 4, 14, "domain open", "fixed"},
		{"a pattern without a domain", subject(`"*@"`), 4, 14, "no domain", "fixed"},
		{"a pattern for every URI", subject(`"https://**"`), 4, 14, "host open", "fixed"},
		{"a pattern for every host", subject(`"https://*/acme/app"`), 4, 14, "host open", "fixed"},
		{"a pattern for every scheme", subject(`"*://forge.example.com/acme/app"`), 4, 14, "host open", "fixed"},
		{"a pattern for longer hosts", subject(`"https://forge.example.com*"`), 4, 14, "host open", "fixed"},
		{"a pattern for every owner", subject(`"https://forge.example.com/*/app"`), 4, 14, "owner", "fixed"},
		{"a pattern for longer owners", subject(`"https://forge.example.com/acme*"`), 4, 14, "owner", "fixed"},
		{"a pattern for every user", subject(`"*!*"`), 4, 14, "domain open", "fixed"},
		{"three stars", subject(`"***@example.com"`), 4, 14, "neither * nor **", "fixed"},
		{"many stars", subject(`"` + strings.Repeat("*a", 17) + `@example.com"`), 4, 14, "more than 16 stars", "fixed"},
		{"a pattern for every tag", policytest.One(`tags: ["*"]`), 6, 11, "every tag", "leave the key out"},
		{"a pattern for every tag with slashes", policytest.One(`tags: ["**/*"]`), 6, 11, "every tag", "leave the key out"},
		{"a tag's ref", policytest.One("tags: [refs/tags/v1]"), 6, 11, "names itself", "without refs/tags/"},
		{"a committer that is a name", policytest.One("committers: [Ana]"), 6, 17, "not an e-mail address", "alone"},
		{"a committer that is a pattern", policytest.One(`committers: ["*@example.com"]`), 6, 17, "written whole", ""},
		{"a pattern for everything, revoked", top + "revoked: [{subject: \"**\", issuer: https://a.example.com}]\n", 6, 21, "no kind of name", "fixed"},

		{"a date without a time", policytest.One("until: 2026-03-01"), 6, 12, "no time with a zone", "2026-03-01T00:00:00Z"},
		{"a time without a zone", policytest.One("until: 2026-03-01T00:00:00"), 6, 12, "no time with a zone", "RFC 3339"},
		{"a time with a space", policytest.One("from: 2026-03-01 00:00:00Z"), 6, 11, "no time with a zone", "RFC 3339"},
		{"a time with one digit", policytest.One("from: 2026-3-01T00:00:00Z"), 6, 11, "no time with a zone", "RFC 3339"},
		{"a time with a comma", policytest.One("from: \"2026-03-01T00:00:00,5Z\""), 6, 11, "no time with a zone", "RFC 3339"},
		{"a day that is none", policytest.One("from: 2026-02-30T00:00:00Z"), 6, 11, "no time with a zone", "RFC 3339"},
		{"from after until", policytest.One("from: 2026-03-02T00:00:00Z", "until: 2026-03-01T00:00:00Z"), 7, 12, "not after from", "no longer does"},
		{"from is until", policytest.One("from: 2026-03-01T00:00:00Z", "until: 2026-03-01T01:00:00+01:00"), 7, 12, "not after from", "no longer does"},
		{"revoked from after until", top + "revoked: [{subject: a@example.com, issuer: https://a.example.com, from: 2026-03-02T00:00:00Z, until: 2026-03-01T00:00:00Z}]\n", 6, 102, "not after from", "no longer does"},

		{"unknown evidence", top + "require: [rekor]\n", 6, 11, `no evidence is called "rekor"`, "log, timestamp"},
		{"evidence without a list", top + "require: log\n", 6, 10, "a list is expected", "[a, b]"},
		{"unknown extension", policytest.One("extensions: {visibility: public}"), 6, 18, `unknown key "visibility"`, "source-repository-visibility"},
		{"the issuer as an extension", policytest.One("extensions: {issuer: x}"), 6, 18, `unknown key "issuer"`, "known here"},
		{"an empty extension", policytest.One(`extensions: {build-trigger: ""}`), 6, 33, "build-trigger: empty", "certificate"},
		{"too long", "version: 1\n" + strings.Repeat("#", 1<<20), 0, 0, "at most", "docs/policy.md"},
		{"too many", "version: 1\nidentities: [" + strings.Repeat("{},", 10_001) + "]\n", 2, 13, "at most 10000", "patterns"},
		{"a name that is too long", name(strings.Repeat("a", 2049)), 3, 11, "longer than", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := policy.Parse("policy.yaml", []byte(tt.text))
			var at *policy.Error
			if p != nil || !errors.As(err, &at) {
				t.Fatalf("error = %v, want a *PolicyError", err)
			}
			if at.Line != tt.line || at.Column != tt.column || !strings.Contains(at.Err.Error(), tt.why) || !strings.Contains(at.Hint, tt.hint) {
				t.Errorf("line %d, column %d: %v (hint: %q)\nwant line %d, column %d: %q (hint: %q)", at.Line, at.Column, at.Err, at.Hint, tt.line, tt.column, tt.why, tt.hint)
			}
			if at.Source != "policy.yaml" || at.Hint == "" {
				t.Errorf("source = %q, hint = %q", at.Source, at.Hint)
			}
		})
	}
}

func TestParsePolicyReads(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text string }{
		{"lines that end in CRLF", strings.ReplaceAll(policytest.Full, "\n", "\r\n")},
		{"a document mark", "---\n" + policytest.One("")},
		{"no final newline", strings.TrimSuffix(policytest.One(""), "\n")},
		{"a tab before a comment", policytest.One("trust: a\t# comment")},
		{"brackets alone", `{version: 1, identities: [{name: "Ana", subject: 'ana@example.com', issuer: "https://accounts.example.com"}]}`},
		{"quotes in quotes", policytest.One(`trust: "a\"b"`)},
		{"an apostrophe", strings.Replace(policytest.One(""), "Ana", "'Ana''s laptop'", 1)},
		{"one signer at two times", policytest.One("until: 2026-03-01T00:00:00Z") + "  - {name: Ana again, subject: ana@example.com, issuer: https://accounts.example.com, from: 2026-04-01T00:00:00Z}\n"},
		{"one owner of a forge", strings.Replace(policytest.One(""), "ana@example.com", `"https://forge.example.com/acme/**"`, 1)},
		{"a workload", strings.Replace(policytest.One(""), "ana@example.com", `"spiffe://example.com/ns/*/sa/bot"`, 1)},
		{"users of a domain", strings.Replace(policytest.One(""), "ana@example.com", `"*!example.com"`, 1)},
		{"subdomains", strings.Replace(policytest.One(""), "ana@example.com", `"*@*.example.com"`, 1)},
		{"a fraction of a second", policytest.One("from: 2026-03-01T00:00:00.5Z")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := policy.Parse("policy.yaml", []byte(tt.text)); err != nil {
				t.Errorf("%v in\n%s", err, tt.text)
			}
		})
	}
}
