package cache

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// sourceBuffer is what is read of a run at a time: there is one for each 4 MiB.
const sourceBuffer = 16 << 10

// runs are records that wait to be merged: sorted, some megabytes at a time, and
// put away in a file that has no name.
type runs struct {
	file    *os.File
	size    int64
	done    []run
	pending [][]byte
	bytes   int // of pending
}

// run is where sorted records stand in the file.
type run struct {
	offset, size int64
	records      int
}

// newRuns makes the file beside path, where there has to be room for what will
// be merged anyway.
func newRuns(path string) (*runs, error) {
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".run-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // where an open file keeps its name, close removes it
	return &runs{file: f}, nil
}

func (r *runs) add(record []byte) error {
	r.pending = append(r.pending, record)
	r.bytes += len(record)
	if r.bytes < maxRun {
		return nil
	}
	return r.flush()
}

// flush sorts what waits and writes it to the file.
func (r *runs) flush() error {
	slices.SortFunc(r.pending, func(a, b []byte) int { return bytes.Compare(a[:keySize], b[:keySize]) })
	w := bufio.NewWriterSize(r.file, sourceBuffer)
	for _, record := range r.pending {
		if _, err := w.Write(record); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	r.done = append(r.done, run{r.size, int64(r.bytes), len(r.pending)})
	r.size += int64(r.bytes)
	clear(r.pending)
	r.pending, r.bytes = r.pending[:0], 0
	return nil
}

// sources returns all runs.
func (r *runs) sources() ([]*source, error) {
	if len(r.pending) > 0 {
		if err := r.flush(); err != nil {
			return nil, err
		}
	}
	var all []*source
	for _, run := range r.done {
		all = append(all, newSource(io.NewSectionReader(r.file, run.offset, run.size), run.records, nil))
	}
	return all, nil
}

func (r *runs) close() {
	r.file.Close()
	_ = os.Remove(r.file.Name())
}

// source reads sorted records one after another.
type source struct {
	in      *bufio.Reader
	records int    // how many there are
	scope   *scope // checks their MACs; nil where that is not needed
	record  []byte // the present one; nil at the end
}

func newSource(r io.Reader, records int, s *scope) *source {
	return &source{in: bufio.NewReaderSize(r, sourceBuffer), records: records, scope: s, record: make([]byte, 0, sourceBuffer)}
}

// next reads the next record. What is not in the order of keys ends a source as
// what is not whole does: it is lost, and verified again.
func (s *source) next() {
	for {
		var before [keySize]byte
		copy(before[:], s.record)
		head, err := s.in.Peek(keySize + lengthSize)
		if err != nil || bytes.Compare(head[:keySize], before[:]) < 0 {
			s.record = nil
			return
		}
		n := keySize + lengthSize + int(head[keySize])<<8 + int(head[keySize+1]) + macSize
		s.record = slices.Grow(s.record[:0], n)[:n]
		if _, err := io.ReadFull(s.in, s.record); err != nil {
			s.record = nil
			return
		}
		if s.scope == nil || s.scope.open(s.record) != nil {
			return
		}
	}
}
