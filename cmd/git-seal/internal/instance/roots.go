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

// MaxTrustedRoot bounds a trusted root's file; the public-good instance's has
// some 7 kB.
const MaxTrustedRoot = 4 << 20

// TrustedRoots loads what seal.trustedRoot names or, where it names nothing,
// the root of the instance that TUF keeps up to date. It asks nobody.
func TrustedRoots(h *host.Host, vals settings.Values, trees []string) ([]*trust.Root, error) {
	if len(vals[settings.TrustedRoot]) == 0 {
		i, err := Load(h, vals, trees)
		if err != nil {
			return nil, err
		}
		if i.foreign && i.Kept == nil {
			h.WarnOnce("what TUF verified is ignored: another root.json vouched for it than is trusted here; git seal trust update gets it anew")
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
		return nil, host.Fail(host.ExitUnknown, "trusted root (%s): %w", v.Source, err).WithHint("keep the trusted root outside the work tree, or in its git directory")
	}
	text, err := host.ReadFileMax(v.Text, MaxTrustedRoot)
	if err != nil {
		f := host.Fail(host.ExitUnknown, "trusted root (%s): %w", v.Source, err)
		if errors.Is(err, fs.ErrNotExist) {
			f.Hint = "git seal init --trusted-root FILE names another file"
		}
		return nil, f
	}
	root, err := trust.ParseRoot(rootName(v.Text), v.Source, text)
	if err != nil {
		return nil, host.Fail(host.ExitUnknown, "%s (%s): %w", v.Text, v.Source, err).WithHint("%s", fetchHint("trusted_root.json", text))
	}
	root.Source = v.Text + " (" + v.Source + ")"
	return root, nil
}

// rootName is what a policy calls a trusted root: the file's name without what
// such files are always called or, where nothing is left, its directory's.
func rootName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".json")
	name = strings.TrimRight(strings.TrimSuffix(strings.ReplaceAll(name, "-", "_"), "trusted_root"), "._")
	if name == "" {
		return filepath.Base(filepath.Dir(path))
	}
	return filepath.Base(path)[:len(name)]
}

// fetchHint says what to do about one of an instance's files that does not
// parse.
func fetchHint(name string, text []byte) string {
	hint := "fetch the instance's " + name + " anew"
	if len(bytes.TrimSpace(text)) == 0 {
		return "the file is empty; " + hint
	}
	return hint
}
