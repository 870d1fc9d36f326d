package tuf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/git-seal/git-seal/verifier/trust/store"
)

// Fetch fetches the repository's content from the mirror and verifies it: signed by the known
// root and those after it, not expired, and not older than last, which is what an earlier
// update verified, or nil. It warns of a damaged last and ignores it. Every error is an
// *Error.
func Fetch(ctx context.Context, o Options, last *Repository) (*Verified, error) {
	start := o.Now()
	v, err := update(o, newMirror(ctx, o), last)
	if err != nil && ctx.Err() != nil { // whatever error the connection reports
		err = &fetchError{o.Mirror, &noAnswer{o.Now().Sub(start), ctx.Err()}}
	}
	if err != nil {
		return nil, newError(o.Mirror, err)
	}
	return v, nil
}

// Verify is Fetch from a repository that was exported elsewhere, instead of the mirror. It
// uses no network. Errors contain the name.
func Verify(o Options, name string, exported, last *Repository) (*Verified, error) {
	v, err := update(o, frozen{exported, o.Mirror}, last)
	if err != nil {
		return nil, newError(name, err)
	}
	return v, nil
}

// update runs go-tuf's client workflow in a temporary directory with what was verified last.
func update(o Options, source fetcher.Fetcher, last *Repository) (v *Verified, err error) {
	defer func() { // go-tuf assumes that signed metadata has certain fields
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("malformed metadata: %v", p)
		}
	}()
	dir, err := os.MkdirTemp(o.Dir, store.ScratchPrefix)
	if err != nil {
		return nil, &localError{err}
	}
	defer os.RemoveAll(dir)

	roots, last := walk(o, last)
	if last != nil {
		for role, content := range map[string][]byte{metadata.TIMESTAMP: last.Timestamp, metadata.SNAPSHOT: last.Snapshot, metadata.TARGETS: last.Targets} {
			if err := os.WriteFile(metadataFile(dir, role), content, 0o600); err != nil {
				return nil, &localError{err}
			}
		}
	}
	recorder := &recorder{Fetcher: source, roots: roots}
	client, err := newUpdater(o, recorder, dir)
	if err != nil {
		return nil, err
	}
	if err := client.Refresh(); err != nil {
		return nil, err
	}
	v, err = verified(client.GetTrustedMetadataSet(), dir)
	if err != nil {
		return nil, &localError{err}
	}
	v.Repository.Mirror, v.Repository.Roots = o.Mirror, recorder.roots
	v.Repository.Files, err = download(o, client, dir, last)
	return v, err
}

// walk returns the known roots: those of last, if the one that the caller trusts is among
// them, otherwise only that one. It returns nil for last if it cannot be used.
func walk(o Options, last *Repository) ([][]byte, *Repository) {
	known := [][]byte{o.Root}
	if last == nil {
		return known, nil
	}
	if slices.ContainsFunc(last.Roots, func(root []byte) bool { return bytes.Equal(root, o.Root) }) {
		if err := verifyRoots(last.Roots); err != nil {
			o.warn("ignoring the last verified metadata, which is damaged: %v", err)
			return known, nil
		}
		known = last.Roots
	}
	if err := last.checkForm(); err != nil {
		o.warn("ignoring the last verified metadata, which is damaged: %v", err)
		return known, nil
	}
	return known, last
}

// verifyRoots checks that each root vouches for the next one.
func verifyRoots(roots [][]byte) error {
	set, err := trustedmetadata.New(roots[0])
	if err != nil {
		return fmt.Errorf("root.json: %w", err)
	}
	for _, root := range roots[1:] {
		if _, err := set.UpdateRoot(root); err != nil {
			return fmt.Errorf("root.json after version %d: %w", set.Root.Signed.Version, err)
		}
	}
	return nil
}

// newUpdater returns go-tuf's client with our limits and clock. It begins with the newest
// known root.
func newUpdater(o Options, source *recorder, dir string) (*updater.Updater, error) {
	c, err := config.New(o.Mirror, source.roots[len(source.roots)-1])
	if err != nil {
		return nil, err
	}
	c.Fetcher = source
	c.LocalMetadataDir, c.LocalTargetsDir = dir, dir
	c.MaxRootRotations = int64(maxRoots - len(source.roots))
	c.RootMaxLength, c.TimestampMaxLength, c.SnapshotMaxLength, c.TargetsMaxLength = maxRoot, maxTimestamp, maxMetadata, maxMetadata
	client, err := updater.New(c)
	if err != nil {
		return nil, err
	}
	client.UnsafeSetRefTime(o.Now().UTC())
	return client, nil
}

// recorder collects the known roots and those that were fetched. A root that go-tuf refuses
// ends the update, so after a successful one all were verified.
type recorder struct {
	fetcher.Fetcher
	roots [][]byte
}

// DownloadFile implements go-tuf's Fetcher. go-tuf asks for one root after
// another until a file is missing. Object stores answer 403 for a missing file if the client may not
// list their files. A mirror that forbids everything fails at timestamp.json.
func (r *recorder) DownloadFile(url string, maxLength int64, timeout time.Duration) ([]byte, error) {
	content, err := r.Fetcher.DownloadFile(url, maxLength, timeout)
	if !strings.HasSuffix(url, ".root.json") {
		return content, err
	}
	if status := (*metadata.ErrDownloadHTTP)(nil); errors.As(err, &status) && status.StatusCode == http.StatusForbidden {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: url}
	}
	if err == nil {
		r.roots = append(r.roots[:len(r.roots):len(r.roots)], content)
	}
	return content, err
}

// metadataFile returns where go-tuf stores the metadata of a top-level role.
func metadataFile(dir, role string) string { return filepath.Join(dir, role+".json") }

// verified returns the result of an update.
func verified(set trustedmetadata.TrustedMetadata, dir string) (*Verified, error) {
	targets := set.Targets[metadata.TARGETS]
	v := &Verified{
		RootVersion:      set.Root.Signed.Version,
		TimestampVersion: set.Timestamp.Signed.Version,
		SnapshotVersion:  set.Snapshot.Signed.Version,
		TargetsVersion:   targets.Signed.Version,
		Expires:          set.Root.Signed.Expires,
	}
	for _, t := range []time.Time{set.Timestamp.Signed.Expires, set.Snapshot.Signed.Expires, targets.Signed.Expires} {
		if t.Before(v.Expires) {
			v.Expires = t
		}
	}
	for role, content := range map[string]*[]byte{metadata.TIMESTAMP: &v.Repository.Timestamp, metadata.SNAPSHOT: &v.Repository.Snapshot, metadata.TARGETS: &v.Repository.Targets} {
		var err error
		if *content, err = os.ReadFile(metadataFile(dir, role)); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// download returns the targets, from last if it has them, otherwise from the mirror.
func download(o Options, client *updater.Updater, dir string, last *Repository) (map[string][]byte, error) {
	listed := client.GetTopLevelTargets()
	files := make(map[string][]byte)
	for _, want := range o.Targets {
		info := listed[want.Name]
		if info == nil && want.Optional {
			continue
		}
		if info == nil {
			return nil, &unusableError{fmt.Errorf("targets.json lists no %s", want.Name)}
		}
		if info.Length > maxTarget {
			return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: %d bytes; the limit is %d", want.Name, info.Length, maxTarget)}
		}
		content, known := []byte(nil), false
		if last != nil {
			content, known = last.Files[want.Name]
		}
		if !known || info.VerifyLengthHashes(content) != nil {
			var err error
			if _, content, err = client.DownloadTarget(info, filepath.Join(dir, "target"), ""); err != nil {
				return nil, err
			}
		}
		if want.Check != nil {
			if err := want.Check(content); err != nil {
				return nil, &unusableError{fmt.Errorf("%s: %w", want.Name, err)}
			}
		}
		files[want.Name] = content
	}
	return files, nil
}

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(fmt.Sprintf(format, args...))
	}
}
