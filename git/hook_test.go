package git_test

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

func TestSymbolicRef(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	r := open(t, repo)
	is := func(ref, want string) {
		t.Helper()
		if got, err := r.SymbolicRef(t.Context(), ref); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", ref, got, err, want)
		}
	}
	is("HEAD", "refs/heads/main") // which does not exist yet
	repo.Git("commit", "--quiet", "--allow-empty", "-m", "one")
	repo.Git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
	repo.Git("symbolic-ref", "refs/heads/second", "refs/heads/alias")
	is("refs/heads/second", "refs/heads/main")
	is("refs/heads/main", "")
	is("refs/heads/none", "")
	repo.Git("symbolic-ref", "refs/heads/dangling", "refs/heads/none")
	is("refs/heads/dangling", "refs/heads/none")
	want := map[string]string{"refs/heads/alias": "refs/heads/main", "refs/heads/second": "refs/heads/main"}
	if all, err := r.ListSymbolicRefs(t.Context()); err != nil || !maps.Equal(all, want) {
		t.Errorf("%v, %v, want %v", all, err, want)
	}
	repo.Git("checkout", "--quiet", "--detach")
	is("HEAD", "")
	for _, ref := range []string{"", "--delete", "refs/heads/a\nb"} {
		if got, err := r.SymbolicRef(t.Context(), ref); err == nil {
			t.Errorf("%q = %q", ref, got)
		}
	}
}

func TestSymbolicRefsFindsThoseThatLeadNowhere(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Git("commit", "--quiet", "--allow-empty", "-m", "one")
	repo.Git("branch", "other")
	repo.Git("pack-refs", "--all")
	repo.Git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
	repo.Git("symbolic-ref", "refs/heads/nowhere", "refs/heads/none")
	repo.Git("symbolic-ref", "refs/heads/second", "refs/heads/nowhere")
	r := open(t, repo)
	got, err := r.SymbolicRefs(t.Context(), []string{"refs/heads/main", "refs/heads/other", "refs/heads/missing", "refs/heads/alias", "refs/heads/nowhere", "refs/heads/second"})
	want := map[string]string{"refs/heads/alias": "refs/heads/main", "refs/heads/nowhere": "refs/heads/none", "refs/heads/second": "refs/heads/none"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	size, err := r.RefListSize(t.Context())
	if want := git.RefLine("refs/heads/main") + git.RefLine("refs/heads/other") + git.RefLine("refs/heads/alias"); err != nil || size != want {
		t.Errorf("the list of refs: %d, %v, want %d", size, err, want)
	}
}

func TestHookFileIsWhereGitLooks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, hook, hooksPath, want string }{
		{"the default", "pre-push", "", ".git/hooks/pre-push"},
		{"a relative hooksPath", "pre-push", ".hooks", ".hooks/pre-push"},
		{"an absolute hooksPath", "pre-push", "/elsewhere", "/elsewhere/pre-push"},
		{"a hook of the side that is pushed to", "pre-receive", ".hooks", ".git/.hooks/pre-receive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, "sha1")
			if tt.hooksPath != "" {
				repo.Git("config", "core.hooksPath", tt.hooksPath)
			}
			r := open(t, repo)
			want := tt.want
			if !filepath.IsAbs(want) {
				want = filepath.Join(r.WorkTree(), want)
			}
			if got, err := r.HookFile(t.Context(), tt.hook); err != nil || got != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		})
	}
}
