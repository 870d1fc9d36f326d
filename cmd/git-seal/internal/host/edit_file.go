package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// MaxPolicyFile limits the size of a policy: a file that a person edits by hand
// stays far below it.
const MaxPolicyFile = 1 << 20

// EditFile replaces a file's content with what edit returns for it, as git edits
// its own files: it writes the new content to FILE.lock, which also keeps other
// writers out, syncs it and renames it to FILE. It follows a symbolic link, reads
// a missing file as empty and keeps the file's mode.
func EditFile(path string, edit func(old []byte) ([]byte, error)) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	lock, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.lock exists: another process is writing the file, or one was killed while writing it", path)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			lock.Close()
			os.Remove(lock.Name())
		}
	}()
	old, err := ReadFileMax(path, MaxPolicyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(old)
	if err != nil {
		return err
	}
	if _, err := lock.Write(text); err != nil {
		return err
	}
	if err := lock.Sync(); err != nil {
		return err
	}
	if err := lock.Close(); err != nil {
		return err
	}
	return os.Rename(lock.Name(), path)
}
