package instance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

const (
	// refreshEvery is how long a verified root counts as the newest.
	refreshEvery = 24 * time.Hour
	// retryEvery is how long git-seal does not contact a mirror again that failed,
	// as long as an earlier root is valid: a rebase signs many commits.
	retryEvery = time.Hour
	// refreshPatience is how long a signature waits for the mirror if an earlier
	// root is valid.
	refreshPatience = 5 * time.Second
)

// Refresh updates the instance through TUF if that is due. A failure is a warning as
// long as the last root is valid, and an error when it is not.
func Refresh(ctx context.Context, h *host.Host, vals settings.Values, trees []string) error {
	if len(vals[settings.TrustedRoot]) > 0 {
		return nil
	}
	i, err := Load(h, vals, trees)
	if err != nil || !i.due(h.Now()) {
		return err
	}
	timeout := vals.Timeout()
	if i.valid(h.Now()) {
		timeout = min(timeout, refreshPatience)
	}
	step, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = Update(step, h, i, i.due)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !i.valid(h.Now()):
		f := UpdateFailure(err, UpdateHints)
		if i.Kept != nil {
			f.Err = fmt.Errorf("%w; the last one expired on %s", f.Err, host.Day(i.Kept.Expires))
		}
		return f
	}
	h.WarnOnce("cannot update the trusted root: %v; signing with %s", err, i.describe())
	return nil
}

// due reports whether to contact the mirror at the time now.
func (i *Instance) due(now time.Time) bool {
	if i.valid(now) && i.Store != nil {
		if f, ok := i.Store.LoadFailure(); ok && !now.Before(f.At) && now.Sub(f.At) < retryEvery {
			return false
		}
	}
	return i.Kept == nil || now.Before(i.Kept.Checked) || now.Sub(i.Kept.Checked) >= refreshEvery || !now.Before(i.Kept.Expires)
}

// valid reports whether the root that counts may be used for signing at the time
// now: TUF's until its metadata expires, the built-in one as long as no higher version
// is known.
func (i *Instance) valid(now time.Time) bool {
	if i.FromTUF() && now.Before(i.Kept.Expires) {
		return true
	}
	return i.public && (i.Kept == nil || i.Kept.TargetsVersion <= trust.PublicGoodVersion)
}

// describe names the root that counts, for people.
func (i *Instance) describe() string {
	if i.FromTUF() {
		return "the one of " + host.Day(i.Kept.Checked) + ", valid until " + host.Day(i.Kept.Expires)
	}
	return "the built-in one"
}

// Update verifies the mirror's repository and saves it, or the reason why it is not
// valid. Another process may have done so while this one waited for the lock, so it
// contacts the mirror only if that is still due; if due is nil, it always does.
func Update(ctx context.Context, h *host.Host, i *Instance, due func(time.Time) bool) error {
	unlock, err := i.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if due != nil && !due(h.Now()) {
		return nil
	}
	v, err := tuf.Fetch(ctx, TUFOptions(h, i), lastRepository(h, i))
	if err == nil {
		err = i.keep(v, i.Mirror, h.Now())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		_ = i.Store.SaveFailure(h.Now(), err.Error()) // if it fails, the mirror is only contacted again sooner
	}
	return err
}

// Import verifies a repository that was exported on another machine, to a file of
// this name, and saves it.
func Import(ctx context.Context, h *host.Host, i *Instance, name string, exported *tuf.Repository) error {
	unlock, err := i.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := tuf.Verify(TUFOptions(h, i), name, exported, lastRepository(h, i))
	if err != nil {
		return err
	}
	return i.keep(v, name, h.Now())
}

// Lock locks the store for other processes until unlock is called, and reads what
// they have saved meanwhile.
func (i *Instance) Lock(ctx context.Context) (unlock func(), err error) {
	if i.Store == nil {
		return nil, host.Fail(host.ExitNotGood, "no directory for the files from TUF: neither XDG_DATA_HOME nor HOME names one outside the work tree").
			WithHint("set one of them, or name a trusted root: git config seal.trustedRoot FILE")
	}
	unlock, err = i.Store.Lock(ctx)
	if err == nil {
		i.Kept = nil
		if kept, err := i.Store.Load(); err == nil && kept.VouchedBy(i.Anchor) {
			i.Kept = kept
		}
	}
	return unlock, err
}

// TUFOptions returns how to verify the instance's TUF repository.
func TUFOptions(h *host.Host, i *Instance) tuf.Options {
	o := tuf.Options{
		Mirror: i.Mirror,
		Root:   i.Anchor,
		Now:    h.Now,
		Dir:    i.Store.Dir,
		Warn:   func(w string) { h.WarnOnce("TUF: %s", w) },
		Targets: []tuf.Target{
			{Name: tuf.TrustedRoot, Check: func(content []byte) error {
				_, err := trust.ParseRoot(i.Name(), i.Mirror, content)
				return err
			}},
			{Name: tuf.SigningConfig, Optional: true, Check: func(content []byte) error {
				_, err := signer.ParseSigningConfig(content)
				return err
			}},
		},
	}
	if h.Trace != nil {
		o.Trace = h.TraceTUF
	}
	return o
}

// lastRepository returns what the last update verified, which the next one begins
// with, or nil if it cannot be read.
func lastRepository(h *host.Host, i *Instance) *tuf.Repository {
	last, err := i.ReadRepository()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.WarnOnce("ignoring the last TUF metadata: %v", err)
	}
	return last
}

// ReadRepository reads what the last update verified.
func (i *Instance) ReadRepository() (*tuf.Repository, error) {
	text, err := i.Store.LoadRepository()
	if err != nil {
		return nil, err
	}
	return tuf.ParseRepository(text)
}

// keep saves a verified repository in the store, wherever it came from.
func (i *Instance) keep(v *tuf.Verified, from string, now time.Time) error {
	if i.Kept != nil && v.TargetsVersion < i.Kept.TargetsVersion && v.RootVersion <= i.Kept.RootVersion {
		return &tuf.Error{From: from, Kind: tuf.RolledBack,
			Err: fmt.Errorf("targets.json has version %d, but version %d was verified before", v.TargetsVersion, i.Kept.TargetsVersion)}
	}
	t := newTrusted(v, now)
	if i.Kept != nil && string(i.Kept.TrustedRoot) == string(t.TrustedRoot) {
		t.Since = i.Kept.Since
	}
	text, err := v.Repository.Marshal()
	if err != nil {
		return err
	}
	if err := i.Store.Save(t, text); err != nil {
		return err
	}
	i.Kept = t
	return nil
}

// newTrusted returns what verifying needs of a repository that was verified at the
// time now.
func newTrusted(v *tuf.Verified, now time.Time) *store.Trusted {
	return &store.Trusted{
		Mirror:         v.Repository.Mirror,
		Roots:          v.RootDigests(),
		RootVersion:    v.RootVersion,
		TargetsVersion: v.TargetsVersion,
		Since:          now,
		Checked:        now,
		Expires:        v.Expires,
		TrustedRoot:    v.Repository.Files[tuf.TrustedRoot],
		SigningConfig:  v.Repository.Files[tuf.SigningConfig],
	}
}
