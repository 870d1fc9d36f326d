package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

func appendLine(old []byte) ([]byte, error) { return append(old, "line\n"...), nil }

func TestEditFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "policy.yaml")
	for range 2 {
		if err := EditFile(t.Context(), path, appendLine); err != nil {
			t.Fatal(err)
		}
	}
	wantFile(t, path, "line\nline\n")
	wantNoLock(t, path)
}

func TestEditFileKeepsTheMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(t.Context(), path, appendLine); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "a\nline\n")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestEditFileFollowsNoLink: whoever calls it has followed the links that count.
func TestEditFileFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "file.lock"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := EditFile(t.Context(), filepath.Join(dir, strings.TrimSuffix(name, ".lock")), appendLine); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	wantFile(t, target, "a\n")
}

func TestEditFileLosesNothingOnFailure(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := EditFile(t.Context(), path, func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "a\n")
	wantNoLock(t, path)
}

// TestEditFileAfterAKilledOne: the lock of a process that has ended holds nobody up.
func TestEditFileAfterAKilledOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path+".lock", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(t.Context(), path, appendLine); err != nil {
		t.Error(err)
	}
	wantFile(t, path, "line\n")
	wantNoLock(t, path)
}

// TestEditFileOneAfterAnother: parallel edits lose nothing.
func TestEditFileOneAfterAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	var edits sync.WaitGroup
	for range 8 {
		edits.Go(func() {
			if err := EditFile(t.Context(), path, appendLine); err != nil {
				t.Error(err)
			}
		})
	}
	edits.Wait()
	wantFile(t, path, strings.Repeat("line\n", 8))
	wantNoLock(t, path)
}

func TestEditFileWaitsForASecondWriterNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	unlock, err := wholefile.LockBeside(t.Context(), path+".lock")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := EditFile(ctx, path, appendLine); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path + ".lock"); err != nil {
		t.Errorf("the other's lock: %v", err)
	}
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func wantNoLock(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path + ".lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock is left: %v", err)
	}
}
