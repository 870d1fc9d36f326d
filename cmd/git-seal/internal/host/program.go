package host

import (
	"os"
	"path/filepath"
)

// ProgramPath returns the absolute path of this program for gpg.x509.program. If
// PATH leads to this program, it is the path found there, so that an upgrade behind
// a symbolic link is followed; otherwise it is the file itself.
func (h *Host) ProgramPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	itself, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	path, _ := h.Getenv("PATH")
	for _, dir := range filepath.SplitList(path) {
		found := filepath.Join(h.Abs(dir), filepath.Base(self))
		if info, err := os.Stat(found); err == nil && os.SameFile(info, itself) {
			return found, nil
		}
	}
	return self, nil
}
