package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/trust/store"
)

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// repository is a JSON document that the tests keep.
const repository = `{
 "what": "TUF verified"
}`

// trusted is what the tests keep with it.
func trusted(version int64) *store.Trusted {
	return &store.Trusted{
		Mirror: "https://tuf.example.com", Roots: [][sha256.Size]byte{sha256.Sum256([]byte("1.root.json")), sha256.Sum256([]byte("2.root.json"))},
		RootVersion: 2, TargetsVersion: version, Since: day, Checked: day.Add(time.Hour), Expires: day.Add(time.Minute),
		TrustedRoot: fmt.Appendf(nil, "the trusted root of version %d", version), SigningConfig: []byte("the signing config"),
	}
}

// open returns an empty store that is locked until the test ends.
func open(t *testing.T) store.Store {
	t.Helper()
	s := store.New(filepath.Join(t.TempDir(), "git-seal", "tuf"), "https://tuf.example.com")
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
	return s
}

func TestLoadReturnsWhatWasSaved(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, err := s.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := s.LoadRepository(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if err := s.SaveFailure(day, "no answer"); err != nil {
		t.Fatal(err)
	}
	if f, ok := s.LoadFailure(); !ok || !f.At.Equal(day) || f.Reason != "no answer" {
		t.Errorf("failure %+v", f)
	}
	want := trusted(7)
	if err := s.Save(want, []byte(repository)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Load()
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: got %+v, want %+v", err, got, want)
	}
	if text, err := s.LoadRepository(); err != nil || string(text) != repository {
		t.Errorf("%q, %v", text, err)
	}
	if f, ok := s.LoadFailure(); ok {
		t.Errorf("failure %+v after an update", f)
	}
	if !got.VouchedBy([]byte("2.root.json")) || got.VouchedBy([]byte("3.root.json")) {
		t.Error("vouched for by the wrong roots")
	}
	err = filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLoadRefusesDamage: any byte of what is kept.
func TestLoadRefusesDamage(t *testing.T) {
	t.Parallel()
	for file, load := range map[string]func(store.Store) error{
		"trusted.json":    func(s store.Store) error { _, err := s.Load(); return err },
		"repository.json": func(s store.Store) error { _, err := s.LoadRepository(); return err },
	} {
		s := open(t)
		if err := s.Save(trusted(7), []byte(repository)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.Dir, file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(name, text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err, damaged := load(s), (*store.DamagedError)(nil); !errors.As(err, &damaged) || damaged.File != path {
				t.Errorf("%s: %s: %v", file, name, err)
			}
		}
		for name, text := range map[string]string{
			"empty":          "",
			"half":           string(whole[:len(whole)/2]),
			"trailing bytes": string(whole) + "{}",
			"unknown field":  strings.Replace(string(whole), `{"version"`, `{"extra":1,"version"`, 1),
			"later version":  strings.Replace(string(whole), `"version":1`, `"version":2`, 1),
			"too long":       string(whole) + strings.Repeat(" ", 17<<20),
		} {
			refused(name, text)
		}
		for i := range len(whole) - 1 {
			flipped := append([]byte(nil), whole...)
			flipped[i] ^= 1
			refused(fmt.Sprintf("byte %d of %s", i, flipped), string(flipped))
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := load(s); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: a directory: %v", file, err)
		}
	}
}

// TestLoadRefusesWhatNobodyKeeps: written by something else, with the right
// digest.
func TestLoadRefusesWhatNobodyKeeps(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, change := range map[string]func(*store.Trusted){
		"no version of targets": func(r *store.Trusted) { r.TargetsVersion = 0 },
		"no version of root":    func(r *store.Trusted) { r.RootVersion = -1 },
		"no trusted root":       func(r *store.Trusted) { r.TrustedRoot = nil },
		"no roots":              func(r *store.Trusted) { r.Roots = nil },
		"too many roots":        func(r *store.Trusted) { r.Roots = make([][sha256.Size]byte, 257) },
		"no time":               func(r *store.Trusted) { r.Expires = time.Time{} },
	} {
		r := trusted(7)
		change(r)
		if err := s.Save(r, []byte(repository)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Load()
		if damaged := (*store.DamagedError)(nil); !errors.As(err, &damaged) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestStoresAreApart: a mirror's name becomes no path.
func TestStoresAreApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seen := make(map[string]bool)
	for _, mirror := range []string{"https://tuf.example.com", "https://tuf.example.com/", "https://../../etc", "https://a.example.com/../b", ""} {
		s := store.New(dir, mirror)
		if filepath.Dir(s.Dir) != dir || seen[s.Dir] {
			t.Errorf("%q: %s", mirror, s.Dir)
		}
		seen[s.Dir] = true
	}
}

// TestReadersSeeOneStateOrTheNext while writers replace it.
func TestReadersSeeOneStateOrTheNext(t *testing.T) {
	t.Parallel()
	s := store.New(t.TempDir(), "https://tuf.example.com")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				unlock, err := s.Lock(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				err = s.Save(trusted(int64(1+w*100+i)), []byte(repository))
				unlock()
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				got, err := s.Load()
				if errors.Is(err, fs.ErrNotExist) {
					continue
				}
				if err != nil || string(got.TrustedRoot) != fmt.Sprintf("the trusted root of version %d", got.TargetsVersion) {
					t.Errorf("%+v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestLockWaitsAsLongAsItMay(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Lock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestLockSweeps what was left by processes that were killed, and nothing else.
func TestLockSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := store.New(filepath.Join(dir, "[h]*me"), "https://tuf.example.com")
	another := store.New(filepath.Join(dir, "home"), "https://tuf.example.com") // what the first one's name would match
	for _, dir := range []string{s.Dir, another.Dir} {
		if err := os.MkdirAll(filepath.Join(dir, "update-1"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"update-1/root.json", "trusted.json", "other"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for dir, want := range map[string][]string{
		s.Dir:       {"lock", "other", "trusted.json"},
		another.Dir: {"other", "trusted.json", "update-1"},
	} {
		var left []string
		entries, err := os.ReadDir(dir)
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if err != nil || !reflect.DeepEqual(left, want) {
			t.Errorf("left: %q, want %q, %v", left, want, err)
		}
	}
}
