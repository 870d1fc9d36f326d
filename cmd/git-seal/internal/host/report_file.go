package host

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReportFile is a file that is there with all of its content or, until commit,
// as it was before. Nothing of it is left behind once it is discarded.
type ReportFile struct {
	path string   // where it will be
	temp *os.File // beside it; nil once it was committed or discarded
}

// CreateReportFile begins to write the file at path, which need not be there. A
// symbolic link is followed, the mode of what is there is kept. What is no
// regular file, such as a pipe, cannot be replaced and is an error.
func CreateReportFile(path string) (*ReportFile, error) {
	target := path
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		target = linked
	}
	mode := fs.FileMode(0o666) // without what the umask takes away
	switch info, err := os.Stat(target); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is no regular file", path)
	case err == nil:
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	temp := filepath.Join(filepath.Dir(target), ".git-seal-"+rand.Text()+".tmp")
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	return &ReportFile{path: target, temp: f}, nil
}

func (f *ReportFile) Write(p []byte) (int, error) {
	n, err := f.temp.Write(p)
	if err != nil {
		err = cause(err)
	}
	return n, err
}

// Commit puts the file where it belongs, once it is safe on disk.
func (f *ReportFile) Commit() error {
	err := f.temp.Sync()
	if closed := f.temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.temp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, cause(err))
	}
	f.temp = nil
	return nil
}

// Discard takes away what was not committed.
func (f *ReportFile) Discard() {
	if f.temp != nil {
		f.temp.Close()
		os.Remove(f.temp.Name())
		f.temp = nil
	}
}

// cause is an error without the name of the file beside, which says nothing to
// who asked for another.
func cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
