package git_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

func TestReadConfig(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write("../home/.gitconfig", "[seal]\n\ttokenFile = /one\n\tbare\n[include]\n\tpath = more\n[seal \"Sub.Section\"]\n\tKey = x\n")
	repo.Write("../home/more", "[seal]\n\tTokenFile = \"two\\nlines\"\n")
	repo.Git("config", "seal.empty", "")
	repo = repo.With("GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=seal.timeout", "GIT_CONFIG_VALUE_0=5s")
	config, err := open(t, repo).ReadConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := "file:" + repo.Home
	for _, c := range []struct {
		name, key string
		want      []git.ConfigValue
	}{
		{"several values, one included", "seal.TOKENfile", []git.ConfigValue{
			{Key: "seal.tokenfile", Value: "/one", Origin: home + "/.gitconfig", Scope: "global"},
			{Key: "seal.tokenfile", Value: "two\nlines", Origin: home + "/more", Scope: "global"}}},
		{"implicit", "seal.bare", []git.ConfigValue{{Key: "seal.bare", Implicit: true, Origin: home + "/.gitconfig", Scope: "global"}}},
		{"empty", "seal.empty", []git.ConfigValue{{Key: "seal.empty", Origin: "file:.git/config", Scope: "local"}}},
		{"subsection", "SEAL.Sub.Section.kEY", []git.ConfigValue{{Key: "seal.Sub.Section.key", Value: "x", Origin: home + "/.gitconfig", Scope: "global"}}},
		{"subsection in other letters", "seal.sub.section.key", nil},
		{"command line", "seal.timeout", []git.ConfigValue{{Key: "seal.timeout", Value: "5s", Origin: "command line:", Scope: "command"}}},
		{"absent", "seal.nothing", nil},
		{"no key at all", "seal", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if all := config.All(c.key); !slices.Equal(all, c.want) {
				t.Errorf("all of %q: %+v, want %+v", c.key, all, c.want)
			}
			last, ok := config.Last(c.key)
			if ok != (len(c.want) > 0) || (ok && last != c.want[len(c.want)-1]) {
				t.Errorf("last of %q: %+v, %v", c.key, last, ok)
			}
		})
	}
	if n := len(config.Section("Seal")); n != 6 {
		t.Errorf("%d values in the section", n)
	}
}

func TestReadConfigOutsideOfARepository(t *testing.T) {
	t.Parallel()
	for _, repo := range []*gittest.Repo{gittest.Outside(t), gittest.New(t, "sha1").With("GIT_TEST_ASSUME_DIFFERENT_OWNER=1")} {
		repo.Write("../home/.gitconfig", "[seal]\n\tx = 1\n")
		config, err := git.ReadConfig(t.Context(), git.Options{Dir: repo.Dir, Env: repo.Env()})
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := config.Last("seal.x"); !ok || v.Value != "1" {
			t.Errorf("%+v", config)
		}
		if v, ok := config.Last("core.bare"); ok {
			t.Errorf("%+v of a repository that git does not trust", v)
		}
	}
}

func TestReadConfigNamesTheFileThatDoesNotParse(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write("../home/.gitconfig", "[seal\n")
	_, err := git.ReadConfig(t.Context(), git.Options{Dir: repo.Dir, Env: repo.Env()})
	var command *git.CommandError
	if !errors.As(err, &command) || !strings.Contains(err.Error(), filepath.Join(repo.Home, ".gitconfig")) {
		t.Errorf("%v", err)
	}
}

func TestReadConfigSeesTheWorktreesOwn(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Commit("first")
	repo.Git("config", "extensions.worktreeConfig", "true")
	repo.Git("worktree", "add", "--quiet", "--detach", "../linked")
	linked := repo.In("../linked")
	linked.Git("config", "--worktree", "seal.x", "linked")
	for dir, want := range map[*gittest.Repo]string{repo: "", linked: "linked"} {
		config, err := open(t, dir).ReadConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := config.Last("seal.x"); v.Value != want {
			t.Errorf("%q, want %q", v.Value, want)
		}
	}
}

func TestSetConfigPutsBackWhatReadConfigFileReturned(t *testing.T) {
	t.Parallel()
	for _, scope := range []git.ConfigScope{git.Local, git.Global} {
		for _, c := range []struct {
			name   string
			before []string
		}{
			{"nothing", nil},
			{"one", []string{"openpgp"}},
			{"several", []string{"a", "b", "a"}},
			{"odd ones", []string{"", " spaces ", "#;\"\\", "--global", "line\nline", "täglich", "a=b"}},
		} {
			t.Run(string(scope)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				repo := gittest.New(t, "sha1")
				r := open(t, repo)
				check := func(step string, want []string) {
					t.Helper()
					got, err := r.ReadConfigFile(t.Context(), scope, "gpg.X509.Program")
					if err != nil || !slices.Equal(got, want) {
						t.Fatalf("%s: %q, %v, want %q", step, got, err, want)
					}
				}
				set := func(values ...string) {
					t.Helper()
					if err := r.SetConfig(t.Context(), scope, "gpg.X509.program", values...); err != nil {
						t.Fatal(err)
					}
				}
				check("before", nil)
				set(c.before...)
				check("as it was", c.before)
				set("/usr/local/bin/git-seal")
				check("set", []string{"/usr/local/bin/git-seal"})
				set(c.before...)
				check("put back", c.before)
				if err := r.UnsetConfig(t.Context(), scope, "gpg.X509.program"); err != nil {
					t.Fatal(err)
				}
				check("unset", nil)
			})
		}
	}
}

func TestReadConfigFileLeavesOutWhatIsIncluded(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	repo.Write("../home/.gitconfig", "[include]\n\tpath = more\n[commit]\n\tgpgsign\n")
	repo.Write("../home/more", "[commit]\n\tgpgsign = false\n")
	got, err := open(t, repo).ReadConfigFile(t.Context(), git.Global, "commit.gpgSign")
	if err != nil || !slices.Equal(got, []string{"true"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSetConfigWorksForTheUserOutsideOfARepository(t *testing.T) {
	t.Parallel()
	outside := gittest.Outside(t)
	r := git.New(git.Options{Dir: outside.Dir, Env: outside.Env()})
	if err := r.SetConfig(t.Context(), git.Global, "gpg.format", "x509"); err != nil {
		t.Fatal(err)
	}
	if got := outside.Git("config", "gpg.format"); got != "x509" {
		t.Errorf("%q", got)
	}
	if err := r.SetConfig(t.Context(), git.Local, "gpg.format", "x509"); !errors.Is(err, git.ErrNoRepository) {
		t.Errorf("local: %v", err)
	}
}

func TestSetConfigErrors(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t, "sha1")
	r := open(t, repo)
	before := repo.Git("config", "--list")
	for _, c := range []struct {
		name       string
		scope      git.ConfigScope
		key, value string
		says       string
	}{
		{"no section", git.Local, "seal", "x", "does not contain a section"},
		{"option for a key", git.Local, "--unset-all", "x", "does not contain a section"},
		{"newline in the key", git.Local, "seal.x\ny", "x", "newline"},
		{"NUL in the value", git.Local, "seal.x", "a\x00b", "NUL"},
		{"another scope", "system", "seal.x", "a", `"system"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := r.SetConfig(t.Context(), c.scope, c.key, c.value); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	if after := repo.Git("config", "--list"); after != before {
		t.Errorf("changed from %q to %q", before, after)
	}
}
