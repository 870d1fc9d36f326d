package policy_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

func TestDescribeSaysWhatIsAllowed(t *testing.T) {
	t.Parallel()
	const want = `Every signature needs an entry in a transparency log and a timestamp by a timestamp authority.
Ana may sign as ana@example.com, vouched for by https://accounts.example.com
    where the committer or tagger is the signer or 12345+ana@users.noreply.example.com
    only what was signed at or after 2024-05-01T08:00:00+02:00 and before 2026-03-01T00:00:00Z, by the clock of a log or timestamp authority
release workflow may sign as any name like https://forge.example.com/acme/app/.github/workflows/release.yml@refs/tags/* (* is any text without / and @), vouched for by https://token.actions.example.com
    whoever the committer or tagger is
    only tags whose own name is like v* or nightly
    only with a certificate whose source-repository-identifier is "4711"
    only with a certificate whose source-repository-visibility is "public"
    only with evidence of the trusted root public-good
Revoked: ana@example.com, vouched for by https://accounts.example.com, for what was signed at or after 2026-02-03T08:00:00Z and before 2026-02-05T00:00:00Z: account stolen`
	if got := strings.Join(policytest.Parse(t, policytest.Full).Describe(), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	p, err := policy.New("flags", policy.Identity{Name: "flags", SubjectRegexp: ".*@example.com", Issuer: policytest.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	const flags = `Every signature needs an entry in a transparency log.
flags may sign as any name that is wholly matched by ".*@example.com", vouched for by https://accounts.example.com
    whoever the committer or tagger is`
	if got := strings.Join(p.Describe(), "\n"); got != flags {
		t.Errorf("got:\n%s\nwant:\n%s", got, flags)
	}
}

// A username may hold an @, and is not compared with the committer.
func TestDescribeKnowsTheKindOfName(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, strings.Replace(policytest.One(""), "ana@example.com", `"ana@ops!example.com"`, 1))
	if got := strings.Join(p.Describe(), "\n"); !strings.HasSuffix(got, "whoever the committer or tagger is") {
		t.Error(got)
	}
}

// keyHolders is the part of a policy that names two key files and who else each
// may sign for.
func keyHolders(first, second string) string {
	return "keys: {openpgp: [{file: 1.asc, committers: [" + first + "]}, {file: 2.asc, committers: [" + second + "]}]}\n"
}

func TestDiffSaysWhatChanges(t *testing.T) {
	t.Parallel()
	ana := policytest.One("")
	for _, tt := range []struct{ name, old, next, want string }{
		{"nothing", ana, "# comment\n" + ana, ""},
		{"another order", ana + "require: [log, timestamp]\n", ana + "require: [timestamp, log]\n", ""},
		{"a colleague more", ana, ana + "  - {name: Bob, subject: bob@example.com, issuer: https://accounts.example.com}\n",
			"allows Bob, as bob@example.com, vouched for by https://accounts.example.com\n    where the committer or tagger is the signer"},
		{"a colleague less", ana + "  - {name: Bob, subject: bob@example.com, issuer: https://accounts.example.com}\n", ana,
			"no longer allows Bob, who was bob@example.com, vouched for by https://accounts.example.com"},
		{"a colleague leaves", ana, policytest.One("until: 2026-03-01T00:00:00Z"),
			"changes Ana\n    from here on: only what was signed before 2026-03-01T00:00:00Z, by the clock of a log or timestamp authority"},
		{"a limit less", policytest.One("until: 2026-03-01T00:00:00Z"), ana,
			"changes Ana\n    no longer: only what was signed before 2026-03-01T00:00:00Z, by the clock of a log or timestamp authority"},
		{"another issuer", ana, strings.Replace(ana, "//accounts", "//login", 1),
			"changes Ana\n    no longer: as ana@example.com, vouched for by https://accounts.example.com\n    from here on: as ana@example.com, vouched for by https://login.example.com"},
		{"revoked", ana, ana + "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com}]\n",
			"revokes ana@example.com, vouched for by https://accounts.example.com, whenever it was signed"},
		{"no longer revoked", ana + "revoked: [{subject: ana@example.com, issuer: https://accounts.example.com, reason: lost}]\n", ana,
			"no longer revokes ana@example.com, vouched for by https://accounts.example.com, whenever it was signed: lost"},
		{"other evidence", ana, ana + "require: [timestamp]\n",
			"every signature needs a timestamp by a timestamp authority, where it needed an entry in a transparency log"},
		{"two key files change holders", ana + keyHolders("a@example.com", "b@example.com"), ana + keyHolders("b@example.com", "a@example.com"),
			"no longer: Whoever holds a key in 1.asc may sign with OpenPGP, at a time that nothing proves, where the committer or tagger is one of the key's own addresses or a@example.com\n" +
				"no longer: Whoever holds a key in 2.asc may sign with OpenPGP, at a time that nothing proves, where the committer or tagger is one of the key's own addresses or b@example.com\n" +
				"from here on: Whoever holds a key in 1.asc may sign with OpenPGP, at a time that nothing proves, where the committer or tagger is one of the key's own addresses or b@example.com\n" +
				"from here on: Whoever holds a key in 2.asc may sign with OpenPGP, at a time that nothing proves, where the committer or tagger is one of the key's own addresses or a@example.com"},
		{"the rules for refs in another order",
			ana + "history: {refs: [{refs: [\"refs/heads/*\"], unsigned: deny}, {refs: [\"refs/heads/wip\"], unsigned: allow}]}\n",
			ana + "history: {refs: [{refs: [\"refs/heads/wip\"], unsigned: allow}, {refs: [\"refs/heads/*\"], unsigned: deny}]}\n",
			"from here on, in this order:\n" +
				"    On refs like refs/heads/wip objects may be unsigned, and the forge's own key may sign merges that add nothing\n" +
				"    On refs like refs/heads/* objects may not be unsigned, and the forge's own key may sign merges that add nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(policytest.Parse(t, tt.old).Diff(policytest.Parse(t, tt.next)), "\n"); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
