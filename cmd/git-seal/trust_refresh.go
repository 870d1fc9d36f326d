package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

const (
	// refreshEvery is how long what was verified is taken for the newest.
	refreshEvery = 24 * time.Hour
	// retryEvery is how long a mirror that failed is left alone while what was
	// verified before is good: a rebase signs many commits.
	retryEvery = time.Hour
	// refreshPatience is how long a signature waits for the mirror when it
	// could do without.
	refreshPatience = 5 * time.Second
)

// refreshTrust has TUF verify the instance anew where that is due. A failure is
// a warning while the last good root is valid, and an error when it is not.
func (h *host) refreshTrust(ctx context.Context, vals values, trees []string) error {
	if len(vals[settingTrustedRoot]) > 0 {
		return nil
	}
	i, err := h.loadInstance(vals, trees)
	if err != nil || !i.due(h.now()) {
		return err
	}
	timeout := vals.timeout()
	if i.valid(h.now()) {
		timeout = min(timeout, refreshPatience)
	}
	step, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = h.updateTrust(step, i, i.due)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !i.valid(h.now()):
		f := updateFailure(err, updateHints)
		if i.kept != nil {
			f.err = fmt.Errorf("%w; what was verified before expired on %s", f.err, day(i.kept.Expires))
		}
		return f
	}
	h.warnOnce("trusted root not refreshed: %v; signing goes on with %s", err, i.describe())
	return nil
}

// due reports whether the mirror is to be asked at the time now.
func (i *instance) due(now time.Time) bool {
	if i.valid(now) && i.store != nil {
		if f, ok := i.store.LoadFailure(); ok && !now.Before(f.At) && now.Sub(f.At) < retryEvery {
			return false
		}
	}
	return i.kept == nil || now.Before(i.kept.Checked) || now.Sub(i.kept.Checked) >= refreshEvery || !now.Before(i.kept.Expires)
}

// valid reports whether the root that counts may be signed by at the time now:
// TUF's until its metadata expires, the binary's while nobody has seen a higher
// version.
func (i *instance) valid(now time.Time) bool {
	if i.fromTUF() && now.Before(i.kept.Expires) {
		return true
	}
	return i.public && (i.kept == nil || i.kept.TargetsVersion <= trust.PublicGoodVersion)
}

// describe says which root counts.
func (i *instance) describe() string {
	if i.fromTUF() {
		return "what was verified on " + day(i.kept.Checked) + ", good until " + day(i.kept.Expires)
	}
	return "the one in the program"
}

// day is a date and a time for people.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// updateTrust has the mirror's repository verified, and keeps it, or why it
// could not be. Another process may have done so while this one waited for the
// lock: the mirror is asked only where it is still due then; a nil due asks it in
// any case.
func (h *host) updateTrust(ctx context.Context, i *instance, due func(time.Time) bool) error {
	unlock, err := i.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if due != nil && !due(h.now()) {
		return nil
	}
	v, err := tuf.Fetch(ctx, h.tufOptions(i), h.lastRepository(i))
	if err == nil {
		err = i.keep(v, i.mirror, h.now())
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		_ = i.store.SaveFailure(h.now(), err.Error()) // without it the mirror is asked again sooner, no more
	}
	return err
}

// importTrust has a repository verified that was exported elsewhere, to a file
// of this name, and keeps it.
func (h *host) importTrust(ctx context.Context, i *instance, name string, exported *tuf.Repository) error {
	unlock, err := i.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := tuf.Verify(h.tufOptions(i), name, exported, h.lastRepository(i))
	if err != nil {
		return err
	}
	return i.keep(v, name, h.now())
}

// lock keeps other processes from the store until unlock is called, and reads
// what they have kept meanwhile.
func (i *instance) lock(ctx context.Context) (unlock func(), err error) {
	if i.store == nil {
		return nil, fail(exitNotGood, "nowhere to keep what TUF verifies: neither XDG_DATA_HOME nor HOME names a directory outside the work tree").
			withHint("set one of them, or name a trusted root's file: git config seal.trustedRoot FILE")
	}
	unlock, err = i.store.Lock(ctx)
	if err == nil {
		i.kept = nil
		if kept, err := i.store.Load(); err == nil && kept.VouchedBy(i.anchor) {
			i.kept = kept
		}
	}
	return unlock, err
}

func (h *host) tufOptions(i *instance) tuf.Options {
	o := tuf.Options{
		Mirror: i.mirror,
		Root:   i.anchor,
		Now:    h.now,
		Dir:    i.store.Dir,
		Warn:   func(w string) { h.warnOnce("TUF: %s", w) },
		Targets: []tuf.Target{
			{Name: tuf.TrustedRoot, Check: func(content []byte) error {
				_, err := trust.ParseRoot(i.name(), i.mirror, content)
				return err
			}},
			{Name: tuf.SigningConfig, Optional: true, Check: func(content []byte) error {
				_, err := signer.ParseSigningConfig(content)
				return err
			}},
		},
	}
	if h.trace != nil {
		o.Trace = h.traceTUF
	}
	return o
}

// lastRepository is what the update begins with: nil where there is nothing, or
// nothing that can be read.
func (h *host) lastRepository(i *instance) *tuf.Repository {
	last, err := i.readRepository()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.warnOnce("what TUF verified last is ignored: %v", err)
	}
	return last
}

// readRepository reads what the last update verified.
func (i *instance) readRepository() (*tuf.Repository, error) {
	text, err := i.store.LoadRepository()
	if err != nil {
		return nil, err
	}
	return tuf.ParseRepository(text)
}

// keep writes what was verified into the store, wherever it came from.
func (i *instance) keep(v *tuf.Verified, from string, now time.Time) error {
	if i.kept != nil && v.TargetsVersion < i.kept.TargetsVersion && v.RootVersion <= i.kept.RootVersion {
		return &tuf.Error{From: from, Kind: tuf.RolledBack,
			Err: fmt.Errorf("targets.json has version %d, and %d was verified before", v.TargetsVersion, i.kept.TargetsVersion)}
	}
	t := newTrusted(v, now)
	if i.kept != nil && string(i.kept.TrustedRoot) == string(t.TrustedRoot) {
		t.Since = i.kept.Since
	}
	text, err := v.Repository.Marshal()
	if err != nil {
		return err
	}
	if err := i.store.Save(t, text); err != nil {
		return err
	}
	i.kept = t
	return nil
}

// newTrusted is what verifying needs of a repository verified at the time now.
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
