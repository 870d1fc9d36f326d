package instance

import (
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// maxTUFRoot limits the size of a TUF repository's root.json; that of the public
// Sigstore instance has 6 kB.
const maxTUFRoot = 256 << 10

// Instance is the Sigstore instance that is trusted if no setting names a trusted
// root: its TUF repository, what the last update verified and, for the public
// instance, what is built in.
type Instance struct {
	Mirror string
	Anchor []byte // the root.json that everything is verified from
	public bool   // the public instance: anchor and trusted root are built in
	Store  *store.Store
	Kept   *store.Trusted // nil: nothing was verified yet, or nothing that can be used

	foreign bool // the store had a trusted root that another root.json vouches for
}

// Load reads the instance that the settings name, and what was kept of it, once for
// each process. It uses no network: what it returns was verified before it was kept.
// It warns of files that are damaged or that a checkout may have written, and ignores
// them.
func Load(h *host.Host, vals settings.Values, trees []string) (*Instance, error) {
	key := instanceKey{tufMirror(vals), vals.Text(settings.TUFRoot, "")}
	if i, ok := h.Loaded[key].(*Instance); ok {
		return i, nil
	}
	i, err := readInstance(h, vals, trees)
	if err != nil {
		return nil, err
	}
	if h.Loaded == nil {
		h.Loaded = make(map[any]any)
	}
	h.Loaded[key] = i
	return i, nil
}

// instanceKey identifies an instance.
type instanceKey struct{ mirror, root string }

// tufMirror returns the mirror's URL without a slash at its end, so that both forms
// name the same mirror.
func tufMirror(vals settings.Values) string {
	return strings.TrimRight(vals.Text(settings.TUFMirror, tuf.PublicGoodMirror), "/")
}

func readInstance(h *host.Host, vals settings.Values, trees []string) (*Instance, error) {
	i := &Instance{Mirror: tufMirror(vals)}
	if v, ok := vals.One(settings.TUFRoot); ok {
		anchor, err := loadTUFRoot(v, trees)
		if err != nil {
			return nil, err
		}
		i.Anchor = anchor
	} else {
		i.Anchor, i.public = tuf.PublicGoodRoot(), true
	}
	dir, ok := h.DataHome()
	if !ok {
		return i, nil
	}
	s := store.New(filepath.Join(dir, "git-seal", "tuf"), i.Mirror)
	s.Trace = host.TraceRead
	if err := settings.Outside(settings.Value{Text: s.Path()}, trees); err != nil {
		if host.Exists(s.Path()) {
			h.WarnOnce("ignoring the trusted root from TUF: %v", err)
		}
		return i, nil
	}
	i.Store = &s
	kept, err := s.Load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		h.WarnOnce("ignoring the trusted root from TUF: %v; to fetch it again, run: git seal trust update", err)
	case kept.VouchedBy(i.Anchor):
		i.Kept = kept
	default:
		i.foreign = true
	}
	return i, nil
}

func loadTUFRoot(v settings.Value, trees []string) ([]byte, error) {
	if err := settings.Outside(v, trees); err != nil {
		return nil, host.Fail(host.ExitUnknown, "cannot read the TUF root (from %s): %w", v.Origin(), err).WithHint("keep it outside the work tree, or in its git directory")
	}
	text, err := host.ReadFileMax(v.Text, maxTUFRoot)
	if err != nil {
		f := host.Fail(host.ExitUnknown, "cannot read the TUF root (from %s): %w", v.Origin(), err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "to name another file, run: git seal init --tuf-root FILE"
		}
		return nil, f
	}
	return text, nil
}

// CheckTUFRoot returns an error if nothing can be verified from the file. Verifying
// does not need this: it compares the file's digest with what was verified.
func CheckTUFRoot(v settings.Value, trees []string) error {
	text, err := loadTUFRoot(v, trees)
	if err != nil {
		return err
	}
	if err := tuf.CheckRoot(text); err != nil {
		return host.Fail(host.ExitNotGood, "TUF root %s (from %s): %w", v.Text, v.Origin(), err).WithHint("use the root.json that the instance's operators publish")
	}
	return nil
}

// FromTUF reports whether the trusted root from TUF counts: of it and the built-in
// one, the one with the higher version does.
func (i *Instance) FromTUF() bool {
	return i.Kept != nil && (!i.public || i.Kept.TargetsVersion >= trust.PublicGoodVersion)
}

// Name returns the name of the instance's trusted root in a policy.
func (i *Instance) Name() string {
	if i.public {
		return trust.PublicGoodName
	}
	u, err := url.Parse(i.Mirror)
	if err != nil {
		panic("seal.tufMirror was not checked: " + err.Error())
	}
	return u.Hostname()
}

// trustedRoot returns the trusted root that counts.
func (i *Instance) trustedRoot() (*trust.Root, error) {
	if i.FromTUF() {
		root, err := trust.ParseRoot(i.Name(), "TUF", i.Kept.TrustedRoot)
		if err != nil {
			return nil, host.Fail(host.ExitUnknown, "the trusted root from TUF: %w", err).WithHint("to fetch it again, run: git seal trust update")
		}
		root.Source = "TUF, " + i.Mirror
		root.Version = i.Kept.TargetsVersion
		return root, nil
	}
	if i.public {
		return trust.PublicGood(), nil
	}
	return nil, host.Fail(host.ExitUnknown, "%w from the TUF repository %s", ErrNeverVerified, i.Mirror).
		WithHint("to fetch it, run: git seal trust update; without a network: git seal trust import FILE")
}

// ErrNeverVerified means that nothing is known of an instance except its anchor.
var ErrNeverVerified = errors.New("no trusted root was fetched yet")

// signingConfig returns the instance's signing configuration.
func (i *Instance) signingConfig() (*signer.SigningConfig, error) {
	switch {
	case i.FromTUF() && i.Kept.SigningConfig != nil:
		c, err := signer.ParseSigningConfig(i.Kept.SigningConfig)
		if err != nil {
			return nil, host.Fail(host.ExitNotGood, "the signing configuration from TUF: %w", err).WithHint("to fetch it again, run: git seal trust update")
		}
		return c, nil
	case i.public:
		return signer.PublicGoodSigningConfig(), nil
	case i.FromTUF():
		return nil, host.Fail(host.ExitNotGood, "no services to sign with: the TUF repository %s has no %s", i.Mirror, tuf.SigningConfig).
			WithHint("name a signing configuration: git config seal.signingConfig FILE")
	}
	_, err := i.trustedRoot()
	return nil, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
}
