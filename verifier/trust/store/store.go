// Package store keeps on disk what TUF verified: the trusted root that
// verifying reads, and the repository that the next update builds on. It
// verifies nothing and reaches no network; what it reads was verified by
// package tuf before it was kept.
//
// A store is a directory for each mirror, its owner's alone, that several
// processes may use at once: files are replaced in one step, and an update
// holds a lock.
package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

// Names of the files of a store. There are no others: nothing is ever named
// after what a mirror says.
const (
	trustedFile    = "trusted.json"    // Trusted: what verifying reads
	repositoryFile = "repository.json" // what the next update starts from, and an export hands out
	failureFile    = "failure.json"    // Failure: why the last update was none
	lockFile       = "lock"
)

// ScratchPrefix begins the names of directories that an update may make in the
// store while it holds the lock, and removes.
const ScratchPrefix = "update-"

// Caps on what is read back, each a multiple of what is ever written.
const (
	// maxTrusted bounds trusted.json: a trusted root and a signing config of
	// 1 MiB each, in base64.
	maxTrusted = 4 << 20
	// maxRepository bounds repository.json: what package tuf reads, which is
	// far more than it ever verifies, and the envelope.
	maxRepository = 17 << 20
	// maxFailure bounds failure.json: a line of text.
	maxFailure = 64 << 10
	// maxRoots bounds the digests in trusted.json.
	maxRoots = 256
)

// Store is where one mirror's metadata is kept.
type Store struct {
	Dir string
	// Trace, where it is not nil, is called before a file is read, and what it
	// returns afterwards.
	Trace func(path string) (ended func(size int, err error))
}

// New returns the store of a mirror below dir. The mirror's URL is hashed to
// the name of a directory, so that no part of it is one. Nothing is made on disk.
func New(dir, mirror string) Store {
	sum := sha256.Sum256([]byte(mirror))
	return Store{Dir: filepath.Join(dir, hex.EncodeToString(sum[:]))}
}

// DamagedError is a file of a store that is not as it was written. What it held
// is not to be used.
type DamagedError struct {
	File string
	Err  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s: damaged: %v", e.File, e.Err) }
func (e *DamagedError) Unwrap() error { return e.Err }

// Path is the file that verifying reads.
func (s Store) Path() string { return filepath.Join(s.Dir, trustedFile) }

// LoadRepository reads the JSON document that Save kept for the next update.
// The error is fs.ErrNotExist where nothing was kept, and a *DamagedError where
// it cannot be what was kept.
func (s Store) LoadRepository() ([]byte, error) {
	text, err := s.read(repositoryFile, maxRepository)
	if err != nil {
		return nil, err
	}
	repository, err := unseal(text)
	if err != nil {
		return nil, &DamagedError{filepath.Join(s.Dir, repositoryFile), err}
	}
	return repository, nil
}

// Save keeps what an update verified, the repository as a JSON document, which
// goes first: a stop in between leaves an older trusted root, and the next
// update mends it. It needs the lock.
func (s Store) Save(t *Trusted, repository []byte) error {
	text, err := t.marshal()
	if err != nil {
		return err
	}
	if err := s.write(repositoryFile, seal(repository)); err != nil {
		return err
	}
	if err := s.write(trustedFile, text); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(s.Dir, failureFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// read reads a file of the store that may have at most limit bytes.
func (s Store) read(name string, limit int64) (text []byte, err error) {
	path := filepath.Join(s.Dir, name)
	if s.Trace != nil {
		ended := s.Trace(path)
		defer func() { ended(len(text), err) }()
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe waits for who writes into it
		return nil, &DamagedError{path, errors.New("no regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, &DamagedError{path, fmt.Errorf("longer than the %d bytes that are read", limit)}
	}
	return text, nil
}

// write replaces a file of the store in one step, safe on disk.
func (s Store) write(name string, text []byte) error {
	return wholefile.Write(filepath.Join(s.Dir, name), text, 0o600)
}
