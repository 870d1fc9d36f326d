package openpgp

import (
	"crypto"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// signature is a signature packet, read without the library: that refuses
// packets with subpackets or hash functions that it does not know, and with
// them revocations.
type signature struct {
	body      []byte
	version   byte
	kind      packet.SignatureType
	algorithm packet.PublicKeyAlgorithm
	hash      byte // the hash function's number (RFC 9580, section 9.5)
	created   time.Time
	hashed    []*packet.OpaqueSubpacket
	unhashed  []*packet.OpaqueSubpacket
	issuers   []uint64 // every key id that it names
	key       []byte   // the fingerprint that it names

	// suffix is what is hashed after the signed data (section 5.2.4).
	suffix []byte
	tag    [2]byte
	// numbers are the bytes after the hash's first two: of version 6 the salt,
	// then the algorithm's numbers.
	numbers []byte

	// why is the error for which nothing after it was read.
	why error

	// alone: it is in no key's block.
	alone bool
}

// The types of subpackets that are read here (RFC 9580, section 5.2.3.7).
const (
	subCreated       = 2
	subExpires       = 3
	subExportable    = 4
	subKeyExpires    = 9
	subRevoker       = 12
	subIssuer        = 16
	subPrimaryUserID = 25
	subKeyFlags      = 27
	subReason        = 29
	subSignature     = 32
	subFingerprint   = 33

	// subCritical is the bit that asks readers who do not know the type to
	// refuse the signature.
	subCritical = 0x80
)

// understood are the types that may be critical: the ones that are read here, and
// those that say nothing about whether a key may sign.
var understood = map[uint8]bool{
	subCreated: true, subExpires: true, subExportable: true, 5: true, 6: true, 7: true, subKeyExpires: true,
	11: true, subRevoker: true, subIssuer: true, 21: true, 22: true, 23: true, 24: true, subPrimaryUserID: true,
	26: true, subKeyFlags: true, 28: true, subReason: true, 30: true, subSignature: true, subFingerprint: true,
	34: true, 39: true,
}

// readSignature reads a signature packet's body. Of one that cannot be read, why
// is set, and kind where the body is long enough to tell.
func readSignature(body []byte) *signature {
	s := &signature{body: body}
	s.why = s.read()
	return s
}

var errCutOff = errors.New("the signature packet is cut off")

func (s *signature) read() error {
	b := s.body
	if len(b) < 2 {
		return errCutOff
	}
	s.version = b[0]
	if s.version == 2 || s.version == 3 {
		return s.readVersion3()
	}
	s.kind = packet.SignatureType(b[1])
	if s.version != 4 && s.version != 6 {
		return fmt.Errorf("signature packet of version %d", s.version)
	}
	if len(b) < 4 {
		return errCutOff
	}
	s.algorithm, s.hash = packet.PublicKeyAlgorithm(b[2]), b[3]
	hashed, rest, err := s.cutSubpackets(b[4:])
	if err != nil {
		return err
	}
	covered := b[:len(b)-len(rest)]
	s.suffix = append(append([]byte(nil), covered...), s.version, 0xff)
	s.suffix = binary.BigEndian.AppendUint32(s.suffix, uint32(len(covered)))
	unhashed, rest, err := s.cutSubpackets(rest)
	if err != nil {
		return err
	}
	if len(rest) < 2 {
		return errCutOff
	}
	s.tag, s.numbers = [2]byte(rest), rest[2:]
	if s.hashed, err = packet.OpaqueSubpackets(hashed); err != nil {
		return fmt.Errorf("subpackets: %w", err)
	}
	if s.unhashed, err = packet.OpaqueSubpackets(unhashed); err != nil {
		return fmt.Errorf("subpackets: %w", err)
	}
	s.readIssuers()
	created := s.subpacket(subCreated)
	if len(created) != 4 {
		return errors.New("the signature has no date")
	}
	s.created = time.Unix(int64(binary.BigEndian.Uint32(created)), 0).UTC()
	return nil
}

// readVersion3 reads the form that PGP 2 wrote: a fixed head without
// subpackets.
func (s *signature) readVersion3() error {
	b := s.body
	if len(b) > 2 {
		s.kind = packet.SignatureType(b[2])
	}
	if len(b) < 19 || b[1] != 5 {
		return errCutOff
	}
	s.created = time.Unix(int64(binary.BigEndian.Uint32(b[3:])), 0).UTC()
	s.issuers = []uint64{binary.BigEndian.Uint64(b[7:])}
	s.algorithm, s.hash = packet.PublicKeyAlgorithm(b[15]), b[16]
	s.suffix, s.tag, s.numbers = b[2:7], [2]byte(b[17:]), b[19:]
	return nil
}

// cutSubpackets cuts off one list of subpackets with its length.
func (s *signature) cutSubpackets(b []byte) (list, rest []byte, err error) {
	size := 2
	if s.version == 6 {
		size = 4
	}
	if len(b) < size {
		return nil, nil, errCutOff
	}
	length := uint64(binary.BigEndian.Uint16(b))
	if size == 4 {
		length = uint64(binary.BigEndian.Uint32(b))
	}
	if b = b[size:]; length > uint64(len(b)) {
		return nil, nil, errCutOff
	}
	return b[:length], b[length:], nil
}

// readIssuers collects the keys that the signature names. They are not always
// signed; whose signature it is, the mathematics tells.
func (s *signature) readIssuers() {
	for _, list := range [][]*packet.OpaqueSubpacket{s.unhashed, s.hashed} {
		for _, sub := range list {
			switch b := sub.Contents; sub.SubType &^ subCritical {
			case subIssuer:
				if len(b) == 8 {
					s.issuers = append(s.issuers, binary.BigEndian.Uint64(b))
				}
			case subFingerprint:
				if len(b) == 21 && b[0] == 4 {
					s.key = b[1:]
				} else if len(b) == 33 && b[0] >= 5 {
					s.key = b[1:]
				} else {
					continue
				}
				s.issuers = append(s.issuers, keyID(s.key))
			}
		}
	}
}

// keyID returns the key id of a fingerprint.
func keyID(fingerprint []byte) uint64 {
	if len(fingerprint) == sha1.Size {
		return binary.BigEndian.Uint64(fingerprint[12:])
	}
	return binary.BigEndian.Uint64(fingerprint)
}

// subpacket returns the contents of the last signed subpacket of a type.
func (s *signature) subpacket(subType uint8) []byte {
	var contents []byte
	for _, sub := range s.hashed {
		if sub.SubType&^subCritical == subType {
			contents = sub.Contents
		}
	}
	return contents
}

// seconds returns the time span in a subpacket, zero if there is none.
func (s *signature) seconds(subType uint8) time.Duration {
	if b := s.subpacket(subType); len(b) == 4 {
		return time.Duration(binary.BigEndian.Uint32(b)) * time.Second
	}
	return 0
}

// expired reports whether the signature's own validity is over at a time.
func (s *signature) expired(at time.Time) bool {
	lifetime := s.seconds(subExpires)
	return lifetime != 0 && at.After(s.created.Add(lifetime))
}

// acceptable reports whether the signature, if it is proven, may give trust. GnuPG
// refuses the same: what asks to be refused by readers who do not know it (a
// notation, for example), and what is not meant for others.
func (s *signature) acceptable() bool {
	for _, sub := range s.hashed {
		subType := sub.SubType &^ subCritical
		if sub.SubType&subCritical != 0 && !understood[subType] {
			return false
		}
		if subType == subExportable && len(sub.Contents) > 0 && sub.Contents[0] == 0 {
			return false
		}
	}
	return true
}

// isRevocation reports whether the signature takes trust away.
func (s *signature) isRevocation() bool {
	return s.kind == packet.SigTypeKeyRevocation || s.kind == packet.SigTypeSubkeyRevocation || s.kind == packet.SigTypeCertificationRevocation
}

// isCertification reports whether the signature is over a name.
func (s *signature) isCertification() bool {
	return s.kind >= packet.SigTypeGenericCert && s.kind <= packet.SigTypePositiveCert
}

// embedded returns the signatures inside this one (RFC 9580, section 5.2.3.34).
// It does not matter whether they are signed: they prove themselves.
func (s *signature) embedded() []*signature {
	var found []*signature
	for _, list := range [][]*packet.OpaqueSubpacket{s.hashed, s.unhashed} {
		for _, sub := range list {
			if sub.SubType&^subCritical == subSignature {
				found = append(found, readSignature(sub.Contents))
			}
		}
	}
	return found
}

// hashes are the hash functions that can be computed here. MD5 and RIPEMD-160
// are not among them.
var hashes = map[byte]crypto.Hash{
	2: crypto.SHA1, 8: crypto.SHA256, 9: crypto.SHA384, 10: crypto.SHA512,
	11: crypto.SHA224, 12: crypto.SHA3_256, 14: crypto.SHA3_512,
}

// weakHashNames are those that are too weak for signatures over objects.
var weakHashNames = map[byte]string{1: "MD5", 2: "SHA-1", 3: "RIPEMD-160"}

// packet returns the signature in the library's form, for its mathematics: a
// packet with the same numbers and no subpacket but the date, and then the
// suffix that was signed.
func (s *signature) packet() (*packet.Signature, error) {
	if s.why != nil {
		return nil, s.why
	}
	h, ok := hashes[s.hash]
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

// unverifiable says why the signature cannot be verified here by any key; nil if
// it can.
func (s *signature) unverifiable() error {
	_, err := s.packet()
	return err
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
	parsed, h, err := s.prepare(over)
	if err != nil {
		return undecided
	}
	return verify(by, h, parsed)
}

// verify is the library's verification in three outcomes.
func verify(by *packet.PublicKey, h hash.Hash, s *packet.Signature) proof {
	if isRSA(by.PubKeyAlgo) && isRSA(s.PubKeyAlgo) {
		s.PubKeyAlgo = by.PubKeyAlgo // 3 is RSA that only signs
	}
	if by.PubKeyAlgo != s.PubKeyAlgo {
		return disproven
	}
	err := by.VerifySignature(h, s)
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

func (s *signature) prepare(over signed) (*packet.Signature, hash.Hash, error) {
	parsed, err := s.packet()
	if err != nil {
		return nil, nil, err
	}
	h, err := parsed.PrepareVerify()
	if err != nil {
		return nil, nil, err
	}
	return parsed, h, over.writeTo(h, s.version)
}

// mayBeOver reports whether the first two bytes of the hash fit, which costs
// less than the mathematics. It finds what a misplaced signature is over.
func (s *signature) mayBeOver(over signed) bool {
	parsed, h, err := s.prepare(over)
	if err != nil {
		return false
	}
	h.Write(parsed.HashSuffix)
	sum := h.Sum(nil)
	return sum[0] == s.tag[0] && sum[1] == s.tag[1]
}
