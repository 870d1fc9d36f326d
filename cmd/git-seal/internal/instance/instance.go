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

// maxTUFRoot bounds the root.json of a TUF repository; the public-good
// instance's has 6 kB.
const maxTUFRoot = 256 << 10

// Instance is the Sigstore instance that is trusted where no trusted root's
// file is named: its TUF repository, what the last update verified of it and,
// for the public-good one, what is in the binary.
type Instance struct {
	Mirror string
	Anchor []byte // the root.json that everything is verified from
	public bool   // the anchor is in the binary, and so is a trusted root
	Store  *store.Store
	Kept   *store.Trusted // nil: nothing was verified yet, or nothing that can be used

	foreign bool // when it was read, the store held what another root.json vouched for
}

// Load reads what the settings name and what is kept of it. It asks
// nobody: what it returns was verified when it was kept. What is damaged, or
// where a checkout may have written, is told and ignored.
// It is read once for each process.
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

// instanceKey is what makes an instance another one.
type instanceKey struct{ mirror, root string }

// tufMirror is the mirror's URL, of which the same is kept with and without a
// slash at the end.
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
			h.WarnOnce("what TUF verified is ignored: %v", err)
		}
		return i, nil
	}
	i.Store = &s
	kept, err := s.Load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		h.WarnOnce("what TUF verified is ignored: %v; git seal trust update gets it anew", err)
	case kept.VouchedBy(i.Anchor):
		i.Kept = kept
	default:
		i.foreign = true
	}
	return i, nil
}

func loadTUFRoot(v settings.Value, trees []string) ([]byte, error) {
	if err := settings.Outside(v, trees); err != nil {
		return nil, host.Fail(host.ExitUnknown, "TUF root (%s): %w", v.Source, err).WithHint("keep it outside the work tree, or in its git directory")
	}
	text, err := host.ReadFileMax(v.Text, maxTUFRoot)
	if err != nil {
		f := host.Fail(host.ExitUnknown, "TUF root (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "git seal init --tuf-root FILE names another file"
		}
		return nil, f
	}
	return text, nil
}

// CheckTUFRoot refuses a file from which nothing could ever be verified.
// Judging does without: it compares the file's digest with what was verified.
func CheckTUFRoot(v settings.Value, trees []string) error {
	text, err := loadTUFRoot(v, trees)
	if err != nil {
		return err
	}
	if err := tuf.CheckRoot(text); err != nil {
		return host.Fail(host.ExitNotGood, "TUF root %s (%s): %w", v.Text, v.Source, err).WithHint("it is the root.json that the instance's operators hand out")
	}
	return nil
}

// FromTUF reports whether what is kept counts: of it and the binary's the one
// with the higher version.
func (i *Instance) FromTUF() bool {
	return i.Kept != nil && (!i.public || i.Kept.TargetsVersion >= trust.PublicGoodVersion)
}

// Name is what a policy calls the instance's trusted root.
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

// trustedRoot is the root that judges.
func (i *Instance) trustedRoot() (*trust.Root, error) {
	if i.FromTUF() {
		root, err := trust.ParseRoot(i.Name(), "TUF", i.Kept.TrustedRoot)
		if err != nil {
			return nil, host.Fail(host.ExitUnknown, "what TUF verified: %w", err).WithHint("git seal trust update gets it anew")
		}
		root.Source = "TUF, " + i.Mirror
		root.Version = i.Kept.TargetsVersion
		return root, nil
	}
	if i.public {
		return trust.PublicGood(), nil
	}
	return nil, host.Fail(host.ExitUnknown, "%w of the TUF repository %s", ErrNeverVerified, i.Mirror).
		WithHint("git seal trust update asks it; without a network: git seal trust import FILE")
}

// ErrNeverVerified is an instance of which nothing is known but its anchor.
var ErrNeverVerified = errors.New("nothing was verified yet")

// signingConfig is where to sign.
func (i *Instance) signingConfig() (*signer.SigningConfig, error) {
	switch {
	case i.FromTUF() && i.Kept.SigningConfig != nil:
		c, err := signer.ParseSigningConfig(i.Kept.SigningConfig)
		if err != nil {
			return nil, host.Fail(host.ExitNotGood, "what TUF verified: %w", err).WithHint("git seal trust update gets it anew")
		}
		return c, nil
	case i.public:
		return signer.PublicGoodSigningConfig(), nil
	case i.FromTUF():
		return nil, host.Fail(host.ExitNotGood, "where to sign: the TUF repository %s has no %s", i.Mirror, tuf.SigningConfig).
			WithHint("git config seal.signingConfig FILE")
	}
	_, err := i.trustedRoot()
	return nil, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
}
