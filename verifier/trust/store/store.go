// Package store stores on disk what TUF verified: the trusted root that verifying reads, and
// the repository that the next update continues from. It verifies nothing and uses no
// network; package tuf verified what it reads before it was stored.
//
// A store is a directory for each mirror, which only its owner can read. Several processes
// may use it at once: files are replaced in one step, and an update needs a lock.
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

// The names of a store's files. There are no others: no file name ever comes from a mirror.
const (
	trustedFile    = "trusted.json"    // Trusted: what verifying reads
	repositoryFile = "repository.json" // what the next update starts from, and an export contains
	failureFile    = "failure.json"    // Failure: why the last update failed
	lockFile       = "lock"
)

// ScratchPrefix begins the names of temporary directories that an update creates in the
// store while it has the lock.
const ScratchPrefix = "update-"

// Limits of what is read back, each a multiple of what is ever written.
const (
	// maxTrusted limits trusted.json: a trusted root and a signing configuration of 1 MiB
	// each, in base64.
	maxTrusted = 4 << 20
	// maxRepository limits repository.json: what package tuf reads, which is far more than
	// it ever verifies, and the envelope.
	maxRepository = 17 << 20
	// maxFailure limits failure.json: a line of text.
	maxFailure = 64 << 10
	// maxRoots limits the digests in trusted.json.
	maxRoots = 256
)

// Store is the directory with one mirror's metadata.
type Store struct {
	Dir string
	// Trace, if not nil, is called before a file is read, and what it returns is called
	// after.
	Trace func(path string) (ended func(size int, err error))
}

// New returns the store of a mirror in dir. The name of its directory is a hash of the
// mirror's URL, so that no part of the URL becomes a file name. New creates nothing on disk.
func New(dir, mirror string) Store {
	sum := sha256.Sum256([]byte(mirror))
	return Store{Dir: filepath.Join(dir, hex.EncodeToString(sum[:]))}
}

// DamagedError is a file of a store that is not as it was written. Its content must not be
// used.
type DamagedError struct {
	File string
	Err  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s: damaged: %v", e.File, e.Err) }
func (e *DamagedError) Unwrap() error { return e.Err }

// Path returns the path of the file that verifying reads.
func (s Store) Path() string { return filepath.Join(s.Dir, trustedFile) }

// LoadRepository reads the JSON document that Save stored for the next update. The error is
// fs.ErrNotExist if nothing was stored, and a *DamagedError if it is not what was stored.
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

// Save stores what an update verified. It writes the repository, a JSON document, first: an
// interrupt in between leaves an older trusted root, which the next update replaces. It
// needs the lock.
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

// read reads a file of the store of at most limit bytes.
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
	if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return nil, &DamagedError{path, errors.New("not a regular file")}
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
		return nil, &DamagedError{path, fmt.Errorf("larger than the limit of %d bytes", limit)}
	}
	return text, nil
}

// write replaces a file of the store in one step, synced to disk.
func (s Store) write(name string, text []byte) error {
	return wholefile.Write(filepath.Join(s.Dir, name), text, 0o600)
}
