package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

func TestWorkTreesContentDoesNotDecide(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	r.Write("sub/policy.yaml", "")
	r.Write(".gitseal/policy.yaml", "")
	outsideFile := filepath.Join(r.Home, "policy.yaml")
	for path, content := range map[string]string{outsideFile: "", filepath.Join(r.Dir, ".git", "policy.yaml"): ""} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(r.Home, "link.yaml")
	if err := os.Symlink(filepath.Join(r.Dir, "sub", "policy.yaml"), link); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"pol.yaml": outsideFile, "folder": r.Home, "message": filepath.Join(r.Dir, ".git", "policy.yaml"),
	} {
		if err := os.Symlink(target, filepath.Join(r.Dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	twice := filepath.Join(r.Home, "twice.yaml")
	if err := os.Symlink(filepath.Join(r.Dir, "pol.yaml"), twice); err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(r.Dir, "bare.git")
	r.Git("init", "--quiet", "--bare", bare)
	imitation := filepath.Join(r.Dir, "imitation")
	for _, dir := range []string{"objects", "refs"} {
		if err := os.MkdirAll(filepath.Join(imitation, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(imitation, "HEAD"), []byte("no ref\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Commit("first")
	linked, other := filepath.Join(r.Home, "linked"), filepath.Join(r.Home, "other")
	r.Git("worktree", "add", "--quiet", linked, "-b", "linked")
	r.Git("worktree", "add", "--quiet", other, "-b", "other")
	for _, tc := range []struct {
		name string
		dir  string
		env  []string
		v    Value
		ok   bool
	}{
		{"outside", r.Dir, nil, Value{Text: outsideFile}, true},
		{"inside", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"inside, seen from a folder", filepath.Join(r.Dir, "sub"), nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"inside a folder with a name like .git", r.Dir, nil, Value{Text: filepath.Join(r.Dir, ".gitseal", "policy.yaml")}, false},
		{"a link outside to a file inside", r.Dir, nil, Value{Text: link}, false},
		{"in the git directory", r.Dir, nil, Value{Text: filepath.Join(r.Dir, ".git", "policy.yaml")}, true},
		{"a link inside to a file outside", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "pol.yaml")}, false},
		{"a link inside to a folder outside", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "folder", "policy.yaml")}, false},
		{"a link inside to the git directory", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "message")}, false},
		{"a link outside to a link inside", r.Dir, nil, Value{Text: twice}, false},
		{"GIT_DIR, in the checkout around it", r.Home, []string{"GIT_DIR=" + filepath.Join(r.Dir, ".git")}, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"GIT_DIR, in the current directory", r.Home, []string{"GIT_DIR=" + filepath.Join(r.Dir, ".git")}, Value{Text: outsideFile}, false},
		{"GIT_DIR, outside", filepath.Join(r.Dir, "sub"), []string{"GIT_DIR=" + filepath.Join(r.Dir, ".git")}, Value{Text: outsideFile}, true},
		{"GIT_DIR in a hook", filepath.Join(r.Dir, ".git"), []string{"GIT_DIR=."}, Value{Text: filepath.Join(r.Dir, ".git", "policy.yaml")}, true},
		{"in a work tree around a bare repository", bare, nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, true},
		{"in a work tree, seen from what is no bare repository", imitation, nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"inside, but on the command line", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml"), Flag: true}, true},
		{"GIT_WORK_TREE elsewhere", r.Home, []string{"GIT_WORK_TREE=" + r.Dir}, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"inside, not there yet", r.Dir, nil, Value{Text: filepath.Join(r.Dir, "none", "policy.yaml")}, false},
		{"outside, not there yet", r.Dir, nil, Value{Text: filepath.Join(r.Home, "none", "policy.yaml")}, true},
		{"in a linked worktree", r.Dir, nil, Value{Text: filepath.Join(linked, "policy.yaml")}, false},
		{"in the main worktree, seen from a linked one", linked, nil, Value{Text: filepath.Join(r.Dir, "sub", "policy.yaml")}, false},
		{"in another linked worktree", linked, nil, Value{Text: filepath.Join(other, "policy.yaml")}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := &host.Host{Dir: tc.dir, Env: tc.env}
			err := Outside(tc.v, WorkTrees(h, new(git.Config)))
			if tc.ok != (err == nil) {
				t.Errorf("outside: %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "where a pull could replace it") {
				t.Errorf("no reason given: %v", err)
			}
		})
	}
}

func TestWorkTreeOfTheConfiguration(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	r.Git("config", "core.worktree", r.Home)
	c, err := git.ReadConfig(t.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.Home, "policy.yaml")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	h := &host.Host{Dir: filepath.Join(r.Dir, ".git")}
	if Outside(Value{Text: path}, WorkTrees(h, c)) == nil {
		t.Error("a file in core.worktree was taken")
	}
}
