// Package policytest makes policies for tests.
package policytest

import (
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/policy"
)

// Accounts is the issuer of the signers in tests.
const Accounts = "https://accounts.example.com"

// Parse reads a policy that is right.
func Parse(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Time reads an RFC 3339 time.
func Time(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// One is a policy for Ana, with further lines of her identity.
func One(lines ...string) string {
	text := "version: 1\nidentities:\n  - name: Ana\n    subject: ana@example.com\n    issuer: https://accounts.example.com\n"
	for _, l := range lines {
		if l != "" {
			text += "    " + l + "\n"
		}
	}
	return text
}

// Full is a policy with everything that one identity can have.
const Full = `# who may sign here
version: 1

identities:
  # the maintainer
  - name: Ana
    subject: ana@example.com   # work address
    issuer: https://accounts.example.com
    committers: [12345+ana@users.noreply.example.com]
    from: 2024-05-01T08:00:00+02:00
    until: "2026-03-01T00:00:00Z"
  - name: "release workflow"
    subject: "https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/*"
    issuer: 'https://token.actions.example.com'
    extensions: {source-repository-visibility: public, source-repository-identifier: "4711"}
    tags: ["v*", nightly]
    trust: public-good

revoked:
  - {subject: ana@example.com, issuer: https://accounts.example.com, from: 2026-02-03T08:00:00Z, until: 2026-02-05T00:00:00Z, reason: account stolen}
require: [timestamp, log]
# the end
`
