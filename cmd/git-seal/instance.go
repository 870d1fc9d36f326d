package main

import (
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// maxTUFRoot bounds the root.json of a TUF repository; the public-good
// instance's has 6 kB.
const maxTUFRoot = 256 << 10

// instance is the Sigstore instance that is trusted where no trusted root's
// file is named: its TUF repository, what the last update verified of it and,
// for the public-good one, what is in the binary.
type instance struct {
	mirror string
	anchor []byte // the root.json that everything is verified from
	public bool   // the anchor is in the binary, and so is a trusted root
	store  *store.Store
	kept   *store.Trusted // nil: nothing was verified yet, or nothing that can be used

	foreign bool // when it was read, the store held what another root.json vouched for
}

// loadInstance reads what the settings name and what is kept of it. It asks
// nobody: what it returns was verified when it was kept. What is damaged, or
// where a checkout may have written, is told and ignored.
// It is read once for each process.
func (h *host) loadInstance(vals values, trees []string) (*instance, error) {
	key := instanceKey{tufMirror(vals), vals.text(settingTUFRoot, "")}
	if i, ok := h.instances[key]; ok {
		return i, nil
	}
	i, err := h.readInstance(vals, trees)
	if err != nil {
		return nil, err
	}
	if h.instances == nil {
		h.instances = make(map[instanceKey]*instance)
	}
	h.instances[key] = i
	return i, nil
}

// instanceKey is what makes an instance another one.
type instanceKey struct{ mirror, root string }

// tufMirror is the mirror's URL, of which the same is kept with and without a
// slash at the end.
func tufMirror(vals values) string {
	return strings.TrimRight(vals.text(settingTUFMirror, tuf.PublicGoodMirror), "/")
}

func (h *host) readInstance(vals values, trees []string) (*instance, error) {
	i := &instance{mirror: tufMirror(vals)}
	if v, ok := vals.one(settingTUFRoot); ok {
		anchor, err := loadTUFRoot(v, trees)
		if err != nil {
			return nil, err
		}
		i.anchor = anchor
	} else {
		i.anchor, i.public = tuf.PublicGoodRoot(), true
	}
	dir, ok := h.dataHome()
	if !ok {
		return i, nil
	}
	s := store.New(filepath.Join(dir, "git-seal", "tuf"), i.mirror)
	s.Trace = traceRead
	if err := outside(value{Text: s.Path()}, trees); err != nil {
		if exists(s.Path()) {
			h.warnOnce("what TUF verified is ignored: %v", err)
		}
		return i, nil
	}
	i.store = &s
	kept, err := s.Load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		h.warnOnce("what TUF verified is ignored: %v; git seal trust update gets it anew", err)
	case kept.VouchedBy(i.anchor):
		i.kept = kept
	default:
		i.foreign = true
	}
	return i, nil
}

// dataHome is the XDG base directory for a user's data; ok is false where there
// is none.
func (h *host) dataHome() (dir string, ok bool) {
	if dir, ok := h.getenv("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
		return dir, true
	}
	home, _ := h.getenv("HOME")
	return filepath.Join(home, ".local", "share"), filepath.IsAbs(home)
}

func loadTUFRoot(v value, trees []string) ([]byte, error) {
	if err := outside(v, trees); err != nil {
		return nil, fail(exitUnknown, "TUF root (%s): %w", v.Source, err).withHint("keep it outside the work tree, or in its git directory")
	}
	text, err := readFileMax(v.Text, maxTUFRoot)
	if err != nil {
		f := fail(exitUnknown, "TUF root (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.hint = "git seal init --tuf-root FILE names another file"
		}
		return nil, f
	}
	return text, nil
}

// checkTUFRoot refuses a file from which nothing could ever be verified.
// Judging does without: it compares the file's digest with what was verified.
func checkTUFRoot(v value, trees []string) error {
	text, err := loadTUFRoot(v, trees)
	if err != nil {
		return err
	}
	if err := tuf.CheckRoot(text); err != nil {
		return fail(exitNotGood, "TUF root %s (%s): %w", v.Text, v.Source, err).withHint("it is the root.json that the instance's operators hand out")
	}
	return nil
}

// fromTUF reports whether what is kept counts: of it and the binary's the one
// with the higher version.
func (i *instance) fromTUF() bool {
	return i.kept != nil && (!i.public || i.kept.TargetsVersion >= trust.PublicGoodVersion)
}

// name is what a policy calls the instance's trusted root.
func (i *instance) name() string {
	if i.public {
		return trust.PublicGoodName
	}
	u, err := url.Parse(i.mirror)
	if err != nil {
		panic("seal.tufMirror was not checked: " + err.Error())
	}
	return u.Hostname()
}

// trustedRoot is the root that judges.
func (i *instance) trustedRoot() (*trust.Root, error) {
	if i.fromTUF() {
		root, err := trust.ParseRoot(i.name(), "TUF", i.kept.TrustedRoot)
		if err != nil {
			return nil, fail(exitUnknown, "what TUF verified: %w", err).withHint("git seal trust update gets it anew")
		}
		root.Source = "TUF, " + i.mirror
		root.Version = i.kept.TargetsVersion
		return root, nil
	}
	if i.public {
		return trust.PublicGood(), nil
	}
	return nil, fail(exitUnknown, "%w of the TUF repository %s", errNeverVerified, i.mirror).
		withHint("git seal trust update asks it; without a network: git seal trust import FILE")
}

// errNeverVerified is an instance of which nothing is known but its anchor.
var errNeverVerified = errors.New("nothing was verified yet")

// signingConfig is where to sign.
func (i *instance) signingConfig() (*signer.SigningConfig, error) {
	switch {
	case i.fromTUF() && i.kept.SigningConfig != nil:
		c, err := signer.ParseSigningConfig(i.kept.SigningConfig)
		if err != nil {
			return nil, fail(exitNotGood, "what TUF verified: %w", err).withHint("git seal trust update gets it anew")
		}
		return c, nil
	case i.public:
		return signer.PublicGoodSigningConfig(), nil
	case i.fromTUF():
		return nil, fail(exitNotGood, "where to sign: the TUF repository %s has no %s", i.mirror, tuf.SigningConfig).
			withHint("git config seal.signingConfig FILE")
	}
	_, err := i.trustedRoot()
	return nil, asFailure(err, exitNotGood).withCode(exitNotGood)
}
