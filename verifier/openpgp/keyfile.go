package openpgp

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// fileParser reads one file into a keyring.
type fileParser struct {
	ring *Keyring
	file string

	found   bool       // a key, or a revocation of one
	key     *Key       // the key whose block is being read, if any
	skipped bool       // the block is of a key that is passed over
	alone   []uint64   // the makers of revocations outside of any key's block
	at      *component // what the next signatures are over, nil if it is passed over

	// over is why the file is refused. Its other keys are still noted, because
	// signatures by them are undecided.
	over error
}

func (p *fileParser) warn(format string, args ...any) {
	w := Warning{File: p.file, Reason: fmt.Sprintf(format, args...)}
	if !slices.Contains(p.ring.warnings, w) && len(p.ring.warnings) < maxWarnings {
		p.ring.warnings = append(p.ring.warnings, w)
	}
}

var errPrivate = errors.New("it contains a private key: remove it from the policy, and consider it compromised")

func (p *fileParser) parse(text []byte) error {
	if p.ring.size += len(text); len(text) > maxKeyFileSize || p.ring.size > maxTotalSize {
		return fmt.Errorf("more than %d bytes, or all key files have more than %d (gpg --export-options export-minimal writes less)", maxKeyFileSize, maxTotalSize)
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return errors.New("it is UTF-16 text: save it as UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	mayBeBinary, binary := true, false // what follows, what was last
	for len(text) > 0 {
		line, rest := cutLine(text)
		_, begins := beginLine(line)
		var err error
		switch {
		case mayBeBinary && isPacket(text) && !utf8.ValidString(line):
			text, err = p.packets(text)
			binary = true
		case begins:
			text, err = p.armor(text)
			mayBeBinary, binary = true, false
		case line == "":
			text = rest
		case binary:
			err = errors.New("bytes that are not an OpenPGP packet")
		case strings.Contains(line, "BEGIN PGP") || strings.Contains(line, "END PGP"):
			err = fmt.Errorf("the line %.60q looks like armor and is not", line)
		default: // text, as key servers put it before the armor
			text, mayBeBinary = rest, false
		}
		if err != nil {
			return err
		}
	}
	if p.over != nil {
		return p.over
	}
	if !p.found {
		return errors.New("it contains no key")
	}
	return nil
}

// armor reads the armor that text begins with.
func (p *fileParser) armor(text []byte) (rest []byte, err error) {
	b, rest, err := readBlock(text)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(b.kind, "PGP ") {
		p.warn("a %q is passed over: not a public key", b.kind)
		return rest, nil
	}
	left, err := p.packets(b.body)
	if err == nil && len(left) > 0 {
		err = errors.New("armor: bytes that are not an OpenPGP packet")
	}
	return rest, err
}

// packets reads packets up to a byte that does not begin one.
func (p *fileParser) packets(data []byte) (rest []byte, err error) {
	for isPacket(data) {
		var raw *packet.OpaquePacket
		if raw, data, err = readPacket(data); err != nil {
			return nil, err
		}
		if err := p.packet(raw); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (p *fileParser) packet(raw *packet.OpaquePacket) error {
	switch raw.Tag {
	case tagPublicKey:
		p.primaryKey(raw)
	case tagPublicSubkey:
		p.subkey(raw)
	case tagUserID:
		p.userID(string(raw.Contents))
	case tagSignature:
		p.signature(raw.Contents)
	case tagUserAttribute:
		p.at = nil
	case tagSecretKey, tagSecretSubkey:
		return errPrivate
	case tagCompressed:
		return errors.New("it contains a compressed packet, which may contain revocations")
	case tagMarker, tagTrust, tagPadding:
	default:
		p.at = nil
		p.warn("a packet of type %d is passed over", raw.Tag)
	}
	return nil
}

func (p *fileParser) primaryKey(raw *packet.OpaquePacket) {
	p.found, p.key, p.at = true, nil, nil
	c := readPublic(raw)
	if p.skipped = c == nil; p.skipped {
		p.warn("a key of an old or unknown version is passed over")
		return
	}
	for _, other := range p.ring.byFingerprint[string(c.fingerprint)] {
		if other == other.key.primary {
			p.key, p.at = other.key, other
		}
	}
	if p.key == nil {
		if len(p.ring.keys) == maxKeys {
			p.over = fmt.Errorf("more than %d keys", maxKeys)
		}
		p.key, p.at = &Key{ring: p.ring, primary: c, misplaced: new(component)}, c
		c.key = p.key
		p.ring.keys = append(p.ring.keys, p.key)
		p.ring.index(c)
	}
	if !slices.Contains(p.key.files, p.file) {
		p.key.files = append(p.key.files, p.file)
	}
	if c.weak != nil {
		p.warn("key %X is passed over: it is %v", c.fingerprint, c.weak)
	}
}

func (r *Keyring) index(c *component) {
	r.byFingerprint[string(c.fingerprint)] = append(r.byFingerprint[string(c.fingerprint)], c)
	id := keyID(c.fingerprint)
	r.byID[id] = append(r.byID[id], c)
}

func (p *fileParser) subkey(raw *packet.OpaquePacket) {
	p.at = nil
	if p.key == nil {
		return
	}
	c := readPublic(raw)
	if c == nil {
		p.warn("key %s: a subkey of an unknown version is passed over", p.key.Fingerprint())
		return
	}
	for _, other := range p.key.subkeys {
		if bytes.Equal(other.fingerprint, c.fingerprint) {
			p.at = other
			return
		}
	}
	if c.public == nil {
		p.warn("key %s: subkey %X is passed over: it is %v", p.key.Fingerprint(), c.fingerprint, c.weak)
	}
	if len(p.key.subkeys) == maxParts {
		p.over = fmt.Errorf("key %s has more than %d subkeys", p.key.Fingerprint(), maxParts)
		return
	}
	c.key = p.key
	if c.weak == nil && p.key.primary.weak != nil {
		c.weak = fmt.Errorf("its primary key is %w", p.key.primary.weak)
	}
	p.key.subkeys = append(p.key.subkeys, c)
	p.ring.index(c)
	p.at = c
}

func (p *fileParser) userID(name string) {
	p.at = nil
	if p.key == nil {
		return
	}
	for _, other := range p.key.names {
		if *other.name == name {
			p.at = other
			return
		}
	}
	if len(p.key.names) == maxParts {
		p.over = fmt.Errorf("key %s has more than %d names", p.key.Fingerprint(), maxParts)
		return
	}
	p.at = &component{key: p.key, name: &name}
	p.key.names = append(p.key.names, p.at)
}

// signature notes a signature that is the key's own, or could be a revocation.
func (p *fileParser) signature(body []byte) {
	s := readSignature(body)
	s.alone = p.key == nil
	own := p.key != nil && (len(s.issuers) == 0 || slices.Contains(s.issuers, keyID(p.key.primary.fingerprint)))
	switch {
	case p.over != nil || own && p.key.primary.weak != nil:
	case own:
		if s.prepare().unverifiable != nil {
			p.warn("key %s: a signature of type %#02x cannot be verified: %v", p.key.Fingerprint(), uint8(s.kind), s.unverifiable)
		}
		if p.note(s) && s.kind == packet.SigTypeKeyRevocation {
			p.indexRevocation(s)
		}
	case s.kind == packet.SigTypeCertificationRevocation && p.at != nil && p.at.name != nil && s.prepare().unverifiable != nil:
		// Somebody takes back what he said about another's name.
	case s.isRevocation():
		p.stray(s)
	}
}

func (p *fileParser) indexRevocation(s *signature) {
	for _, id := range s.issuers {
		p.ring.revocations[id] = append(p.ring.revocations[id], s)
	}
}

// note keeps one of the key's own signatures, once. It reports whether it did.
func (p *fileParser) note(s *signature) bool {
	c := p.at
	if c == nil {
		c = p.key.misplaced
	}
	if c.seen[string(s.body)] {
		return false
	}
	p.ring.verifyTime += verifyTime(p.key.primary.public)
	if s.kind == packet.SigTypeSubkeyBinding && c.public != nil {
		p.ring.verifyTime += verifyTime(c.public) // the subkey's signature over the key
	}
	if p.ring.verifyTime > maxVerifyTime {
		p.over = fmt.Errorf("more signatures of keys over themselves than can be checked in %s", maxVerifyTime)
		return false
	}
	if c.seen == nil {
		c.seen = make(map[string]bool)
	}
	c.seen[string(s.body)] = true
	c.signatures = append(c.signatures, s)
	return true
}

// stray keeps a revocation that does not say that it is by the key in whose
// block it is: files are concatenated, and a key may name another one that
// revokes it.
func (p *fileParser) stray(s *signature) {
	if p.found = true; p.ring.strays == maxStrays {
		p.over = fmt.Errorf("more than %d revocations outside of the keys that made them", maxStrays)
		return
	}
	p.ring.strays++
	s.prepare()
	if p.key == nil && !p.skipped && len(s.issuers) == 0 {
		p.over = errors.New("it contains a revocation that does not name its key")
	}
	for _, id := range s.issuers {
		p.ring.stray[id] = append(p.ring.stray[id], s)
	}
	if s.alone {
		p.alone = append(p.alone, s.issuers...)
	}
	if s.kind != packet.SigTypeKeyRevocation {
		return
	}
	p.indexRevocation(s)
	if p.key != nil {
		p.key.foreign = append(p.key.foreign, s)
	}
}

// readPublic reads a public key. It returns nil if there is no way to tell its
// fingerprint.
func readPublic(raw *packet.OpaquePacket) *component {
	parsed, err := parsePacket(raw)
	public, ok := parsed.(*packet.PublicKey)
	if err == nil && ok {
		return &component{public: public, fingerprint: public.Fingerprint, weak: checkStrength(public)}
	}
	b := raw.Contents
	if len(b) < 6 {
		return nil
	}
	c := &component{weak: fmt.Errorf("a key of a form that is not supported: %w", err)}
	switch b[0] {
	case 4:
		if len(b) > 0xffff {
			return nil
		}
		sum := sha1.Sum(append(binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(b))), b...))
		c.fingerprint = sum[:]
	case 5, 6:
		sum := sha256.Sum256(append(binary.BigEndian.AppendUint32([]byte{0x95 + b[0]}, uint32(len(b))), b...))
		c.fingerprint = sum[:]
	default:
		return nil
	}
	return c
}

// checkStrength refuses keys whose signatures could be somebody else's.
func checkStrength(pk *packet.PublicKey) error {
	switch pk.PubKeyAlgo {
	case packet.PubKeyAlgoDSA:
		return errors.New("a DSA key, which is too weak")
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		k, ok := pk.PublicKey.(*rsa.PublicKey)
		switch {
		case !ok || k.N == nil:
			return errors.New("an RSA key that cannot be read")
		case k.N.BitLen() < minRSABits:
			return fmt.Errorf("an RSA key of %d bits, which is too weak; at least %d are needed", k.N.BitLen(), minRSABits)
		case k.N.BitLen() > maxRSABits:
			return fmt.Errorf("an RSA key of %d bits; at most %d are supported", k.N.BitLen(), maxRSABits)
		}
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA:
		if curve, err := pk.Curve(); err != nil || curve == packet.CurveSecP256k1 {
			return fmt.Errorf("a key on the curve %s, which is not supported", curve)
		}
	case packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
	default:
		return errors.New("a key that cannot sign")
	}
	return nil
}
