package cache

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"math/bits"
	"os"

	"github.com/git-seal/git-seal/verifier/wholefile"
)

// byKey is a heap of sources, the one with the least key first.
type byKey []*source

func (h byKey) Len() int { return len(h) }
func (h byKey) Less(i, j int) bool {
	return bytes.Compare(h[i].record[:keySize], h[j].record[:keySize]) < 0
}
func (h byKey) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *byKey) Push(x any)   { *h = append(*h, x.(*source)) }
func (h *byKey) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// writeTable merges sources into a new file, which replaces what is at path.
func writeTable(path string, s *scope, sources []*source) error {
	f, err := wholefile.Create(path, 0o600)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := mergeInto(f.File, s, sources); err != nil {
		return err
	}
	return f.Commit()
}

func mergeInto(f *os.File, s *scope, sources []*source) error {
	records := 0
	var all byKey
	for _, source := range sources {
		records += source.records
		if source.next(); source.record != nil {
			all = append(all, source)
		}
	}
	heap.Init(&all)
	h := header{program: s.program, roots: s.roots, size: uint64(headerSize), bits: bitsFor(records)}
	if _, err := f.Write(make([]byte, headerSize)); err != nil { // its place
		return err
	}
	w := bufio.NewWriterSize(f, 256<<10)
	list := make([]byte, 0, h.listSize())
	begin := func(bucket uint64) { // and those before it that are empty
		for uint64(len(list)) <= bucket*offsetSize {
			list = binary.BigEndian.AppendUint64(list, h.size)
		}
	}
	last := make([]byte, 0, keySize)
	for len(all) > 0 {
		record := all[0].record
		if !bytes.Equal(record[:keySize], last) || h.records == 0 {
			last = append(last[:0], record[:keySize]...)
			begin(h.bucket(record))
			if _, err := w.Write(record); err != nil {
				return err
			}
			h.size += uint64(len(record))
			h.records++
		}
		if all[0].next(); all[0].record == nil {
			heap.Pop(&all)
		} else {
			heap.Fix(&all, 0)
		}
	}
	begin(1 << h.bits)
	if _, err := w.Write(list); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	h.size += uint64(len(list))
	_, err := f.WriteAt(h.marshal(s), 0)
	return err
}

// bitsFor is how many bits of a key number the buckets of so many records.
func bitsFor(records int) uint64 {
	return uint64(min(bits.Len(uint(records/bucketRecords)), maxBits))
}
