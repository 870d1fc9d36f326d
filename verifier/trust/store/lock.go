package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Lock makes the store's directory, with the mode 0700, and keeps other
// processes from updating it until unlock is called or this process ends. It
// waits for whoever holds the lock as long as ctx allows.
func (s Store) Lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	type result struct {
		file *lockedfile.File
		err  error
	}
	done := make(chan result, 1)
	go func() {
		f, err := lockedfile.OpenFile(filepath.Join(s.Dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
		done <- result{f, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, r.err
		}
		s.sweep()
		return func() { r.file.Close() }, nil
	case <-ctx.Done():
		go func() { // whenever it comes, nobody wants it
			if r := <-done; r.err == nil {
				r.file.Close()
			}
		}()
		return nil, fmt.Errorf("%s: another process is updating it: %w", s.Dir, ctx.Err())
	}
}

// sweep removes what processes left that were killed while they held the lock.
// Nothing reads it; it only takes room.
func (s Store) sweep() {
	entries, _ := os.ReadDir(s.Dir)
	for _, e := range entries {
		if slices.ContainsFunc(unfinished, func(prefix string) bool { return strings.HasPrefix(e.Name(), prefix) }) {
			os.RemoveAll(filepath.Join(s.Dir, e.Name()))
		}
	}
}

// unfinished are what the names of files and directories begin with that an
// update makes, and removes or renames before it gives the lock back.
var unfinished = []string{ScratchPrefix, trustedFile + "-", repositoryFile + "-", failureFile + "-"}
