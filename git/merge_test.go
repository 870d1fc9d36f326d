package git_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// commitFile commits one file.
func commitFile(repo *gittest.Repo, name, content string) string {
	repo.Write(name, content)
	repo.Git("add", name)
	repo.Git("commit", "-q", "--no-gpg-sign", "-m", name+" "+content)
	return repo.Git("rev-parse", "HEAD")
}

// mergeRepo has a branch that adds a file and one that changes another.
func mergeRepo(t *testing.T, format string) *gittest.Repo {
	t.Helper()
	repo := gittest.New(t, format)
	commitFile(repo, "a", "1\n")
	repo.Git("checkout", "-q", "-b", "side")
	commitFile(repo, "b", "2\n")
	repo.Git("checkout", "-q", "-")
	commitFile(repo, "a", "3\n")
	return repo
}

func mergesCleanly(t *testing.T, repo *gittest.Repo, rev string) (bool, error) {
	t.Helper()
	temp := t.TempDir()
	r, err := git.Open(context.Background(), git.Options{Dir: repo.Dir, Env: repo.Env(), TempDir: temp})
	if err != nil {
		t.Fatal(err)
	}
	_, o, err := r.ReadObject(context.Background(), rev)
	if err != nil {
		t.Fatal(err)
	}
	clean, answer := r.MergesCleanly(context.Background(), o)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return clean, answer
}

func TestMergesCleanly(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		repo := mergeRepo(t, format)
		before := repo.Git("count-objects", "-v")
		repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
		if clean, err := mergesCleanly(t, repo, "HEAD"); err != nil || !clean {
			t.Errorf("%s: a clean merge: %v, %v", format, clean, err)
		}
		if clean, err := mergesCleanly(t, repo, "HEAD^1"); err != nil || clean {
			t.Errorf("%s: no merge: %v, %v", format, clean, err)
		}
		if after := repo.Git("count-objects", "-v"); after == before {
			t.Fatal("the merge has not added objects")
		} else if mergesCleanly(t, repo, "HEAD"); repo.Git("count-objects", "-v") != after {
			t.Errorf("%s: objects were written to the repository", format)
		}
		repo.Write("evil", "4\n")
		repo.Git("add", "evil")
		repo.Git("commit", "-q", "--amend", "-m", "evil")
		if clean, err := mergesCleanly(t, repo, "HEAD"); err != nil || clean {
			t.Errorf("%s: a merge with a file more: %v, %v", format, clean, err)
		}
		repo.Git("reset", "-q", "--hard", "HEAD^1")
		repo.Git("merge", "-q", "-s", "ours", "-m", "ours", "side")
		if clean, err := mergesCleanly(t, repo, "HEAD"); err != nil || clean {
			t.Errorf("%s: a merge that drops the other side: %v, %v", format, clean, err)
		}
	}
}

func TestMergesCleanlyIsFalseForConflicts(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("checkout", "-q", "side")
	commitFile(repo, "a", "other\n")
	repo.Git("checkout", "-q", "-")
	repo.Git("merge", "-q", "-X", "ours", "-m", "resolved", "side")
	if clean, err := mergesCleanly(t, repo, "HEAD"); err != nil || clean {
		t.Errorf("%v, %v", clean, err)
	}
}

// Nothing that the repository or its user has configured decides how files are
// merged, and no program of theirs is run.
func TestMergesCleanlyAsksNoConfiguration(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
	ran := filepath.Join(t.TempDir(), "ran")
	repo.Git("config", "merge.mine.driver", "touch "+ran)
	repo.Git("config", "merge.renames", "false")
	repo.Git("config", "--global", "merge.mine.driver", "touch "+ran)
	for _, name := range []string{filepath.Join(repo.Dir, ".git", "info", "attributes"), filepath.Join(repo.Dir, ".gitattributes")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("* merge=mine\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if clean, err := mergesCleanly(t, repo, "HEAD"); err != nil || !clean {
		t.Errorf("%v, %v", clean, err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a merge driver has run")
	}
}

// A shallow clone lacks what the merge is made of: it cannot be told.
func TestMergesCleanlyNeedsTheHistory(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
	for _, depth := range []string{"1", "2"} {
		shallow := gittest.Outside(t)
		shallow.Git("clone", "-q", "--depth", depth, "file://"+repo.Dir, "clone")
		if clean, err := mergesCleanly(t, shallow.In(filepath.Join(shallow.Dir, "clone")), "HEAD"); err == nil || clean {
			t.Errorf("depth %s: %v, %v", depth, clean, err)
		}
	}
}

// A partial clone may have the commits alone. Git would take each tree that is not
// here for an empty one, and a merge that drops everything for a clean one.
func TestMergesCleanlyNeedsTheTrees(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("config", "uploadpack.allowFilter", "true")
	repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
	repo.Git("branch", "clean")
	empty := repo.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	repo.Git("branch", "emptied", repo.Git("commit-tree", "-m", "emptied", "-p", "clean^1", "-p", "clean^2", empty))
	partial := gittest.Outside(t)
	partial.Git("clone", "-q", "--bare", "--filter=tree:0", "file://"+repo.Dir, "clone")
	for _, rev := range []string{"clean", "emptied"} {
		clean, err := mergesCleanly(t, partial.In(filepath.Join(partial.Dir, "clone")), rev)
		if !errors.Is(err, git.ErrMissing) || clean {
			t.Errorf("%s: %v, %v", rev, clean, err)
		}
	}
}

// A path with what separates paths in it, and the quarantine that a server sets
// up for a push.
func TestMergesCleanlyFindsObjects(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
	odd := filepath.Join(t.TempDir(), `a:b "c" \d`)
	if err := os.Rename(repo.Dir, odd); err != nil {
		t.Fatal(err)
	}
	if clean, err := mergesCleanly(t, repo.In(odd), "HEAD"); err != nil || !clean {
		t.Errorf("%v, %v", clean, err)
	}
	bare := gittest.NewBare(t, "sha1")
	quarantined := bare.With("GIT_OBJECT_DIRECTORY="+filepath.Join(bare.Dir, "objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES="+`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(filepath.Join(odd, ".git", "objects"))+`"`)
	head := strings.TrimSpace(repo.In(odd).Git("rev-parse", "HEAD"))
	if clean, err := mergesCleanly(t, quarantined, head); err != nil || !clean {
		t.Errorf("quarantine: %v, %v", clean, err)
	}
}

func TestMergesCleanlyNeedsADirectory(t *testing.T) {
	t.Parallel()
	repo := mergeRepo(t, "sha1")
	repo.Git("merge", "-q", "--no-ff", "-m", "clean", "side")
	r, err := git.Open(context.Background(), git.Options{Dir: repo.Dir, Env: repo.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, o, err := r.ReadObject(context.Background(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MergesCleanly(context.Background(), o); err == nil {
		t.Error("no error")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.MergesCleanly(ended, o); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("the first error stays: %v", err)
	}
}

func TestListChanges(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	commit := func(name, content string) string { return commitFile(repo, name, content) }
	commit("a", "1")
	first := commit(".git-seal/policy.yaml", "1")
	commit("a", "2")
	repo.Git("checkout", "-q", "-b", "side")
	second := commit(".git-seal/policy.yaml", "2")
	repo.Git("checkout", "-q", "-")
	commit("a", "3")
	repo.Git("merge", "-q", "--no-ff", "-m", "merge", "side")
	merge := strings.TrimSpace(repo.Git("rev-parse", "HEAD"))
	commit("a", "4")
	// A merge that differs from one parent alone is among them.
	repo.Git("checkout", "-q", "-b", "older", first)
	commit("b", "1")
	repo.Git("checkout", "-q", "-")
	repo.Git("merge", "-q", "-s", "ours", "-m", "nothing", "older")
	ours := strings.TrimSpace(repo.Git("rev-parse", "HEAD"))
	r, err := git.Open(context.Background(), git.Options{Dir: repo.Dir, Env: repo.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tips, err := r.ResolveRange(context.Background(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.ListChanges(context.Background(), tips, git.WalkOptions{}, ".git-seal")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, second, merge, ours} {
		if !strings.Contains(strings.Join(got, " "), id) {
			t.Errorf("%s is not in %q", id, got)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d changes: %q", len(got), got)
	}
}
