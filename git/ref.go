package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// maxListSize caps a list of ids or refs: more than a million of them.
const maxListSize = 128 << 20

// ReadRef returns the id that the ref with this full name holds, empty when
// there is no such ref. Unlike a revision it means nothing but that ref: git
// would take refs/tags/refs/heads/x, which a fetch can bring, for a missing
// refs/heads/x.
func (r *Repository) ReadRef(ctx context.Context, ref string) (string, error) {
	if !strings.HasPrefix(ref, "refs/") || strings.ContainsAny(ref, " ~^:?*[\\\n\x00\x7f") || strings.Contains(ref, "..") || strings.Contains(ref, "@{") {
		return "", fmt.Errorf("%q is not the full name of a ref", ref)
	}
	out, err := r.options.run(ctx, maxAnswerSize, "show-ref", "--verify", "--hash", "--", ref)
	if failed := (*CommandError)(nil); errors.As(err, &failed) && strings.Contains(failed.Stderr, "not a valid ref") {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// UpdateRef makes ref hold the object id, if it holds old: empty for a ref
// that is not there. Message goes into the reflog.
func (r *Repository) UpdateRef(ctx context.Context, ref, id, old, message string) error {
	if old == "" {
		old = strings.Repeat("0", len(id))
	}
	_, err := r.options.run(ctx, maxAnswerSize, "update-ref", "--no-deref", "--create-reflog", "-m", message, "--end-of-options", ref, id, old)
	return err
}

// IsAncestor says whether the commit id can be reached from the commit of
// descendant, or is it.
func (r *Repository) IsAncestor(ctx context.Context, id, descendant string) (bool, error) {
	_, err := r.options.run(ctx, maxAnswerSize, append(append([]string{}, objectArgs...), "merge-base", "--is-ancestor", "--end-of-options", id, descendant)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return false, nil
	}
	return err == nil, err
}
