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

// MaxPolicyFile limits the size of a policy. A file that a person edits by hand
// stays far below it.
const MaxPolicyFile = 1 << 20

// lockWait is how long an edit waits for another edit of the same file. An edit
// takes milliseconds.
const lockWait = 5 * time.Second

// EditFile replaces a file's content with the result of edit. It holds a lock on
// FILE.lock meanwhile, so that only one process writes the file; the lock ends with
// the process, even if that was killed. A missing file reads as empty. The file's
// mode is kept.
func EditFile(ctx context.Context, path string, edit func(old []byte) ([]byte, error)) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	unlock, err := wholefile.LockBeside(waiting, path+".lock")
	if errors.Is(err, context.DeadlineExceeded) {
		return Fail(ExitNotGood, "%s: another process holds the lock %s.lock", path, filepath.Base(path)).
			WithHint("wait for that process, or end it, then run the command again")
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
