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

// WorkTrees are the directories whose files a checkout of this repository
// writes: its own one and the worktrees linked to it, and what GIT_WORK_TREE and
// core.worktree name. What lies in them is the content under judgement and never
// decides about it. They are read from the files that git keeps
// (gitrepository-layout), without asking git, because that would cost each
// signature a second process; in doubt they are more than git's.
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

// discover finds the git directory as git does: GIT_DIR, or the first one from
// the current directory upwards, which a bare repository is itself. The work
// tree is the directory that holds it, with GIT_DIR alone the current one. Both
// are empty where there is none.
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

// isGitDir tells a git directory as git does, but that a HEAD of unusual form is
// none: to walk on finds more, and the content of a work tree could imitate it.
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

// followGitFile is the git directory that .git is or, being a file, names.
func followGitFile(dotGit string) string {
	if link, ok := firstLine(dotGit); ok {
		return resolve(filepath.Dir(dotGit), strings.TrimPrefix(link, "gitdir: "))
	}
	return dotGit
}

// commonDir is the git directory that a linked worktree's shares.
func commonDir(gitDir string) string {
	if dir, ok := firstLine(filepath.Join(gitDir, "commondir")); ok {
		return resolve(gitDir, dir)
	}
	return gitDir
}

// linkedTrees are the worktrees of the repository with this git directory: the
// one around it and those that are linked to it.
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

// maxLinkFile bounds the files in which git keeps one path.
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

// realPath follows symbolic links, as far as the path exists.
func realPath(path string) string {
	names := passes(path)
	return names[len(names)-1]
}

// maxLinks is the number of symbolic links that Linux follows in one path.
const maxLinks = 40

// passes are the names that the system looks up to open the absolute path, each
// below directories that are no links: those of links on the way, and what the
// path is in the end.
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

// Outside refuses a file that a checkout may have written, or reached through a
// link or folder that one may have. The git directory itself (.git) is not part
// of the work tree's content; a file named on the command line is the choice of
// who runs the command.
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
			return fmt.Errorf("%q lies inside the work tree %q: what was just pulled would choose its own judge", v.Text, tree)
		}
	}
	return nil
}

// Holds tells whether path is the content of the work tree.
func Holds(tree, path string) bool {
	rel, err := filepath.Rel(tree, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../") && rel != ".git" && !strings.HasPrefix(rel, ".git/")
}
