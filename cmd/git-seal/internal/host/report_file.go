package host

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReportFile is a file that is replaced as a whole: until Commit it is as it was
// before. Discard leaves nothing behind.
type ReportFile struct {
	path string   // where it will be
	temp *os.File // in the same directory; nil after Commit or Discard
}

// CreateReportFile begins to write the file at path, which need not exist. It
// follows a symbolic link and keeps the mode of an existing file. A file that is
// not a regular file, such as a pipe, cannot be replaced and is an error.
func CreateReportFile(path string) (*ReportFile, error) {
	target := path
	if linked, err := filepath.EvalSymlinks(path); err == nil {
		target = linked
	}
	mode := fs.FileMode(0o666) // less the umask
	switch info, err := os.Stat(target); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
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

// Commit syncs the new content to disk and moves it to its place.
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

// Discard removes what was written, unless it was committed.
func (f *ReportFile) Discard() {
	if f.temp != nil {
		f.temp.Close()
		os.Remove(f.temp.Name())
		f.temp = nil
	}
}

// cause returns an error without the name of the temporary file, which means
// nothing to the user.
func cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
