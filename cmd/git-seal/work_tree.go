package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/git"
)

// workTrees are the directories whose files a checkout writes, as far as they
// can be known without asking git: the one around the current directory, and
// what GIT_WORK_TREE and core.worktree name. What lies in them is the content
// of the repository under judgement and never decides about it.
func (h *host) workTrees(config *git.Config) []string {
	var trees []string
	add := func(dir string) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			trees = append(trees, real)
		}
	}
	if dir, ok := h.getenv("GIT_WORK_TREE"); ok && dir != "" {
		add(h.abs(dir))
	}
	if c, ok := config.Last("core.worktree"); ok && filepath.IsAbs(c.Value) {
		add(c.Value)
	}
	for dir := h.dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			add(dir)
			break
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return trees
}

// outside refuses a file that a checkout may have written. The git directory
// itself (.git) is not part of the work tree's content.
func outside(v value, trees []string) error {
	if v.Flag {
		return nil
	}
	path, err := filepath.EvalSymlinks(v.Text)
	if err != nil {
		return nil // opening it will say why
	}
	for _, tree := range trees {
		rel, err := filepath.Rel(tree, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, "../") || rel == ".git" || strings.HasPrefix(rel, ".git/") {
			continue
		}
		return fmt.Errorf("%q lies inside the work tree %q: what was just pulled would choose its own judge", v.Text, tree)
	}
	return nil
}
