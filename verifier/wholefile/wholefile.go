// Package wholefile writes files that are there with all of their content, safe
// on disk, or not at all. What is written waits in a temporary file in the same
// directory; what a process leaves there that was killed, the next one removes.
//
// A symbolic link at the file's own name is replaced and never followed. Links on
// the way to it are the caller's to judge.
package wholefile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// File is a file on the way: until Commit, what is at its path stays as it is.
type File struct {
	*os.File        // the temporary file; nil once it was committed or discarded
	path     string // where it will be
}

// Create begins a file at path, which need not exist, with these permissions
// before the umask.
func Create(path string, mode fs.FileMode) (*File, error) {
	sweep(filepath.Dir(path))
	for {
		temp := filepath.Join(filepath.Dir(path), tempPrefix+rand.Text()+tempSuffix)
		f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return nil, named(path, err)
		}
		if own(f) && isAt(f, temp) {
			return &File{f, path}, nil
		}
		f.Close() // another process took it for one that was left
		os.Remove(temp)
	}
}

// Commit puts the file in its place, over whatever is there.
func (f *File) Commit() error {
	return f.finish(func(temp string) error { return os.Rename(temp, f.path) })
}

// CommitNew puts the file in its place, where nothing may be: else the error is
// fs.ErrExist.
func (f *File) CommitNew() error {
	return f.finish(func(temp string) error {
		err := os.Link(temp, f.path)
		if err == nil {
			return os.Remove(temp)
		}
		if errors.Is(err, fs.ErrExist) {
			return err
		}
		place, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // for file systems without hard links
		if err != nil {
			return err
		}
		place.Close()
		return os.Rename(temp, f.path)
	})
}

// finish has put move the temporary file once it is safe on disk. After an error
// the file is still to be discarded.
func (f *File) finish(put func(temp string) error) error {
	err := f.Sync()
	if err == nil && closeBeforeRename {
		err = f.File.Close()
	}
	if err == nil {
		err = put(f.Name())
	}
	if err != nil {
		return named(f.path, err)
	}
	f.File.Close()
	f.File = nil
	return nil
}

// Discard removes what was not committed. After Commit it does nothing.
func (f *File) Discard() {
	if f.File != nil {
		os.Remove(f.Name())
		f.File.Close()
		os.Remove(f.Name()) // where an open file cannot be removed
		f.File = nil
	}
}

// Write writes a whole file over whatever is at path.
func Write(path string, text []byte, mode fs.FileMode) error {
	return write(path, text, mode, (*File).Commit)
}

// WriteNew writes a whole file; something that is at path already is
// fs.ErrExist.
func WriteNew(path string, text []byte, mode fs.FileMode) error {
	return write(path, text, mode, (*File).CommitNew)
}

func write(path string, text []byte, mode fs.FileMode, commit func(*File) error) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(text); err != nil {
		return named(path, err)
	}
	return commit(f)
}

const tempPrefix, tempSuffix = ".git-seal-", ".tmp"

// tempName is the name of a temporary file: rand.Text has 26 characters of
// base32.
var tempName = regexp.MustCompile(`^` + regexp.QuoteMeta(tempPrefix) + `[A-Z2-7]{26}` + regexp.QuoteMeta(tempSuffix) + `$`)

// sweep removes the temporary files in a directory whose processes have ended.
// Nothing reads them; they only take room.
func sweep(dir string) {
	left, _ := os.ReadDir(dir)
	for _, e := range left {
		if e.Type().IsRegular() && tempName.MatchString(e.Name()) {
			removeAbandoned(filepath.Join(dir, e.Name()))
		}
	}
}

// isAt reports whether f is still the file with this name.
func isAt(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(name)
	return err == nil && os.SameFile(opened, there)
}

// named is an error about the file at path, without the name of the temporary
// file, which the user did not ask for.
func named(path string, err error) error {
	return &fs.PathError{Op: "write", Path: path, Err: Cause(err)}
}

// Cause returns the error without the operation and the file name that package os
// adds.
func Cause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
