package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

// ReportFile is a file that Commit replaces as a whole. Until then the old file
// stays as it is. Discard leaves nothing behind.
type ReportFile struct {
	file *wholefile.File
	name string // as the user gave it
}

// CreateReportFile begins to write the file at path, which need not exist; errors
// call it name. The mode of an existing file is kept. Something that is not a
// regular file, such as a pipe, cannot be replaced and is an error.
func CreateReportFile(path, name string) (*ReportFile, error) {
	f, err := replace(path, 0o666)
	if errors.Is(err, errNotRegular) {
		return nil, fmt.Errorf("%s is %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, wholefile.Cause(err))
	}
	return &ReportFile{f, name}, nil
}

// WriteReportFile writes a whole report file.
func WriteReportFile(path, name string, text []byte) error {
	f, err := CreateReportFile(path, name)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.Commit()
}

func (f *ReportFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	if err != nil {
		err = wholefile.Cause(err)
	}
	return n, err
}

// Commit puts the file in its place once its content is safe on disk.
func (f *ReportFile) Commit() error {
	if err := f.file.Commit(); err != nil {
		return fmt.Errorf("%s: %w", f.name, wholefile.Cause(err))
	}
	return nil
}

// Discard removes the new file unless it was committed.
func (f *ReportFile) Discard() { f.file.Discard() }

var errNotRegular = errors.New("not a regular file")

// replace begins to write a file. It gets the mode of the file that it replaces; if
// there is none, mode less the umask.
func replace(path string, mode fs.FileMode) (*wholefile.File, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wholefile.Create(path, mode)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	}
	f, err := wholefile.Create(path, info.Mode().Perm())
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(info.Mode().Perm()); err != nil {
		f.Discard()
		return nil, err
	}
	return f, nil
}
