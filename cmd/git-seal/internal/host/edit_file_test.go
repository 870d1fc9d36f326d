package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func appendLine(old []byte) ([]byte, error) { return append(old, "line\n"...), nil }

func TestEditFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "policy.yaml")
	for range 2 {
		if err := EditFile(path, appendLine); err != nil {
			t.Fatal(err)
		}
	}
	wantFile(t, path, "line\nline\n")
	wantNoLock(t, path)
}

func TestEditFileKeepsTheModeAndFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(link, appendLine); err != nil {
		t.Fatal(err)
	}
	wantFile(t, target, "a\nline\n")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestEditFileLosesNothingOnFailure(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte("a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := EditFile(path, func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "a\n")
	wantNoLock(t, path)
}

func TestEditFileKeepsASecondWriterOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path+".lock", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := EditFile(path, appendLine); err == nil || !strings.Contains(err.Error(), "policy.yaml.lock exists") {
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
