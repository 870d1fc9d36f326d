package settings

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// Destination returns the real path of a file that is to be written. It follows
// symbolic links that the user made. A link in a work tree, of this or any other
// repository, is an error: it may have come with a clone, and the repository's
// author would then choose which of the user's files is overwritten.
func Destination(h *host.Host, config *git.Config, path string) (string, error) {
	start := path
	if !filepath.IsAbs(path) {
		start = realPath(h.Dir) + string(filepath.Separator) + path // .. after a link is the parent of its target
	}
	trees := WorkTrees(h, config)
	names := passes(start)
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		if tree := treeAround(name, trees); tree != "" {
			return "", host.Fail(host.ExitNotGood, "%s: not written: %s is a symbolic link in the work tree %s", path, name, tree).
				WithHint("the link may have come with a clone: name its target, or another file")
		}
	}
	return names[len(names)-1], nil
}

// treeAround returns the work tree that contains a path, or "". It looks in trees
// and for a .git above the path.
func treeAround(path string, trees []string) string {
	if strings.Contains(filepath.ToSlash(path), "/.git/") { // a checkout writes no such path
		return ""
	}
	for _, tree := range trees {
		if Holds(tree, path) {
			return tree
		}
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if host.Exists(filepath.Join(dir, ".git")) && Holds(dir, path) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}
