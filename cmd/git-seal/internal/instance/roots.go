package instance

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/verifier/trust"
)

// MaxTrustedRoot limits the size of a trusted root; that of the public Sigstore
// instance has 7 kB.
const MaxTrustedRoot = 4 << 20

// TrustedRoots loads what seal.trustedRoot names or, if it is not set, the root of
// the instance that TUF keeps up to date. It uses no network.
func TrustedRoots(h *host.Host, vals settings.Values, trees []string) ([]*trust.Root, error) {
	if len(vals[settings.TrustedRoot]) == 0 {
		i, err := Load(h, vals, trees)
		if err != nil {
			return nil, err
		}
		if i.foreign && i.Kept == nil {
			h.WarnOnce("ignoring the trusted root from TUF: it was verified from another root.json than the one trusted here; to fetch it again, run: git seal trust update")
		}
		root, err := i.trustedRoot()
		if err != nil {
			return nil, err
		}
		return []*trust.Root{root}, nil
	}
	var roots []*trust.Root
	for _, v := range vals[settings.TrustedRoot] {
		root, err := loadRoot(v, trees)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func loadRoot(v settings.Value, trees []string) (*trust.Root, error) {
	if err := settings.Outside(v, trees); err != nil {
		return nil, host.Fail(host.ExitUnknown, "cannot read the trusted root (from %s): %w", v.Origin(), err).WithHint("keep the trusted root outside the work tree, or in its git directory")
	}
	text, err := host.ReadFileMax(v.Text, MaxTrustedRoot)
	if err != nil {
		f := host.Fail(host.ExitUnknown, "cannot read the trusted root (from %s): %w", v.Origin(), err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "to name another file, run: git seal init --trusted-root FILE"
		}
		return nil, f
	}
	root, err := trust.ParseRoot(rootName(v.Text), v.Text, text)
	if err != nil {
		return nil, host.Fail(host.ExitUnknown, "%w (from %s)", err, v.Origin()).WithHint("%s", fetchHint("trusted_root.json", text))
	}
	root.Source = v.Text + " (from " + v.Origin() + ")"
	return root, nil
}

// rootName returns the name of a trusted root in a policy: the file name without
// .json and trusted_root or, if nothing is left, the name of its directory.
func rootName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".json")
	name = strings.TrimRight(strings.TrimSuffix(strings.ReplaceAll(name, "-", "_"), "trusted_root"), "._")
	if name == "" {
		return filepath.Base(filepath.Dir(path))
	}
	return filepath.Base(path)[:len(name)]
}

// fetchHint returns what to do about one of an instance's files that is not valid.
func fetchHint(name string, text []byte) string {
	hint := "get a new copy of the instance's " + name
	if len(bytes.TrimSpace(text)) == 0 {
		return "the file is empty; " + hint
	}
	return hint
}
