package cache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// A record is the key, the value's length in two bytes, the value, and the MAC
// of all that.
const (
	keySize    = sha256.Size
	lengthSize = 2
	macSize    = sha256.Size
	maxValue   = 1<<16 - 1
	maxRecord  = keySize + lengthSize + maxValue + macSize
)

// scope is for what findings are good: who may have written them down, which
// program made them and by which trusted roots.
type scope struct {
	program, roots [sha256.Size]byte
	macs           sync.Pool // of hash.Hash
}

func newScope(o Options) *scope {
	s := &scope{program: o.Program}
	all := sha256.New()
	for _, r := range o.Roots {
		all.Write(r.Digest[:])
	}
	all.Sum(s.roots[:0])
	derive := hmac.New(sha256.New, o.Key)
	derive.Write([]byte(magic))
	derive.Write(s.program[:])
	derive.Write(s.roots[:])
	key := derive.Sum(nil)
	s.macs.New = func() any { return hmac.New(sha256.New, key) }
	return s
}

// What a MAC is of, its first byte.
const (
	macOfHeader = 'h'
	macOfRecord = 'r'
)

func (s *scope) mac(of byte, text []byte) (sum [macSize]byte) {
	m := s.macs.Get().(hash.Hash)
	defer s.macs.Put(m)
	m.Reset()
	m.Write([]byte{of})
	m.Write(text)
	m.Sum(sum[:0])
	return sum
}

// record returns a whole record, nil where the value is too long for one.
func (s *scope) record(key [keySize]byte, value []byte) []byte {
	if len(value) > maxValue {
		return nil
	}
	r := make([]byte, 0, keySize+lengthSize+len(value)+macSize)
	r = append(r, key[:]...)
	r = binary.BigEndian.AppendUint16(r, uint16(len(value)))
	r = append(r, value...)
	sum := s.mac(macOfRecord, r)
	return append(r, sum[:]...)
}

// open returns the value of a whole record, nil where its MAC does not hold.
func (s *scope) open(record []byte) []byte {
	body, mac := record[:len(record)-macSize], record[len(record)-macSize:]
	if sum := s.mac(macOfRecord, body); !hmac.Equal(sum[:], mac) {
		return nil
	}
	return body[keySize+lengthSize:]
}

// recordSize is the size of the record that text begins with; 0 where that is
// not all there.
func recordSize(text []byte) int {
	if len(text) < keySize+lengthSize {
		return 0
	}
	n := keySize + lengthSize + int(binary.BigEndian.Uint16(text[keySize:])) + macSize
	if n > len(text) {
		return 0
	}
	return n
}
