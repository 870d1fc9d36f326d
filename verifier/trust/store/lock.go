package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

// Lock creates the store's directory with the mode 0700, and keeps other processes from
// updating it until unlock is called or this process ends. It waits for another process with
// the lock as long as ctx allows.
func (s Store) Lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	unlock, err = wholefile.Lock(ctx, filepath.Join(s.Dir, lockFile))
	if cause := ctx.Err(); err != nil && cause != nil {
		return nil, fmt.Errorf("%s: another process is updating the directory: %w", s.Dir, cause)
	}
	if err != nil {
		return nil, err
	}
	s.sweep()
	return unlock, nil
}

// sweep removes the directories of processes that were killed while they held the
// lock. Nothing reads them; they only take room.
func (s Store) sweep() {
	entries, _ := os.ReadDir(s.Dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ScratchPrefix) {
			os.RemoveAll(filepath.Join(s.Dir, e.Name()))
		}
	}
}
