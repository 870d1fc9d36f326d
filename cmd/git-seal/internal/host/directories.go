package host

import (
	"errors"
	"path/filepath"
)

// DataHome returns the XDG base directory for a user's data; ok is false if there
// is none.
func (h *Host) DataHome() (dir string, ok bool) {
	if dir, ok := h.Getenv("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
		return dir, true
	}
	home, _ := h.Getenv("HOME")
	return filepath.Join(home, ".local", "share"), filepath.IsAbs(home)
}

// StatePath returns the path of one of git-seal's files in the XDG base directory
// for state.
func (h *Host) StatePath(name string) (string, error) {
	state, ok := h.Getenv("XDG_STATE_HOME")
	if !ok || !filepath.IsAbs(state) {
		home, _ := h.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return "", errors.New("neither XDG_STATE_HOME nor HOME is set to an absolute path")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "git-seal", name), nil
}

// ConfigHome returns the XDG base directory for a user's configuration.
func (h *Host) ConfigHome() (string, error) {
	if dir, ok := h.Getenv("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return dir, nil
	}
	home, _ := h.Getenv("HOME")
	if home == "" {
		return "", Fail(ExitNotGood, "no directory for the policy: HOME is not set").WithHint("name a file with --policy")
	}
	return filepath.Join(home, ".config"), nil
}

// Abs returns the absolute path of a file named relative to the working directory.
func (h *Host) Abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(h.Dir, path)
}
