package openpgp

import (
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// hashes are the hash functions that can be computed here. MD5 and RIPEMD-160
// are not among them.
var hashes = map[byte]crypto.Hash{
	2: crypto.SHA1, 8: crypto.SHA256, 9: crypto.SHA384, 10: crypto.SHA512,
	11: crypto.SHA224, 12: crypto.SHA3_256, 14: crypto.SHA3_512,
}

// weakHashNames are those that are too weak for signatures over objects.
var weakHashNames = map[byte]string{1: "MD5", 2: "SHA-1", 3: "RIPEMD-160"}

// prepare parses the signature into the library's form, for its mathematics: a
// packet with the same numbers and no subpacket but the date, and then the suffix
// that was signed. It returns s.
func (s *signature) prepare() *signature {
	if s.parsed == nil && s.unverifiable == nil {
		s.parsed, s.unverifiable = s.parseNumbers()
	}
	return s
}

func (s *signature) parseNumbers() (*packet.Signature, error) {
	if s.why != nil {
		return nil, s.why
	}
	h, ok := hashes[s.hash]
	if name, weak := weakHashNames[s.hash]; weak && !ok {
		return nil, errors.New(name)
	}
	if !ok || !h.Available() {
		return nil, fmt.Errorf("hash function %d", s.hash)
	}
	version, size := byte(4), 2
	if s.version == 6 {
		version, size = 6, 4
	}
	length := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n)[4-size:] }
	b := []byte{version, byte(s.kind), byte(s.algorithm), s.hash}
	b = append(b, length(6)...)
	b = append(b, 5, subCreated, 0, 0, 0, 1)
	b = append(b, length(0)...)
	b = append(append(b, s.tag[:]...), s.numbers...)
	p, err := parsePacket(&packet.OpaquePacket{Tag: tagSignature, Contents: b})
	if err != nil {
		return nil, err
	}
	parsed := p.(*packet.Signature)
	parsed.HashSuffix = s.suffix
	return parsed, nil
}

// signed is what signatures about a key are over: a key, a key and a name of
// it, a key and a subkey of it.
type signed struct {
	key    *packet.PublicKey
	userID *string
	subkey *packet.PublicKey
}

// writeTo writes what is hashed (RFC 9580, section 5.2.4).
func (o signed) writeTo(w io.Writer, version byte) error {
	if err := o.key.SerializeForHash(w); err != nil {
		return err
	}
	if o.subkey != nil {
		return o.subkey.SerializeForHash(w)
	}
	if o.userID == nil {
		return nil
	}
	if version > 3 {
		if _, err := w.Write(binary.BigEndian.AppendUint32([]byte{0xb4}, uint32(len(*o.userID)))); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, *o.userID)
	return err
}

// proof is what the mathematics says of a signature about a key.
type proof int

const (
	// undecided: it cannot be verified here. The zero value.
	undecided proof = iota
	proven
	disproven
)

// prove verifies the signature.
func (s *signature) prove(by *packet.PublicKey, over signed) (result proof) {
	defer func() {
		if recover() != nil { // the library's, on numbers of odd sizes
			result = undecided
		}
	}()
	h, err := s.hashOf(over)
	if err != nil {
		return undecided
	}
	return verify(by, h, s.parsed)
}

// verify is the library's verification in three outcomes.
func verify(by *packet.PublicKey, h hash.Hash, s *packet.Signature) proof {
	copied := *s
	if isRSA(by.PubKeyAlgo) && isRSA(s.PubKeyAlgo) {
		copied.PubKeyAlgo = by.PubKeyAlgo // 3 is RSA that only signs
	}
	if by.PubKeyAlgo != copied.PubKeyAlgo {
		return disproven
	}
	err := by.VerifySignature(h, &copied)
	switch {
	case err == nil:
		return proven
	case errors.As(err, new(pgperrors.SignatureError)):
		return disproven
	}
	return undecided
}

func isRSA(a packet.PublicKeyAlgorithm) bool {
	return a == packet.PubKeyAlgoRSA || a == packet.PubKeyAlgoRSASignOnly
}

// hashOf returns the hash of what the signature is over, without the suffix.
func (s *signature) hashOf(over signed) (hash.Hash, error) {
	if s.unverifiable != nil {
		return nil, s.unverifiable
	}
	h, err := s.parsed.PrepareVerify()
	if err != nil {
		return nil, err
	}
	return h, over.writeTo(h, s.version)
}

// mayBeOver reports whether the first two bytes of the hash fit, which costs
// less than the mathematics. It finds what a misplaced signature is over.
func (s *signature) mayBeOver(over signed) bool {
	h, err := s.hashOf(over)
	if err != nil {
		return false
	}
	h.Write(s.suffix)
	sum := h.Sum(nil)
	return sum[0] == s.tag[0] && sum[1] == s.tag[1]
}
