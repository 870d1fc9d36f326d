//go:build unix

package git_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// TestCancelKillsGit starts a git that never answers, cancels once it runs, and
// sees that it is gone.
func TestCancelKillsGit(t *testing.T) {
	t.Parallel()
	repo := gittest.Outside(t)
	for _, c := range []struct {
		name string
		call func(ctx context.Context, r *git.Repository) error
	}{
		{"read of an object", func(ctx context.Context, r *git.Repository) error {
			_, _, err := r.ReadObject(ctx, "HEAD")
			return err
		}},
		{"read of the configuration", func(ctx context.Context, r *git.Repository) error {
			_, err := r.ReadConfig(ctx)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			started := filepath.Join(t.TempDir(), "started")
			if err := syscall.Mkfifo(started, 0o600); err != nil {
				t.Fatal(err)
			}
			r := git.New(git.Options{Dir: repo.Dir, Env: repo.With("STARTED=" + started).Env(),
				Git: program(t, "#!/bin/sh\necho $$ >\"$STARTED\"\nexec sleep 1000\n")})
			ctx, cancel := context.WithCancelCause(t.Context())
			pids := make(chan string, 1)
			reason := errors.New("interrupted")
			go func() {
				pid, _ := os.ReadFile(started)
				pids <- strings.TrimSpace(string(pid))
				cancel(reason)
			}()
			if err := c.call(ctx, r); !errors.Is(err, reason) {
				t.Errorf("%v, want %v", err, reason)
			}
			pid, err := strconv.Atoi(<-pids)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("process %d is still there: %v", pid, err)
			}
			if err := c.call(ctx, r); !errors.Is(err, reason) {
				t.Errorf("after the end: %v, want %v", err, reason)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
