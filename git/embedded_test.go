package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// TestEmbeddedRepositoryIsRefused opens every shape of repository in and around
// work trees: refused is a bare one that discovery finds in another's work tree.
func TestEmbeddedRepositoryIsRefused(t *testing.T) {
	t.Parallel()
	embed := func(repo *gittest.Repo, at string) *gittest.Repo {
		repo.Git("init", "--quiet", "--bare", at)
		return repo.In(at)
	}
	for _, c := range []struct {
		name    string
		refused bool
		shape   func(t *testing.T, repo *gittest.Repo) *gittest.Repo // where a command runs
		gitDir  string                                               // what git finds, below the directory of repo
	}{
		{"in a folder", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo { return embed(repo, "vendor/lib") }, "repo/vendor/lib"},
		{"in its insides", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(repo, "vendor/lib").In("refs/heads")
		}, "repo/vendor/lib"},
		{"below another that is embedded", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(embed(repo, "vendor"), "lib")
		}, "repo/vendor/lib"},
		{"that says that it is not bare", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			lib := embed(repo, "lib")
			lib.Git("config", "core.bare", "false")
			return lib
		}, "repo/lib"},
		{"with a work tree", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			lib := embed(repo, "lib")
			lib.Git("config", "core.bare", "false")
			lib.Git("config", "core.worktree", repo.Dir)
			return lib
		}, "repo/lib"},
		{"through a link", true, func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			embed(repo, "lib")
			if err := os.Symlink("repo/lib", filepath.Join(filepath.Dir(repo.Dir), "link")); err != nil {
				t.Fatal(err)
			}
			return repo.In("../link")
		}, "repo/lib"},
		{"in a linked work tree", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Git("worktree", "add", "--quiet", "--detach", "../linked")
			return embed(repo.In("../linked"), "lib")
		}, "linked/lib"},
		{"in a submodule", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			super := repo.In("../super")
			repo.Git("init", "--quiet", super.Dir)
			super.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo.Dir, "sub")
			return embed(super.In("sub"), "lib")
		}, "super/sub/lib"},

		{"below a home, and tracked there", true, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			lib := embed(repo, "lib")
			repo.Git("add", "lib/HEAD")
			return lib.With("HOME=" + repo.Dir)
		}, "repo/lib"},
		{"below a home, in a clone", true, func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(clone(t, repo, "home/clone"), "lib").With("HOME=" + filepath.Dir(repo.Dir) + "/home")
		}, "home/clone/lib"},

		{"below a home", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(repo, "mirrors/lib").With("HOME=" + repo.Dir)
		}, "repo/mirrors/lib"},
		{"by GIT_DIR", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(repo, "lib").With("GIT_DIR=.")
		}, "repo/lib"},
		{"by GIT_DIR from elsewhere", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			embed(repo, "lib")
			return repo.With("GIT_DIR=lib")
		}, "repo/lib"},
		{"the repository around it", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			embed(repo, "vendor/lib")
			return repo.In("vendor")
		}, "repo/.git"},
		{"a work tree in it", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			repo.Git("init", "--quiet", "sub")
			return repo.In("sub")
		}, "repo/sub/.git"},
		{"bare by itself", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(repo.In(".."), "bare")
		}, "bare"},
		{"bare in a bare one", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			return embed(embed(repo.In(".."), "bare"), "inner")
		}, "bare/inner"},
		{"what .git leads to", false, func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			embed(repo.In(".."), "project/.bare")
			if err := os.WriteFile(filepath.Join(filepath.Dir(repo.Dir), "project", ".git"), []byte("gitdir: ./.bare\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			return repo.In("../project/.bare")
		}, "project/.bare"},
		{"inside .git", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo { return repo.In(".git/refs") }, "repo/.git"},
		{"a submodule's part of .git", false, func(_ *testing.T, repo *gittest.Repo) *gittest.Repo {
			super := repo.In("../super")
			repo.Git("init", "--quiet", super.Dir)
			super.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo.Dir, "sub")
			super.Git("config", "--file", ".git/modules/sub/config", "--unset", "core.worktree")
			return super.In(".git/modules/sub")
		}, "super/.git/modules/sub"},
		{"a .git that is none", false, func(t *testing.T, repo *gittest.Repo) *gittest.Repo {
			if err := os.MkdirAll(filepath.Join(filepath.Dir(repo.Dir), "mirrors", ".git"), 0o755); err != nil {
				t.Fatal(err)
			}
			return embed(repo.In("../mirrors"), "bare")
		}, "mirrors/bare"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo := gittest.New(t, "sha1")
			repo.Commit("first")
			at := c.shape(t, repo)
			base, err := filepath.EvalSymlinks(filepath.Dir(repo.Dir))
			if err != nil {
				t.Fatal(err)
			}
			if found := at.Git("rev-parse", "--absolute-git-dir"); found != filepath.Join(base, c.gitDir) {
				t.Fatalf("git finds %s, want %s", found, c.gitDir)
			}
			check := func(what string, err error) {
				t.Helper()
				var embedded *git.EmbeddedError
				if errors.As(err, &embedded) != c.refused || err != nil && !c.refused {
					t.Errorf("%s: %v", what, err)
				}
				if c.refused && embedded != nil && embedded.GitDir != filepath.Join(base, c.gitDir) {
					t.Errorf("%s: %v", what, err)
				}
			}
			o := git.Options{Dir: at.Dir, Env: at.Env()}
			r, err := git.Open(t.Context(), o)
			check("Open", err)
			if err == nil {
				r.Close()
			}
			_, err = git.New(o).ReadConfig(t.Context())
			check("ReadConfig", err)
		})
	}
}
