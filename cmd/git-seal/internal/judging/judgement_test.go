package judging

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/display"
)

// commit is a commit by an address.
func commit(t *testing.T, email string) *git.Object {
	t.Helper()
	ident := "A U Thor <" + email + "> 1700000000 +0000\n"
	o, err := git.ParseObject(git.SHA1, git.Commit, []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor "+ident+"committer "+ident+"\nsubject\n"))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDetails(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	alice := fulcio.CertificateIdentity{SubjectAlternativeName: "alice@example.com", Issuer: "https://accounts.example.com", Kind: fulcio.Email}
	mike := fulcio.CertificateIdentity{SubjectAlternativeName: "mike@example.com", Issuer: alice.Issuer, Kind: fulcio.Email}
	log := verifier.LogInfo{URL: "https://rekor.example.com", KeyID: "00", Index: 7, Version: 1}
	for _, tc := range []struct {
		name string
		j    Judgement
		want []string
	}{
		{
			"good",
			Judgement{Result: &verifier.Result{Verdict: verifier.Good, Identity: alice, Rule: "Alice", SignedAt: at, TimeSource: verifier.TimeFromLog, Log: log}},
			[]string{
				"signed by alice@example.com (https://accounts.example.com), allowed by the rule Alice",
				"at 2026-01-02T03:04:05Z, by the log; log https://rekor.example.com, index 7",
			},
		},
		{
			"untrusted, with the command that would allow the signer",
			Judgement{Result: &verifier.Result{Verdict: verifier.Untrusted, Identity: alice, Reason: "no policy", Advice: verifier.AllowSigner}, Object: commit(t, "alice@example.com")},
			[]string{
				"signed by alice@example.com (https://accounts.example.com)",
				"why: no policy",
				"hint: to allow this signer, run: git seal policy allow " + commit(t, "alice@example.com").ID(),
			},
		},
		{
			"a timestamp's time, and another committer",
			Judgement{Result: &verifier.Result{Verdict: verifier.Good, Identity: alice, Rule: "Alice", SignedAt: at, TimeSource: verifier.TimeFromTimestamp,
				Timestamp: verifier.TimestampInfo{URL: "https://tsa.example.com", Time: at}}, Object: commit(t, "mallory@example.com")},
			[]string{
				"signed by alice@example.com (https://accounts.example.com), allowed by the rule Alice",
				"at 2026-01-02T03:04:05Z, by the timestamp authority https://tsa.example.com",
				"note: the commit names a different address, mallory@example.com, as committer",
			},
		},
		{
			"the same committer in other letters",
			Judgement{Result: &verifier.Result{Verdict: verifier.Good, Identity: alice, Rule: "Alice"}, Object: commit(t, "Alice@Example.com")},
			[]string{"signed by alice@example.com (https://accounts.example.com), allowed by the rule Alice"},
		},
		{
			"a committer who looks like the signer: a Kelvin sign is no k",
			Judgement{Result: &verifier.Result{Verdict: verifier.Untrusted, Identity: mike}, Object: commit(t, "mi\u212ae@example.com")},
			[]string{
				"signed by mike@example.com (https://accounts.example.com)",
				"note: the commit names a different address, mi\u212ae@example.com, as committer",
			},
		},
		{
			"unproven",
			Judgement{Result: &verifier.Result{Verdict: verifier.Unproven, Identity: alice, SigningTime: at, Reason: "no time", Hint: "use a timestamp"}},
			[]string{
				"signed by alice@example.com (https://accounts.example.com)",
				"at 2026-01-02T03:04:05Z, by the signer's own clock, which proves nothing",
				"why: no time",
				"hint: use a timestamp",
			},
		},
		{
			"bad: the certificate's word is a claim",
			Judgement{Result: &verifier.Result{Verdict: verifier.Bad, Identity: alice, Reason: "digest"}},
			[]string{"the certificate names alice@example.com (https://accounts.example.com)", "why: digest"},
		},
		{"unsigned", Judgement{Result: &verifier.Result{Verdict: verifier.Unsigned, Reason: "no signature"}}, []string{"why: no signature"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := tc.j.Details(); !slices.Equal(got, tc.want) {
				t.Errorf("details:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// The law: whatever a certificate, a commit and an error say, each line of a
// report is one line, nothing in it is for the terminal, and every object has
// exactly one line of JSON.
func FuzzReports(f *testing.F) {
	f.Add("alice@example.com", "https://accounts.example.com", "no policy", "subject", uint8(verifier.Untrusted), int64(1772366400))
	f.Add("a\ngit-seal: good", "\x1b[2J", "\u202e", "a\rb\x00", uint8(verifier.Good), int64(0))
	f.Add("\xff\xfe", "", "\n", "\u2028", uint8(verifier.Bad), int64(-1))
	f.Add("alice@example.com", "https://accounts.example.com", "", "HEAD", uint8(verifier.Good), int64(1<<62))
	f.Add("alice@example.com", "https://accounts.example.com", "", "HEAD", uint8(verifier.Good), int64(253402300800))
	f.Add("alice@example.com", "https://accounts.example.com", "", "HEAD", uint8(verifier.Good), int64(-1<<40))
	f.Fuzz(func(t *testing.T, name, issuer, reason, rev string, verdict uint8, seconds int64) {
		at := time.Unix(seconds, 0)
		r := &verifier.Result{Verdict: verifier.Verdict(verdict), Identity: fulcio.CertificateIdentity{SubjectAlternativeName: name, Issuer: issuer, Kind: fulcio.Email},
			Reason: reason, Hint: reason, Rule: name, SignedAt: at, SigningTime: at, Log: verifier.LogInfo{KeyID: "00", URL: issuer, IntegratedTime: at}, Timestamp: verifier.TimestampInfo{Time: at}, Checks: []verifier.Check{{Name: verifier.CheckForm, Detail: reason}}}
		j := &Judgement{Result: r, Rev: rev}
		var text, machine bytes.Buffer
		tr := &TextReport{Out: host.NewOutput(&text)}
		tr.Object(j)
		if err := tr.End(0); err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("line %d holds what a terminal acts on: %q", i, line)
			}
			if i > 1 && !strings.HasPrefix(line, "  ") {
				t.Errorf("line %d is not the report's: %q", i, line)
			}
		}
		jr := &JSONReport{Out: host.NewOutput(&machine)}
		jr.Begin(new(Judge))
		jr.Object(j)
		if err := jr.End(0); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(machine.String(), "\n")
		if len(lines) != 3 || lines[2] != "" {
			t.Fatalf("%d lines, want one of the object and one that sums up: %q", len(lines)-1, lines)
		}
		line := strings.TrimSuffix(lines[0], "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("JSON holds what a terminal acts on: %q", line)
		}
		var back report.Object
		if err := json.Unmarshal([]byte(line), &back); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if back.Version != display.JSONVersion || back.Verdict != j.Verdict.String() || back.Revision == "" && rev != "" {
			t.Errorf("the line is %q, the verdict %v", line, j.Verdict)
		}
		if y := at.UTC().Year(); y < 0 || y > 9999 {
			if back.Verdict != "unknown" || back.Reason == "" {
				t.Errorf("a year that JSON cannot write: %q", line)
			}
			return
		}
		if want := strings.ToValidUTF8(name, "\ufffd"); back.Identity != want && !strings.Contains(want, "\ufffd") {
			t.Errorf("identity %q, want %q", back.Identity, want)
		}
	})
}
