package git

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// SymbolicRef returns the full name of the ref that a symbolic one, such as HEAD,
// stands for in the end, which need not exist. It is empty where ref is none.
func (r *Repository) SymbolicRef(ctx context.Context, ref string) (string, error) {
	if err := checkRevision(ref); err != nil {
		return "", err
	}
	out, err := r.options.run(ctx, maxAnswerSize, "symbolic-ref", "--quiet", ref)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return "", nil
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

// ListSymbolicRefs returns what each symbolic ref under refs/ stands for in the end,
// by full names. One that stands for a ref that does not exist is not among
// them: SymbolicRef tells of it.
func (r *Repository) ListSymbolicRefs(ctx context.Context) (map[string]string, error) {
	out, err := r.options.run(ctx, maxListSize, "for-each-ref", "--format=%(if)%(symref)%(then)%(refname) %(symref)%(end)")
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if ref, target, symbolic := strings.Cut(strings.TrimSuffix(line, "\n"), " "); symbolic {
			targets[ref] = target
		}
	}
	return targets, nil
}

// SymbolicRefs returns which of refs are symbolic and what each stands for in the
// end, by full names; that may be a ref that does not exist.
func (r *Repository) SymbolicRefs(ctx context.Context, refs []string) (map[string]string, error) {
	targets, err := r.ListSymbolicRefs(ctx)
	if err != nil {
		return nil, err
	}
	loose, err := r.looseRefs(ctx)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if targets[ref] != "" || !loose.maybeSymbolic(ref) {
			continue
		}
		if targets[ref], err = r.SymbolicRef(ctx, ref); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// looseRefs are the directories with the files in which git keeps symbolic refs
// (gitrepository-layout(5)), none where it keeps them otherwise (reftable).
// Git has no command that lists those that stand for a ref which does not exist,
// and a process for each name of a push is too many.
type looseRefs []string

func (r *Repository) looseRefs(ctx context.Context) (looseRefs, error) {
	out, err := r.options.run(ctx, maxAnswerSize, "config", "--local", "--get", "extensions.refStorage")
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return nil, err
	}
	if storage := strings.TrimSpace(string(out)); storage != "" && storage != "files" {
		return nil, nil
	}
	common, err := r.CommonDir(ctx)
	return looseRefs{common, r.gitDir}, err
}

// maybeSymbolic reports whether a ref may be symbolic: one that is has a file that
// says so, or is a link. It may be packed otherwise.
func (dirs looseRefs) maybeSymbolic(ref string) bool {
	if len(dirs) == 0 {
		return true
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, filepath.FromSlash(ref))
		info, err := os.Lstat(path)
		switch {
		case err != nil || info.IsDir():
			continue
		case !info.Mode().IsRegular():
			return true
		}
		if b, err := os.ReadFile(path); err != nil || bytes.HasPrefix(b, []byte("ref:")) {
			return true
		}
	}
	return false
}

// HookFile returns the absolute path of the program that git runs as a hook,
// whether it is there or not: core.hooksPath may have moved it.
func (r *Repository) HookFile(ctx context.Context, name string) (string, error) {
	moved, err := r.options.run(ctx, maxAnswerSize, "config", "--type=path", "--get", "core.hooksPath")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		// Not --path-format=absolute, which follows a hook that is a link.
		out, err := r.options.run(ctx, maxAnswerSize, "rev-parse", "--git-path", "hooks/"+name)
		path := strings.TrimSuffix(string(out), "\n")
		if err == nil && !filepath.IsAbs(path) {
			path = filepath.Join(r.options.Dir, path)
		}
		return path, err
	}
	dir := strings.TrimSuffix(string(moved), "\n")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.hookDir(name), dir)
	}
	return filepath.Join(dir, name), err
}

// hookDir is the directory in which git runs a hook (githooks(5)).
func (r *Repository) hookDir(name string) string {
	switch name {
	case "pre-receive", "update", "proc-receive", "post-receive", "post-update", "push-to-checkout":
		return r.gitDir
	}
	if r.workDir == "" {
		return r.gitDir
	}
	return r.workDir
}
