package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/git"
)

// workTrees are the directories whose files a checkout of this repository
// writes: the one around the current directory with the other worktrees linked
// to it, and what GIT_WORK_TREE and core.worktree name. What lies in them is
// the content under judgement and never decides about it. They are read from
// the files that git keeps (gitrepository-layout), without asking git, because
// that would cost each signature a second process.
func (h *host) workTrees(config *git.Config) []string {
	var trees []string
	if dir, ok := h.getenv("GIT_WORK_TREE"); ok && dir != "" {
		trees = append(trees, realPath(h.abs(dir)))
	}
	if c, ok := config.Last("core.worktree"); ok && filepath.IsAbs(c.Value) {
		trees = append(trees, realPath(c.Value))
	}
	for dir := realPath(h.dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return append(append(trees, dir), linkedTrees(dir)...)
		}
		if dir == filepath.Dir(dir) {
			return trees
		}
	}
}

// linkedTrees are the other worktrees of the repository whose worktree is tree.
func linkedTrees(tree string) []string {
	gitDir := filepath.Join(tree, ".git")
	if link, ok := firstLine(gitDir); ok {
		gitDir = resolve(tree, strings.TrimPrefix(link, "gitdir: "))
	}
	common := gitDir
	if dir, ok := firstLine(filepath.Join(gitDir, "commondir")); ok {
		common = resolve(gitDir, dir)
	}
	var trees []string
	if filepath.Base(common) == ".git" {
		trees = append(trees, realPath(filepath.Dir(common)))
	}
	links, _ := filepath.Glob(filepath.Join(common, "worktrees", "*", "gitdir"))
	for _, link := range links {
		if dotGit, ok := firstLine(link); ok {
			trees = append(trees, realPath(filepath.Dir(resolve(filepath.Dir(link), dotGit))))
		}
	}
	return trees
}

// maxLinkFile bounds the files in which git keeps one path.
const maxLinkFile = 64 << 10

func firstLine(file string) (string, bool) {
	b, err := readFileMax(file, maxLinkFile)
	if err != nil {
		return "", false
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line, true
}

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// realPath follows symbolic links, as far as the path exists.
func realPath(path string) string {
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if path == filepath.Dir(path) {
		return path
	}
	return filepath.Join(realPath(filepath.Dir(path)), filepath.Base(path))
}

// outside refuses a file that a checkout may have written. The git directory
// itself (.git) is not part of the work tree's content; a file named on the
// command line is the choice of who runs the command.
func outside(v value, trees []string) error {
	if v.Flag {
		return nil
	}
	path := realPath(v.Text)
	for _, tree := range trees {
		rel, err := filepath.Rel(tree, path)
		if err != nil || rel == ".." || strings.HasPrefix(rel, "../") || rel == ".git" || strings.HasPrefix(rel, ".git/") {
			continue
		}
		return fmt.Errorf("%q lies inside the work tree %q: what was just pulled would choose its own judge", v.Text, tree)
	}
	return nil
}
