package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// history is a repository of two branches that a merge brings together: four
// commits and a chain of three tags.
func history(t *testing.T, format string) (*gittest.Repo, *git.Repository) {
	t.Helper()
	r := gittest.New(t, format)
	r.Git("commit", "-q", "--allow-empty", "-m", "one")
	r.Git("switch", "-q", "-c", "side")
	if err := os.WriteFile(filepath.Join(r.Dir, "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Git("add", "file")
	r.Git("commit", "-q", "-m", "two")
	r.Git("switch", "-q", "main")
	r.Git("commit", "-q", "--allow-empty", "-m", "three")
	r.Git("merge", "-q", "--no-ff", "-m", "four", "side")
	r.Git("tag", "-a", "-m", "t1", "t1")
	r.Git("-c", "advice.nestedTag=false", "tag", "-a", "-m", "t2", "t2", "t1")
	r.Git("-c", "advice.nestedTag=false", "tag", "-a", "-m", "t3", "t3", "t2")
	repo, err := git.Open(t.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return r, repo
}

// subjects walks and returns the first lines of the messages, or what is wrong.
func subjects(t *testing.T, repo *git.Repository, o git.WalkOptions, ranges ...string) []string {
	t.Helper()
	var tips []git.Tip
	for _, revs := range ranges {
		more, err := repo.ResolveRange(t.Context(), revs)
		if err != nil {
			t.Fatal(err)
		}
		tips = append(tips, more...)
	}
	var got []string
	for _, walk := range []func(yield func(git.StoredObject, error) bool){repo.WalkTags(t.Context(), tips), repo.WalkCommits(t.Context(), tips, o)} {
		for s, err := range walk {
			if err != nil {
				t.Fatal(err)
			}
			switch o, err := git.ParseStored(s); {
			case errors.Is(err, git.ErrMissing):
				got = append(got, "missing")
			case err != nil:
				t.Fatal(err)
			default:
				got = append(got, o.Subject())
			}
		}
	}
	if n, err := repo.CountCommits(t.Context(), tips, o); err != nil || n > len(got) {
		t.Errorf("%v: counted %d of %d: %v", ranges, n, len(got), err)
	}
	slices.Sort(got)
	return got
}

func TestWalkReadsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		_, repo := history(t, format)
		for _, tt := range []struct {
			ranges  []string
			options git.WalkOptions
			want    string
		}{
			{[]string{"HEAD"}, git.WalkOptions{}, "four one three two"},
			{[]string{"HEAD", "main", "side"}, git.WalkOptions{}, "four one three two"},
			{[]string{"HEAD"}, git.WalkOptions{FirstParent: true}, "four one three"},
			{[]string{"HEAD"}, git.WalkOptions{NoMerges: true}, "one three two"},
			{[]string{"side..main"}, git.WalkOptions{}, "four three"},
			{[]string{"side..."}, git.WalkOptions{}, "four three"},
			{[]string{"main", "^side"}, git.WalkOptions{}, "four three"},
			{[]string{"HEAD^!"}, git.WalkOptions{}, "four"},
			{[]string{"t3"}, git.WalkOptions{}, "four one t1 t2 t3 three two"},
			{[]string{"t3", "t2", "^main"}, git.WalkOptions{}, "t1 t2 t3"},
			{[]string{"main..main"}, git.WalkOptions{}, ""},
			{[]string{"HEAD^{tree}"}, git.WalkOptions{}, ""},
		} {
			if got := strings.Join(subjects(t, repo, tt.options, tt.ranges...), " "); got != tt.want {
				t.Errorf("%s %v %+v: %q, want %q", format, tt.ranges, tt.options, got, tt.want)
			}
		}
	}
}

func TestResolveRangeNamesItsEnds(t *testing.T) {
	t.Parallel()
	_, repo := history(t, "sha1")
	tips, err := repo.ResolveRange(t.Context(), "side..")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tip := range tips {
		got = append(got, fmt.Sprint(tip.Name, " ", tip.Type, " ", tip.Excluded))
	}
	slices.Sort(got)
	if want := []string{"HEAD commit false", "side commit true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, revs := range []string{"nosuch", "nosuch..HEAD", "HEAD..nosuch", "^nosuch"} {
		if _, err := repo.ResolveRange(t.Context(), revs); !errors.Is(err, git.ErrNoRevision) {
			t.Errorf("%s: %v", revs, err)
		}
	}
	for _, revs := range []string{"", "--all", "^--all", "^", "a\nb"} {
		if _, err := repo.ResolveRange(t.Context(), revs); err == nil {
			t.Errorf("%q: taken", revs)
		}
	}
}

func TestWalkTellsWhatAShallowCloneLacks(t *testing.T) {
	t.Parallel()
	r, _ := history(t, "sha1")
	clone := gittest.Outside(t)
	clone.Git("clone", "-q", "--depth", "1", "file://"+r.Dir, ".")
	repo, err := git.Open(t.Context(), git.Options{Dir: clone.Dir, Env: clone.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	if shallow, err := repo.IsShallow(t.Context()); !shallow || err != nil {
		t.Fatal(shallow, err)
	}
	if got := subjects(t, repo, git.WalkOptions{}, "HEAD"); !slices.Equal(got, []string{"four", "missing", "missing"}) {
		t.Errorf("%q", got)
	}
	if got := subjects(t, repo, git.WalkOptions{FirstParent: true}, "HEAD"); !slices.Equal(got, []string{"four", "missing"}) {
		t.Errorf("first parents: %q", got)
	}
}

func TestWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, repo := history(t, "sha1")
	tips, err := repo.ResolveRange(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for s, err := range repo.WalkCommits(ctx, tips, git.WalkOptions{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", s.ID, err)
		}
	}
}

func TestListChangesNamesWhatChangedAFile(t *testing.T) {
	t.Parallel()
	r, repo := history(t, "sha1")
	tips, err := repo.ResolveRange(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := repo.ListChanges(t.Context(), tips, git.WalkOptions{NoMerges: true}, "file")
	if want := strings.TrimSpace(r.Git("rev-parse", "side")); err != nil || len(ids) != 1 || ids[0] != want {
		t.Errorf("%q, %v; want %s", ids, err, want)
	}
}

func TestListRefsLeavesReplacementsOut(t *testing.T) {
	t.Parallel()
	r, repo := history(t, "sha1")
	r.Git("replace", "HEAD~1", "side")
	all, err := repo.ListRefs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tip := range all {
		names = append(names, tip.Name)
	}
	if want := []string{"refs/heads/main", "refs/heads/side", "refs/tags/t1", "refs/tags/t2", "refs/tags/t3"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if n, err := repo.CountReplaced(t.Context()); n != 1 || err != nil {
		t.Errorf("%d replaced, %v", n, err)
	}
}

// Git passes over a ref that it cannot read with a warning; what it may have led
// to would be missing without a word.
func TestListRefsRefusesBrokenRefs(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"refs/heads/garbage": "zzz\n", "refs/heads/zero": strings.Repeat("0", 40) + "\n", "refs/heads/a..b": ""} {
		r, repo := history(t, "sha1")
		if text == "" {
			text = r.Git("rev-parse", "HEAD") + "\n"
		}
		r.Write(".git/"+name, text)
		if _, err := repo.ListRefs(t.Context()); !errors.Is(err, git.ErrBrokenRef) || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, repo := history(t, "sha1")
	r.Git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone") // as clones have it once the branch is gone
	if _, err := repo.ListRefs(t.Context()); err != nil {
		t.Error(err)
	}
}
