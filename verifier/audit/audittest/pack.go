package audittest

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"io"
	"sync"
)

// entry is an object as it stands in a pack.
type entry []byte

// Types of objects in a pack (gitformat-pack(5)).
const (
	packCommit = 1
	packTree   = 2
)

// deflaters are kept: to make one takes longer than to use it for a commit.
var deflaters = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is one of the package's own
	}
	return z
}}

// newEntry is the object's type and size, and its bytes compressed.
func newEntry(typ byte, raw []byte) (entry, error) {
	size := len(raw)
	first := typ<<4 | byte(size&0xf)
	e := entry{}
	for size >>= 4; size > 0; size >>= 7 {
		e = append(e, first|0x80)
		first = byte(size & 0x7f)
	}
	e = append(e, first)
	var b bytes.Buffer
	b.Write(e)
	z := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(z)
	z.Reset(&b)
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// writePack writes a pack of so many objects: the empty tree and the entries.
func writePack(w io.Writer, objects int, entries <-chan entry) error {
	sum := sha1.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<20)
	head := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(objects))
	tree, err := newEntry(packTree, nil)
	if err != nil {
		return err
	}
	if _, err := out.Write(append(head, tree...)); err != nil {
		return err
	}
	for e := range entries {
		if _, err := out.Write(e); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}
