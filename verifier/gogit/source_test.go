package gogit_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gogitlib "github.com/go-git/go-git/v5"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/evidence"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// kept is a repository with a policy of its own, a forge's merges, squashes and
// edits, rules for refs, and the files by which it is audited.
type kept struct {
	sealed
	dir string // of the policy and the key files
}

func newKept(t *testing.T, s *signertest.Sandbox) kept {
	t.Helper()
	for _, program := range []string{"ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	r := kept{newSealed(t, s), t.TempDir()}
	key := filepath.Join(r.dir, "forge")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "forge_signers", "noreply@forge.example.com namespaces=\"git\" "+string(public))
	text := fmt.Sprintf(`version: 1
identities:
  - {name: Dev, subject: %s, issuer: %s}
keys:
  forge: {ssh: forge_signers}
history:
  refs:
    - {refs: ["refs/heads/wip/*"], unsigned: allow}
`, signerEmail, s.OIDC)
	r.write(t, "policy.yaml", text)

	forge := r.With("GIT_COMMITTER_EMAIL=noreply@forge.example.com", "GIT_COMMITTER_NAME=Forge")
	byForge := func(args ...string) {
		forge.Git(append([]string{"-c", "gpg.format=ssh", "-c", "user.signingKey=" + key}, args...)...)
	}
	file := func(name, content string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(r.Dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		r.Git("add", name)
	}
	file(policy.Path, text)
	file(".git-seal/forge_signers", "noreply@forge.example.com namespaces=\"git\" "+string(public))
	r.commit("first, with the policy\n")
	file("a", "a\n")
	r.commit("a\n")
	r.Git("switch", "-q", "-c", "topic", "HEAD~1")
	file("b", "b\n")
	r.commit("b\n")
	r.Git("switch", "-q", "main")
	byForge("merge", "-q", "-S", "--no-ff", "-m", "merge by the forge", "topic")
	r.Git("switch", "-q", "-c", "other", "HEAD~1")
	file("c", "c\n")
	r.commit("c\n")
	r.Git("switch", "-q", "main")
	r.Git("merge", "-q", "--no-commit", "--no-ff", "other")
	file("d", "added by the merge\n")
	byForge("commit", "-q", "-S", "-m", "merge that adds something")
	byForge("commit", "-q", "-S", "--allow-empty", "-m", "squash (#12)")
	file(policy.Path, text+"# changed\n")
	r.commit("change the policy\n")
	r.tag("v1", "release\n")
	r.Git("update-ref", "refs/tags/v2", r.Git("rev-parse", "v1"))
	r.Git("switch", "-q", "-c", "wip/x")
	r.Git("commit", "-q", "--allow-empty", "-m", "not signed, allowed here")
	r.Git("switch", "-q", "main")
	r.Git("commit", "-q", "--allow-empty", "-m", "not signed")
	return r
}

func (r kept) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// verifier returns the policy with its keys, and who judges by it.
func (r kept) verifier(t *testing.T, s *signertest.Sandbox) (*policy.Policy, *verifier.Verifier) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.ReadKeys(func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(r.dir, name)) }); err != nil {
		t.Fatal(err)
	}
	roots, err := os.ReadFile(s.TrustedRoot())
	if err != nil {
		t.Fatal(err)
	}
	root, err := trust.ParseRoot("sandbox", s.TrustedRoot(), roots)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}, Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	return p, v
}

// audited returns the report on a source in a form, and without its head.
func audited(t *testing.T, source audit.Source, p *policy.Policy, v *verifier.Verifier, form report.Form) string {
	t.Helper()
	var out strings.Builder
	w := report.New(form, &out, report.Options{})
	r, err := audit.Run(t.Context(), source, audit.Options{
		Verifier: v, History: p.History(), PolicyChanges: true,
		Each: func(r *audit.Result) error {
			r.Hint = "" // the program words it by its commands
			w.Result(r)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Notes = nil
	for i := range r.Failures {
		r.Failures[i].Hint = ""
	}
	if err := w.End(r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// body is a text report without its head and hints.
func body(text string) string {
	_, text, _ = strings.Cut(text, "\n\n")
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "hint: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// TestAuditOfAStorerIsThePrograms: a repository audited through go-git gets the
// report that git-seal makes of it, except for its head and the words of hints.
func TestAuditOfAStorerIsThePrograms(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	r := newKept(t, s)
	p, v := r.verifier(t, s)
	cmd := exec.CommandContext(t.Context(), r.program, "audit", "--all", "--no-cache", "--policy", filepath.Join(r.dir, "policy.yaml"))
	cmd.Dir, cmd.Env = r.Dir, r.Env()
	want, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && (!asExit(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("git-seal audit: %v\n%s", err, want)
	}
	repo, err := git.Open(t.Context(), git.Options{Dir: r.Dir, Env: r.Env(), TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	opened, err := gogitlib.PlainOpen(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	tips, err := gogit.ListTips(opened.Storer)
	if err != nil {
		t.Fatal(err)
	}
	source := gogit.NewSource(opened.Storer, tips)
	source.Merges = func(merge *git.Object) (bool, error) { return repo.MergesCleanly(t.Context(), merge) }
	got := audited(t, source, p, v, report.Text)
	if body(got) != body(string(want)) {
		t.Errorf("through go-git:\n%s\nby git-seal:\n%s", body(got), body(string(want)))
	}
	for _, verdict := range []string{"good\n", "bad\n", "untrusted\n", "unsigned\n"} {
		if !strings.Contains(got, verdict) {
			t.Errorf("the history has no %s", verdict)
		}
	}

	// An archive of it: the same, except what it cannot show.
	source.Merges = func(*git.Object) (bool, error) {
		return false, fmt.Errorf("an evidence archive does not show what merging the parents gives")
	}
	var file bytes.Buffer
	recorder, err := evidence.Record(&file, source, git.SHA1, []string{"--all"}, audit.Walk{}, evidence.Judge{Roots: []*trust.Root{trust.PublicGood()}})
	if err != nil {
		t.Fatal(err)
	}
	recorded := audited(t, recorder, p, v, report.Text)
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := evidence.Read("e.tar", bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	fromArchive := audited(t, archive, p, v, report.Text)
	withoutChanges, _, found := strings.Cut(body(recorded), "\nchanges of ")
	_, conclusion, _ := strings.Cut(body(recorded), "\n\n"+lastLine(recorded))
	if !found || conclusion != "" || body(fromArchive) != withoutChanges+"\n"+lastLine(recorded) {
		t.Errorf("from the archive:\n%s\nfrom the storer:\n%s", body(fromArchive), body(recorded))
	}
	if !strings.Contains(fromArchive, "unknown: ") || !strings.Contains(fromArchive, "does not show what merging the parents gives") {
		t.Errorf("a forge's merges are not unknown:\n%s", fromArchive)
	}
}

func asExit(err error, exit **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*exit = e
	return ok
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1] + "\n"
}

// TestStorerWalksAsGitDoes compares the order of objects with git rev-list's.
func TestStorerWalksAsGitDoes(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	at := 0
	commit := func(message string, dated int) {
		date := fmt.Sprintf("%d +0000", 1_700_000_000+dated)
		r.With("GIT_COMMITTER_DATE="+date, "GIT_AUTHOR_DATE="+date).Git("commit", "-q", "--allow-empty", "-m", message)
	}
	for n := range 40 {
		if n%7 == 3 {
			r.Git("switch", "-q", "-c", fmt.Sprintf("b%d", n), fmt.Sprintf("HEAD~%d", n%3+1))
		}
		at += 100 - 37*(n%4)
		commit(fmt.Sprint(n), at)
		if n%11 == 10 {
			r.Git("merge", "-q", "--no-ff", "-m", fmt.Sprintf("merge %d", n), "b3")
		}
	}
	r.Git("tag", "-a", "-m", "t", "t", "b3")
	opened, err := gogitlib.PlainOpen(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	all, err := gogit.ListTips(opened.Storer)
	if err != nil {
		t.Fatal(err)
	}
	excluded := append([]audit.Tip{}, all...)
	for i := range excluded {
		excluded[i].Excluded = excluded[i].Name == "refs/heads/b10"
	}
	for _, tt := range []struct {
		name string
		tips []audit.Tip
		walk audit.Walk
		args []string
	}{
		{"by date", all, audit.Walk{}, nil},
		{"by graph", all, audit.Walk{TopoOrder: true}, []string{"--topo-order"}},
		{"first parents", all, audit.Walk{FirstParent: true}, []string{"--first-parent"}},
		{"no merges", all, audit.Walk{NoMerges: true}, []string{"--no-merges"}},
		{"a range", excluded, audit.Walk{}, nil},
		{"a range by graph", excluded, audit.Walk{TopoOrder: true}, []string{"--topo-order"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var revs strings.Builder
			for _, tip := range tt.tips {
				if tip.Excluded {
					revs.WriteString("^")
				}
				revs.WriteString(tip.ID + "\n")
			}
			want := string(r.GitInput([]byte(revs.String()), append([]string{"rev-list", "--stdin"}, tt.args...)...))
			var got strings.Builder
			for o, err := range gogit.NewSource(opened.Storer, tt.tips).Objects(t.Context(), tt.tips, tt.walk) {
				if err != nil {
					t.Fatal(err)
				}
				if o.Type == policy.Commit {
					got.WriteString(o.ID + "\n")
				}
			}
			if strings.TrimSpace(got.String()) != strings.TrimSpace(want) {
				t.Errorf("got\n%swant\n%s", got.String(), want)
			}
		})
	}
}
