package settings

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// Destination returns the real path of a file that is to be written: the links on
// the way are followed, since the user made them. A link in a work tree, of this
// or of any other repository, is an error: it may have come with a clone, whose
// author would choose which of the user's files is overwritten.
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
				WithHint("a clone could have brought the link: name the file that it leads to, or another one")
		}
	}
	return names[len(names)-1], nil
}

// treeAround returns the work tree whose content a path is, or nothing: one of
// trees, or one that a .git above the path shows.
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
