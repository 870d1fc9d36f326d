package cache

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// FuzzCacheFile holds: whatever a file holds, what is found in it is what was
// kept under that key; and a file that is merged from it has all that is new, and
// of the rest what was kept or nothing. A file of which whole is set has a
// header that is its own: so it is read further than the first MAC.
func FuzzCacheFile(f *testing.F) {
	const kept = 40
	s := testScope(1)
	path := filepath.Join(f.TempDir(), "d", "cache")
	writeNumbers(f, path, s, 0, kept)
	file, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file, false)
	f.Add(file, true)
	f.Add(file[:len(file)-offsetSize], true)
	f.Add(append(file[:len(file):len(file)], make([]byte, 100)...), true)
	f.Add(file[:headerSize], true)
	f.Add([]byte{}, false)
	turned := append([]byte(nil), file...)
	for i := headerSize; i+40 < len(turned); i += 97 { // records, their lengths, their MACs
		turned[i], turned[i+32] = turned[i+32], 0xff
	}
	f.Add(turned, true)
	f.Fuzz(func(t *testing.T, file []byte, whole bool) {
		if whole && len(file) >= headerSize {
			h := header{program: s.program, roots: s.roots, size: uint64(len(file)), records: kept}
			h.bits = binary.BigEndian.Uint64(file[headerSize-macSize-8:])
			copy(file, h.marshal(s))
		}
		path := filepath.Join(t.TempDir(), "cache")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		holds(t, path, s, 0, kept, false)
		writeNumbers(t, path, s, kept, kept+20)
		holds(t, path, s, 0, kept, false)
		holds(t, path, s, kept, kept+20, true)
	})
}

// holds checks that a file has the records of some numbers and, unless all have
// to be there, that others are not found.
func holds(t *testing.T, path string, s *scope, from, to int, all bool) {
	t.Helper()
	table, err := openTable(path, s)
	if err != nil {
		if all {
			t.Fatal(err)
		}
		return
	}
	defer table.close()
	for n := from; n < to; n++ {
		value, err := table.find(numbered(n))
		if value == nil && all {
			t.Fatalf("%d is not found: %v", n, err)
		}
		if value != nil && (len(value) != 8 || binary.BigEndian.Uint64(value) != uint64(n)) {
			t.Fatalf("%d is %x", n, value)
		}
	}
}
