package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

// MaxPolicyFile limits the size of a policy: a file that a person edits by hand
// stays far below it.
const MaxPolicyFile = 1 << 20

// lockWait is how long an edit waits for another one of the same file, which takes
// milliseconds.
const lockWait = 5 * time.Second

// EditFile replaces a file's content by what edit makes of it. FILE.lock keeps a
// second writer out while there is a first one: the lock ends with its process,
// so that one which was killed is in nobody's way. A missing file reads as empty,
// the mode is kept.
func EditFile(ctx context.Context, path string, edit func(old []byte) ([]byte, error)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	unlock, err := wholefile.LockBeside(waiting, path+".lock")
	if errors.Is(err, context.DeadlineExceeded) {
		return Fail(ExitNotGood, "%s: another process is writing it and holds %s.lock", path, filepath.Base(path)).
			WithHint("end that process, or wait for it, and run the command again")
	}
	if err != nil {
		return err
	}
	defer unlock()
	old, err := ReadFileMax(path, MaxPolicyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(old)
	if err != nil {
		return err
	}
	f, err := replace(path, 0o644)
	if errors.Is(err, errNotRegular) {
		return fmt.Errorf("%s is %w", path, err)
	}
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit()
}
