package git_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// newAmbiguous returns a repository with names that git takes in two ways, whose
// configuration keeps git from saying so.
func newAmbiguous(t *testing.T, format string) (repo *gittest.Repo, first, second string) {
	t.Helper()
	repo = gittest.New(t, format)
	repo.Write("file", "content")
	repo.Git("add", "file")
	first = repo.Commit("first")
	second = repo.Commit("second")
	repo.Git("config", "core.warnAmbiguousRefs", "false")
	for _, ref := range []string{
		"refs/tags/main",            // a tag that is named as the branch
		"refs/tags/origin/main",     // as a remote's branch
		"refs/heads/" + second[:8],  // as an abbreviated id
		"refs/heads/" + second,      // as an id
		"refs/tags/" + first[:12],   // as another's abbreviated id
		"refs/heads/tags/v1",        // as a kind and a name
		"refs/heads/origin/HEAD",    // as a remote's default
		"refs/tags/refs/heads/full", // as a full name
		"refs/heads/only", "refs/tags/v1", "refs/tags/alone", "refs/heads/full",
		"refs/remotes/origin/main", "refs/remotes/origin/HEAD", "refs/remotes/other/HEAD", "refs/remotes/other/main",
	} {
		repo.Git("update-ref", "--create-reflog", ref, first)
	}
	repo.Git("worktree", "add", "--quiet", "--detach", "../linked")
	return repo, first, second
}

// TestAmbiguousNamesAreErrors compares what is refused with what git warns of.
func TestAmbiguousNamesAreErrors(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		repo, first, second := newAmbiguous(t, format)
		r := open(t, repo)
		for _, c := range []struct {
			rev       string
			ambiguous bool
		}{
			{"main", true}, {"main~1", true}, {"main^{commit}", true}, {"main^0", true}, {"main^{/first}", true},
			{"origin/main", true}, {second[:8], true}, {second[:8] + "^{commit}", true}, {first[:12], true},
			{second, true}, {second + "~1", true}, {second + "^{commit}", true},
			{"tags/v1", true}, {"origin/HEAD", true}, {"refs/heads/full", true}, {"remotes/origin/HEAD", false},
			{"heads/main", false}, {"refs/heads/main", false}, {"tags/main", false}, {"refs/tags/main", false},
			{"refs/remotes/origin/main", false}, {"remotes/origin/main", false}, {"only", false}, {"alone", false}, {"v1", false},
			{"HEAD", false}, {"@", false}, {"HEAD~1", false}, {"other", false}, {"other/main", false},
			{first, false}, {first[:11], false}, {second[:9], false}, {first + "^{commit}", false},
			{"main-worktree/HEAD", false}, {"worktrees/linked/HEAD", false}, {":/second", false}, {"only@{0}", false},
		} {
			t.Run(format+"/"+c.rev, func(t *testing.T) {
				_, said, err := repo.Try(nil, "-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", c.rev)
				if err != nil && c.rev != "main~1" { // of the tag there is none
					t.Fatalf("git rev-parse: %v\n%s", err, said)
				}
				if warned := strings.Contains(string(said), "is ambiguous"); warned != c.ambiguous {
					t.Fatalf("git warns: %v\n%s", warned, said)
				}
				_, o, err := r.ReadObject(t.Context(), c.rev)
				if refused := errors.As(err, new(*git.AmbiguousRefError)); refused != c.ambiguous || (o == nil) != c.ambiguous {
					t.Errorf("ReadObject: %v", err)
				}
				if _, err = r.ResolveRange(t.Context(), c.rev); errors.As(err, new(*git.AmbiguousRefError)) != c.ambiguous {
					t.Errorf("ResolveRange: %v", err)
				}
				// A full id that the program has from git is never a name.
				wantName := c.ambiguous && !strings.HasPrefix(c.rev, second)
				if c.rev == "main~1" {
					return
				}
				if _, _, err = r.Resolve(t.Context(), c.rev); errors.As(err, new(*git.AmbiguousRefError)) != wantName {
					t.Errorf("Resolve: %v", err)
				}
				if strings.HasPrefix(c.rev, ":/") {
					return
				}
				if _, _, err = r.ReadBlob(t.Context(), c.rev+":file"); errors.As(err, new(*git.AmbiguousRefError)) != wantName || err != nil && !wantName {
					t.Errorf("ReadBlob: %v", err)
				}
			})
		}
	}
}

func TestAmbiguousEndsOfRangesAreErrors(t *testing.T) {
	t.Parallel()
	repo, first, second := newAmbiguous(t, "sha1")
	r := open(t, repo)
	for revs, ambiguous := range map[string]bool{
		"main..heads/main": true, "heads/main..main": true, "main...heads/main": true, "^main": true, "main^!": true, "..main": true, "main..": true,
		"only..origin/main": true, first[:12] + "..": true, ".." + second: true,
		"only..heads/main": false, "^only": false, "heads/main^!": false, first + "..HEAD": false, "refs/tags/main...refs/heads/main": false,
	} {
		t.Run(revs, func(t *testing.T) {
			tips, err := r.ResolveRange(t.Context(), revs)
			if refused := errors.As(err, new(*git.AmbiguousRefError)); refused != ambiguous || refused == (tips != nil) {
				t.Errorf("%v, %v", tips, err)
			}
		})
	}
}

func TestAmbiguousRefErrorNamesTheRefs(t *testing.T) {
	t.Parallel()
	repo, _, second := newAmbiguous(t, "sha1")
	r := open(t, repo)
	for rev, want := range map[string]struct {
		name string
		refs []string
		text string
	}{
		"main~1":   {"main", []string{"refs/tags/main", "refs/heads/main"}, `"main~1": "main" is ambiguous: it may mean refs/tags/main or refs/heads/main`},
		second:     {second, []string{"refs/heads/" + second}, `it may mean refs/heads/` + second + `, and something else: another kind of ref, or an object by its id`},
		second[:8]: {second[:8], []string{"refs/heads/" + second[:8]}, "another kind of ref, or an object by its id"},
	} {
		_, _, err := r.ReadObject(t.Context(), rev)
		var ambiguous *git.AmbiguousRefError
		if !errors.As(err, &ambiguous) || ambiguous.Rev != rev || ambiguous.Name != want.name || !slices.Equal(ambiguous.Refs, want.refs) || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v", rev, err)
		}
	}
}

// TestReadIDDependsOnNoRef reads an object by its id whatever refs are called.
func TestReadIDDependsOnNoRef(t *testing.T) {
	t.Parallel()
	repo, first, second := newAmbiguous(t, "sha1")
	r := open(t, repo)
	for _, id := range []string{first, second} {
		if o, err := r.ReadID(t.Context(), id); err != nil || o.ID() != id {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, name := range []string{"", "main", second[:8], second + "^{commit}", strings.ToUpper(second)} {
		if o, err := r.ReadID(t.Context(), name); err == nil || o != nil {
			t.Errorf("%q was read", name)
		}
	}
	if _, err := r.ReadID(t.Context(), strings.Repeat("5eed", 10)); !errors.Is(err, git.ErrMissing) {
		t.Errorf("%v", err)
	}
}

// TestErrorsKnowTheObject holds that what cannot be used is named by its id.
func TestErrorsKnowTheObject(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write("file", "content")
	repo.Git("add", "file")
	repo.Commit("first")
	tree, blob := repo.Git("rev-parse", "HEAD^{tree}"), repo.Git("rev-parse", "HEAD:file")
	odd := repo.Store("commit", oddObject{raw: start + "committer Eve <eve@example.com> 1 +0000\n\nm\n"}.bytes(git.SHA1, tree, blob))
	r := open(t, repo)
	for rev, want := range map[string][2]string{odd: {odd, "commit"}, "HEAD^{tree}": {tree, "tree"}, "HEAD:file": {blob, "blob"}} {
		_, o, err := r.ReadObject(t.Context(), rev)
		var known *git.ObjectError
		if o != nil || !errors.As(err, &known) || known.ID != want[0] || known.Type != want[1] {
			t.Errorf("%s: %v", rev, err)
		}
	}
	if _, _, err := r.ReadObject(t.Context(), "nothing"); errors.As(err, new(*git.ObjectError)) || !errors.Is(err, git.ErrNoRevision) {
		t.Errorf("%v", err)
	}
}
