package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/git-seal/git-seal/verifier/trust"
)

func testScope(key byte) *scope {
	return newScope(Options{Key: bytes.Repeat([]byte{key}, 32), Roots: []*trust.Root{trust.PublicGood()}})
}

func numbered(n int) [keySize]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// writeNumbers writes the records of some numbers, each number's value the
// number, in several runs and over what stands there.
func writeNumbers(t testing.TB, path string, s *scope, from, to int) {
	t.Helper()
	r, err := newRuns(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for n := from; n < to; n++ {
		if err := r.add(s.record(numbered(n), binary.BigEndian.AppendUint64(nil, uint64(n)))); err != nil {
			t.Fatal(err)
		}
		if n%100 == 0 {
			if err := r.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sources, err := r.sources()
	if err != nil {
		t.Fatal(err)
	}
	if present, err := openTable(path, s); err == nil {
		defer present.close()
		sources = append(sources, present.source())
	}
	if err := writeTable(path, s, sources); err != nil {
		t.Fatal(err)
	}
}

func TestEveryRecordIsFoundAfterMerges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "d", "cache")
	s := testScope(1)
	writeNumbers(t, path, s, 0, 1000)
	writeNumbers(t, path, s, 900, 3000) // some of them again
	table, err := openTable(path, s)
	if err != nil {
		t.Fatal(err)
	}
	defer table.close()
	if table.header.records != 3000 {
		t.Errorf("%d records", table.header.records)
	}
	for n := range 3000 {
		value, err := table.find(numbered(n))
		if err != nil || len(value) != 8 || binary.BigEndian.Uint64(value) != uint64(n) {
			t.Fatalf("%d: %x, %v", n, value, err)
		}
	}
	if value, err := table.find(numbered(3000)); value != nil || err != nil {
		t.Errorf("what was never kept: %x, %v", value, err)
	}
}

// Whatever bit of a file is flipped, a value is what was kept or is not found.
func TestNoFlippedBitIsBelieved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "d", "cache")
	s := testScope(1)
	writeNumbers(t, path, s, 0, 20)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := openTable(path, s)
		if err != nil {
			continue
		}
		for n := range 20 {
			if value, _ := table.find(numbered(n)); value != nil && binary.BigEndian.Uint64(value) != uint64(n) {
				t.Errorf("byte %d: %d is %x", i, n, value)
			}
		}
		table.close()
	}
}

func TestFilesOfOthersAndPartsAreNotRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "d", "cache")
	writeNumbers(t, path, testScope(1), 0, 20)
	if _, err := openTable(path, testScope(2)); err != ErrForeign {
		t.Errorf("another key: %v", err)
	}
	other := testScope(1)
	other.program[0] = 1
	if _, err := openTable(path, other); err != ErrOtherProgram {
		t.Errorf("another program: %v", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openTable(path, testScope(1)); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(whole))
		}
	}
}
