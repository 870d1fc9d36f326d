package settings

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// WorkTrees returns the directories that a checkout of this repository writes to:
// its work tree, the worktrees linked to it, and what GIT_WORK_TREE and
// core.worktree name. Their files are what is verified, so they must not decide
// about it. WorkTrees reads the files that git keeps (gitrepository-layout) and does
// not run git, because that would cost each signature a second process. In doubt it
// returns more directories than git would.
func WorkTrees(h *host.Host, config *git.Config) []string {
	gitDir, trees := discover(h, config)
	if dir, ok := h.Getenv("GIT_WORK_TREE"); ok && dir != "" {
		trees = append(trees, realPath(h.Abs(dir)))
	}
	if c, ok := config.Last("core.worktree"); ok && (gitDir != "" || filepath.IsAbs(c.Value)) {
		trees = append(trees, realPath(resolve(gitDir, c.Value)))
	}
	if gitDir == "" {
		return trees
	}
	return append(trees, linkedTrees(gitDir)...)
}

// discover finds the git directory as git does: GIT_DIR, or the first one from the
// current directory upwards, which may itself be a bare repository. The work tree is
// the directory that contains it or, if only GIT_DIR is set, the current directory.
// Both are empty outside a repository.
func discover(h *host.Host, config *git.Config) (gitDir string, trees []string) {
	start := realPath(h.Dir)
	if dir, ok := h.Getenv("GIT_DIR"); ok && dir != "" {
		gitDir = followGitFile(realPath(h.Abs(dir)))
		bare, _ := config.Last("core.bare")
		if tree, _ := h.Getenv("GIT_WORK_TREE"); tree != "" || bare.Value == "true" || start == gitDir { // where hooks run
			return gitDir, nil
		}
		return gitDir, []string{start}
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if dotGit := filepath.Join(dir, ".git"); host.Exists(dotGit) {
			return followGitFile(dotGit), []string{dir}
		}
		if isGitDir(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", nil
		}
	}
}

// isGitDir reports whether dir is a git directory, as git decides it. It differs in
// one case: a HEAD of an unusual form is not one. Then the search goes on and finds
// more, and the content of a work tree could imitate such a HEAD.
func isGitDir(dir string) bool {
	head, ok := firstLine(filepath.Join(dir, "HEAD"))
	common := commonDir(dir)
	return ok && (strings.HasPrefix(head, "ref: refs/") || isObjectID(head)) &&
		host.Exists(filepath.Join(common, "objects")+"/") && host.Exists(filepath.Join(common, "refs")+"/")
}

func isObjectID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && (len(b) == sha1.Size || len(b) == sha256.Size)
}

// followGitFile returns the git directory: dotGit itself or, if it is a file, the
// directory that it names.
func followGitFile(dotGit string) string {
	if link, ok := firstLine(dotGit); ok {
		return resolve(filepath.Dir(dotGit), strings.TrimPrefix(link, "gitdir: "))
	}
	return dotGit
}

// commonDir returns the git directory that a linked worktree shares.
func commonDir(gitDir string) string {
	if dir, ok := firstLine(filepath.Join(gitDir, "commondir")); ok {
		return resolve(gitDir, dir)
	}
	return gitDir
}

// linkedTrees returns the worktrees of the repository with this git directory: the
// main one and those linked to it.
func linkedTrees(gitDir string) []string {
	common := commonDir(gitDir)
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

// maxLinkFile limits the size of the files in which git keeps one path.
const maxLinkFile = 64 << 10

func firstLine(file string) (string, bool) {
	b, err := host.ReadFileMax(file, maxLinkFile)
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

// realPath returns the path with symbolic links resolved, as far as it exists.
func realPath(path string) string {
	names := passes(path)
	return names[len(names)-1]
}

// maxLinks is the number of symbolic links that Linux follows in one path.
const maxLinks = 40

// passes returns the paths that the system looks up to open an absolute path, each
// without links in its directories: the links on the way, and at the end the real
// path.
func passes(path string) []string {
	dir := filepath.VolumeName(path) + string(filepath.Separator)
	names, links := []string{dir}, 0
	rest := strings.Split(filepath.ToSlash(path[len(filepath.VolumeName(path)):]), "/")
	for len(rest) > 0 {
		name := filepath.Join(dir, rest[0])
		rest = rest[1:]
		names = append(names, name)
		target, err := os.Readlink(name)
		if err != nil || links == maxLinks {
			dir = name
			continue
		}
		links++
		if filepath.IsAbs(target) {
			dir = filepath.VolumeName(target) + string(filepath.Separator)
			target = target[len(filepath.VolumeName(target)):]
		}
		rest = append(strings.Split(filepath.ToSlash(target), "/"), rest...)
		names = append(names, dir)
	}
	return names
}

// Outside returns an error if a checkout may have written the file, or a link or
// directory on the way to it. The git directory (.git) is not part of the work tree.
// A file named on the command line is allowed: the user chose it.
func Outside(v Value, trees []string) error {
	if v.Flag {
		return nil
	}
	names := passes(v.Text)
	for i, name := range names {
		for _, tree := range trees {
			if i < len(names)-1 && name == tree || !Holds(tree, name) {
				continue
			}
			return fmt.Errorf("%q is inside the work tree %q, where a pull could replace it", v.Text, tree)
		}
	}
	return nil
}

// Holds reports whether path is in the work tree, and not in its git directory.
func Holds(tree, path string) bool {
	rel, err := filepath.Rel(tree, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../") && rel != ".git" && !strings.HasPrefix(rel, ".git/")
}
