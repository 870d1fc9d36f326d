package cache

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// The file is a header, the records in the order of their keys, and where in
// them each bucket begins: the records whose keys begin with the same bits. Keys
// are digests, so buckets are of one size as far as chance goes, and one read
// finds a record whatever the file's size is.
const (
	magic      = "git-seal audit cache 1\n"
	headerSize = len(magic) + 2*sha256.Size + 3*8 + macSize
	offsetSize = 8

	// bucketRecords is how many records a bucket has at most, as a rule: some
	// kilobytes, which cost no more to read than one record.
	bucketRecords = 8
	// maxBits bounds the buckets, of whose beginnings there is a list in
	// memory: 8 MiB.
	maxBits = 20
	// maxBucket bounds what is read of a bucket, whatever the list says.
	maxBucket = 4 << 20
	// maxTable bounds what is taken over from one file into the next: that of
	// some millions of objects.
	maxTable = 4 << 30
)

// Why a file is not relied on.
var (
	ErrOtherProgram = errors.New("another version of the program has written it")
	ErrOtherRoots   = errors.New("it is about other trusted roots")
	ErrForeign      = errors.New("it was made elsewhere, or was changed")
	ErrDamaged      = errors.New("it is damaged, or of another form")
)

// header is what stands at the beginning of a file, under a MAC of its own.
type header struct {
	program, roots [sha256.Size]byte
	size           uint64 // of the whole file
	records        uint64
	bits           uint64 // of a key, which number the buckets
}

func (h *header) marshal(s *scope) []byte {
	b := append(make([]byte, 0, headerSize), magic...)
	b = append(append(b, h.program[:]...), h.roots[:]...)
	for _, n := range []uint64{h.size, h.records, h.bits} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	sum := s.mac(macOfHeader, b)
	return append(b, sum[:]...)
}

func parseHeader(b []byte, s *scope) (h header, err error) {
	rest, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok || len(b) != headerSize {
		return h, ErrDamaged
	}
	rest = rest[copy(h.program[:], rest):]
	rest = rest[copy(h.roots[:], rest):]
	for _, n := range []*uint64{&h.size, &h.records, &h.bits} {
		*n, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	sum := s.mac(macOfHeader, b[:headerSize-macSize])
	switch {
	case h.program != s.program:
		return h, ErrOtherProgram
	case h.roots != s.roots:
		return h, ErrOtherRoots
	case !hmac.Equal(sum[:], rest):
		return h, ErrForeign
	}
	return h, nil
}

// listSize is the size of the list of buckets, with their end.
func (h *header) listSize() uint64 { return (1<<h.bits + 1) * offsetSize }

// bucket is the number of a key's bucket.
func (h *header) bucket(key []byte) uint64 {
	return binary.BigEndian.Uint64(key) >> 1 >> (63 - h.bits)
}

// table is a file that is read.
type table struct {
	file    *os.File
	header  header
	scope   *scope
	buckets []byte // the list
	buffers sync.Pool
}

// openTable opens a file that may come from anywhere.
func openTable(path string, s *scope) (*table, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", path) // opening a pipe would wait
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := readTable(f, s)
	if err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
}

func readTable(f *os.File, s *scope) (*table, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, headerSize)
	if n, err := f.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	} else if n < len(b) {
		return nil, ErrDamaged
	}
	t := &table{file: f, scope: s}
	if t.header, err = parseHeader(b, s); err != nil {
		return nil, err
	}
	h := &t.header
	if uint64(info.Size()) != h.size || h.bits > maxBits || h.size < uint64(headerSize)+h.listSize() {
		return nil, ErrDamaged
	}
	t.buckets = make([]byte, h.listSize())
	if _, err := f.ReadAt(t.buckets, int64(h.size-h.listSize())); err != nil {
		return nil, err
	}
	t.buffers.New = func() any { return new([]byte) }
	return t, nil
}

func (t *table) close() { t.file.Close() }

// find returns the value under a key, nil where there is none; an error where
// what is there is not what was written.
func (t *table) find(key [keySize]byte) ([]byte, error) {
	at := t.header.bucket(key[:]) * offsetSize
	from, to := binary.BigEndian.Uint64(t.buckets[at:]), binary.BigEndian.Uint64(t.buckets[at+offsetSize:])
	if from > to || to > t.header.size || to-from > maxBucket {
		return nil, ErrDamaged
	}
	buffer := t.buffers.Get().(*[]byte)
	defer t.buffers.Put(buffer)
	if n := int(to - from); cap(*buffer) < n {
		*buffer = make([]byte, n)
	}
	bucket := (*buffer)[:to-from]
	if _, err := t.file.ReadAt(bucket, int64(from)); err != nil {
		return nil, err
	}
	for len(bucket) > 0 {
		n := recordSize(bucket)
		if n == 0 {
			return nil, ErrDamaged
		}
		if bytes.Equal(bucket[:keySize], key[:]) {
			value := t.scope.open(bucket[:n])
			if value == nil {
				return nil, ErrDamaged
			}
			return bytes.Clone(value), nil
		}
		bucket = bucket[n:]
	}
	return nil, nil
}

// source reads all records, those whose MAC does not hold left out.
func (t *table) source() *source {
	end := int64(t.header.size - t.header.listSize())
	return newSource(io.NewSectionReader(t.file, int64(headerSize), end-int64(headerSize)), int(t.header.records), t.scope)
}
