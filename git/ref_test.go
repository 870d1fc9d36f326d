package git_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git/gittest"
)

func TestReadRefMeansThatRefAlone(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Git("commit", "--quiet", "--allow-empty", "-m", "one")
	id := strings.TrimSpace(string(repo.Git("rev-parse", "HEAD")))
	two := strings.TrimSpace(string(repo.Git("commit-tree", "-m", "two", "HEAD^{tree}")))
	r := open(t, repo)
	read := func(ref string) (string, error) { return r.ReadRef(t.Context(), ref) }

	if got, err := read("refs/heads/main"); err != nil || got != id {
		t.Errorf("refs/heads/main = %q, %v, want %s", got, err, id)
	}
	if got, err := read("refs/seal/policy"); err != nil || got != "" {
		t.Errorf("a ref that is not there = %q, %v", got, err)
	}
	for _, other := range []string{"refs/tags/refs/seal/policy", "refs/heads/refs/seal/policy", "refs/remotes/refs/seal/policy", "refs/remotes/refs/seal/policy/HEAD", "refs/refs/seal/policy"} {
		repo.Git("update-ref", other, two)
		if got, err := read("refs/seal/policy"); err != nil || got != "" {
			t.Errorf("with %s alone = %q, %v", other, got, err)
		}
		repo.Git("update-ref", "refs/seal/policy", id)
		if got, err := read("refs/seal/policy"); err != nil || got != id {
			t.Errorf("with %s = %q, %v, want %s", other, got, err, id)
		}
		repo.Git("update-ref", "-d", other)
		repo.Git("update-ref", "-d", "refs/seal/policy")
	}
	for _, ref := range []string{"", "main", "HEAD", "refs/heads/main~0", "refs/heads/main^{commit}", "refs/heads/main@{0}", "refs/heads/a..b", "refs/heads/a b", "refs/heads/a\nb", "refs/heads/:a"} {
		if got, err := read(ref); err == nil {
			t.Errorf("%q = %q", ref, got)
		}
	}
}

func TestUpdateRefMovesFromTheOldValueAlone(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		repo := gittest.New(t, format)
		repo.Git("commit", "--quiet", "--allow-empty", "-m", "one")
		repo.Git("commit", "--quiet", "--allow-empty", "-m", "two")
		one, two := strings.TrimSpace(string(repo.Git("rev-parse", "HEAD~1"))), strings.TrimSpace(string(repo.Git("rev-parse", "HEAD")))
		r := open(t, repo)
		update := func(id, old string) error { return r.UpdateRef(t.Context(), "refs/seal/policy", id, old, "why") }
		if err := update(one, ""); err != nil {
			t.Fatal(err)
		}
		if err := update(two, ""); err == nil {
			t.Error("a ref that is there was made")
		}
		if err := update(two, two); err == nil {
			t.Error("a ref was moved from what it does not hold")
		}
		if err := update(two, one); err != nil {
			t.Error(err)
		}
		if got, err := r.ReadRef(t.Context(), "refs/seal/policy"); err != nil || got != two {
			t.Errorf("ref = %q, %v, want %s", got, err, two)
		}
		if log := string(repo.Git("reflog", "show", "refs/seal/policy")); strings.Count(log, "why") != 2 {
			t.Errorf("reflog:\n%s", log)
		}
	}
}
