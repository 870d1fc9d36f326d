package git

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
)

// DefaultBranch returns the full name of the branch that HEAD stands for, which
// need not exist yet. It is empty where HEAD names a commit.
func (r *Repository) DefaultBranch(ctx context.Context) (string, error) {
	out, err := r.options.run(ctx, maxAnswerSize, "symbolic-ref", "--quiet", "HEAD")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return "", nil
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

// HookFile returns the absolute path of the program that git runs as a hook,
// whether it is there or not: core.hooksPath may have moved it.
func (r *Repository) HookFile(ctx context.Context, name string) (string, error) {
	o := r.options
	if r.workDir != "" {
		o.Dir = r.workDir // where a relative core.hooksPath begins (githooks(5))
	}
	out, err := o.run(ctx, maxAnswerSize, "rev-parse", "--git-path", "hooks/"+name)
	path := strings.TrimSuffix(string(out), "\n")
	if err == nil && !filepath.IsAbs(path) {
		path = filepath.Join(o.Dir, path)
	}
	return path, err
}
