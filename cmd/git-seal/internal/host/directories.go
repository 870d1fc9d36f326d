package host

import (
	"errors"
	"path/filepath"
)

// DataHome is the XDG base directory for a user's data; ok is false where there
// is none.
func (h *Host) DataHome() (dir string, ok bool) {
	if dir, ok := h.Getenv("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
		return dir, true
	}
	home, _ := h.Getenv("HOME")
	return filepath.Join(home, ".local", "share"), filepath.IsAbs(home)
}

// StatePath is a file of ours under the XDG base directory for state.
func (h *Host) StatePath(name string) (string, error) {
	state, ok := h.Getenv("XDG_STATE_HOME")
	if !ok || !filepath.IsAbs(state) {
		home, _ := h.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return "", errors.New("neither XDG_STATE_HOME nor HOME names a directory")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "git-seal", name), nil
}

// ConfigHome is the XDG base directory for a user's configuration.
func (h *Host) ConfigHome() (string, error) {
	if dir, ok := h.Getenv("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return dir, nil
	}
	home, _ := h.Getenv("HOME")
	if home == "" {
		return "", Fail(ExitNotGood, "no place for a policy: HOME is not set").WithHint("name a file with --policy")
	}
	return filepath.Join(home, ".config"), nil
}

// Abs is the absolute name of a file named relative to where the program runs.
func (h *Host) Abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(h.Dir, path)
}
