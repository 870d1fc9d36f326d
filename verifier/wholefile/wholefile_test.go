package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWriteReplacesALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("new"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a new file where a link is: %v", err)
	}
	if err := Write(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantContent(t, target, "theirs")
	wantContent(t, path, "new")
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	wantNames(t, dir, "link", "target")
}

func TestDiscardLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := WriteNew(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	f.Discard()
	wantContent(t, path, "old")
	wantNames(t, dir, "file")
}

// TestCreateSweeps what killed processes left, and nothing else: not what a living
// one is writing, nor files with other names.
func TestCreateSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	left, others := ".git-seal-ABCDEFGHIJKLMNOPQRSTUVWXYZ.tmp", []string{".git-seal-notes.tmp", "policy.yaml"}
	for _, name := range append([]string{left}, others...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, err := Create(filepath.Join(dir, "report"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Discard()
	if err := Write(filepath.Join(dir, "another"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, append(others, "another", filepath.Base(one.Name()))...)
	if err := one.Commit(); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, append(others, "another", "report")...)
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s: %q, %v; want %q", path, got, err, want)
	}
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if slices.Sort(want); !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
