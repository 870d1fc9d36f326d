package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// EmbeddedError says that git found a bare repository inside the work tree of
// another one. A clone can bring such a folder along, and its configuration is
// its author's: it would choose the policy and the trusted root for whoever runs
// a command there. Git's own setting for this, safe.bareRepository, refuses
// every bare repository that one enters. One that GIT_DIR or --git-dir names is
// never refused, and neither is one below a home directory that git keeps, as long
// as nothing in it is part of what is kept.
type EmbeddedError struct {
	GitDir   string // the bare repository
	WorkTree string // the top of the work tree around it
}

func (e *EmbeddedError) Error() string {
	return fmt.Sprintf("%q is a bare repository inside the work tree %q", e.GitDir, e.WorkTree)
}

// refuseEmbedded returns an *EmbeddedError where git would find, from Dir and Env, a
// bare repository inside the work tree of another. It looks for one as git does
// (setup.c there): upwards, for a .git or for a directory that is a repository
// itself.
func (o Options) refuseEmbedded(ctx context.Context) error {
	if o.env("GIT_DIR") != "" {
		return nil
	}
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil // git says what is wrong with it
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, ok := dotGit(dir); ok {
			return nil
		}
		if isGitDir(dir) {
			break
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
	outer := workTreeAround(dir)
	if outer == "" {
		return nil
	}
	if home, err := filepath.EvalSymlinks(o.env("HOME")); err == nil && home == outer && !o.tracks(ctx, outer, dir) {
		return nil
	}
	return &EmbeddedError{GitDir: dir, WorkTree: outer}
}

// env returns the value of a variable of git's environment.
func (o Options) env(name string) (value string) {
	for _, v := range o.Env {
		if set, ok := strings.CutPrefix(v, name+"="); ok {
			value = set
		}
	}
	return value
}

// tracks reports whether a repository has anything in a directory of its work
// tree; it does where that cannot be told.
func (o Options) tracks(ctx context.Context, workTree, dir string) bool {
	o.Dir = workTree
	o.Env = slices.DeleteFunc(slices.Clone(o.Env), func(v string) bool {
		return strings.HasPrefix(v, "GIT_INDEX_FILE=") || strings.HasPrefix(v, "GIT_WORK_TREE=")
	})
	out, err := o.run(ctx, maxAnswerSize, "--literal-pathspecs", "ls-files", "-z", "--", dir)
	return err != nil || len(out) > 0
}

// workTreeAround returns the top of the work tree that a repository's directory
// is in, empty where it is in none but its own.
func workTreeAround(gitDir string) string {
	for dir := filepath.Dir(gitDir); ; dir = filepath.Dir(dir) {
		if own, ok := dotGit(dir); ok {
			if inside, err := filepath.Rel(own, gitDir); err == nil && filepath.IsLocal(inside) {
				return "" // .git itself, or what a submodule or a linked work tree has in it
			}
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// dotGit returns the repository that a directory's .git is or names.
func dotGit(dir string) (gitDir string, ok bool) {
	path := filepath.Join(dir, ".git")
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", false
	case info.IsDir():
		path, err = filepath.EvalSymlinks(path)
		return path, err == nil && isGitDir(path)
	}
	text, err := os.ReadFile(path)
	named, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), "gitdir: ")
	if err != nil || !ok {
		return "", false
	}
	if !filepath.IsAbs(named) {
		named = filepath.Join(dir, named)
	}
	named, err = filepath.EvalSymlinks(named)
	return named, err == nil && isGitDir(named)
}

// isGitDir reports whether git takes a directory for a repository by what is in
// it: HEAD, refs, and objects or, in a linked work tree's, the name of those.
func isGitDir(dir string) bool {
	is := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	return is("commondir") || is("refs") && is("objects")
}
