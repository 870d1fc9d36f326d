package openpgp

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

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

	// parsed is the library's form, once prepare was called; unverifiable says why
	// there is none.
	parsed       *packet.Signature
	unverifiable error

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
				found = append(found, readSignature(sub.Contents).prepare())
			}
		}
	}
	return found
}
