package git

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// maxListSize caps a list of ids: more than a million of them.
const maxListSize = 64 << 20

// ReadRef returns the id that the ref with this full name holds, empty when
// there is no such ref. Unlike a revision it means nothing but that ref: git
// would take refs/tags/refs/heads/x, which a fetch can bring, for a missing
// refs/heads/x. Where there is something else that git could take for it, that
// is an error.
func (r *Repository) ReadRef(ctx context.Context, ref string) (string, error) {
	if !strings.HasPrefix(ref, "refs/") || strings.ContainsAny(ref, " ~^:?*[\\\x7f") || strings.Contains(ref, "..") || strings.Contains(ref, "@{") {
		return "", fmt.Errorf("%q is not the full name of a ref", ref)
	}
	for _, rule := range []string{"refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		other := fmt.Sprintf(rule, ref)
		switch _, _, err := r.resolve(ctx, other); {
		case err == nil:
			return "", fmt.Errorf("%q: git could take %s for it", ref, other)
		case !errors.Is(err, ErrMissing):
			return "", err
		}
	}
	id, _, err := r.resolve(ctx, ref)
	if errors.Is(err, ErrMissing) {
		return "", nil
	}
	return id, err
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
