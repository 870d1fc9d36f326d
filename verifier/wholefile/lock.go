package wholefile

import (
	"context"
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Lock keeps other processes out that lock the same file, which is made if there
// is none, until unlock is called or this process ends: what a killed process
// leaves is in nobody's way. It waits as long as ctx allows. unlock leaves the
// file where it is.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := lock(ctx, path)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}

// LockBeside is Lock for a lock file that is only there while it is held: unlock
// removes it.
func LockBeside(ctx context.Context, path string) (unlock func(), err error) {
	for {
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: is not a lock file", path) // a link would have another file made
		}
		f, err := lock(ctx, path)
		if err != nil {
			return nil, err
		}
		if isAt(f.File, path) {
			return func() {
				if closeBeforeRename {
					f.Close()
					os.Remove(path)
					return
				}
				os.Remove(path)
				f.Close()
			}, nil
		}
		f.Close() // who held it before has removed it
	}
}

func lock(ctx context.Context, path string) (*lockedfile.File, error) {
	type result struct {
		file *lockedfile.File
		err  error
	}
	done := make(chan result, 1)
	go func() {
		f, err := lockedfile.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		done <- result{f, err}
	}()
	select {
	case r := <-done:
		return r.file, r.err
	case <-ctx.Done():
		go func() { // whenever it comes, nobody wants it
			if r := <-done; r.err == nil {
				r.file.Close()
			}
		}()
		return nil, ctx.Err()
	}
}
