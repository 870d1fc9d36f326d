package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stateDir is the directory that holds everything a sandbox keeps. It is held by a lock for as long as the process
// lives, so that two sandboxes never write the same log.
type stateDir struct {
	root string
	lock *os.File
}

// openStateDir makes the directory, proves that it is writable and locks it.
func openStateDir(root string) (*stateDir, error) {
	const hint = "choose a directory that you can write to with --dir"
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, withHint(fmt.Errorf("state directory: %w", err), hint)
	}
	lock, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, withHint(fmt.Errorf("state directory: %w", err), hint)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, withHint(fmt.Errorf("another sandbox uses the state directory %q", root),
				"stop the other sandbox, or choose another directory with --dir")
		}
		return nil, fmt.Errorf("lock %q: %w", lock.Name(), err)
	}
	return &stateDir{root: root, lock: lock}, nil
}

// path is the path of a file in the directory.
func (d *stateDir) path(elem ...string) string {
	return filepath.Join(append([]string{d.root}, elem...)...)
}

// save replaces a file in one step: a reader sees the old content or the new, never half of it.
func (d *stateDir) save(name string, data []byte, perm fs.FileMode) error {
	path := d.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(perm), tmp.Close())
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}

// divertStreams turns the process's standard output and standard error into a log file and returns the ones it had.
// The components print to them from a dozen loggers, some of which took hold of the descriptors before main began, so
// it is the descriptors that are replaced.
func divertStreams(logPath string) (stdout, stderr *os.File, err error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("log: %w", err)
	}
	defer log.Close()
	if stdout, err = divert(os.Stdout, log); err != nil {
		return nil, nil, err
	}
	if stderr, err = divert(os.Stderr, log); err != nil {
		return nil, nil, err
	}
	return stdout, stderr, nil
}

// divert points the descriptor of f to log and returns a duplicate of what it pointed to.
func divert(f, log *os.File) (*os.File, error) {
	fd := int(f.Fd())
	was, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", f.Name(), err)
	}
	if err := unix.Dup2(int(log.Fd()), fd); err != nil {
		return nil, fmt.Errorf("divert %s: %w", f.Name(), err)
	}
	return os.NewFile(uintptr(was), f.Name()), nil
}

// damaged says that a file of the state directory cannot be used.
func damaged(path string, err error) error {
	return withHint(fmt.Errorf("%q: %w", path, err),
		"remove the state directory to start again; old signatures are then no longer valid")
}
