package openpgp_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"slices"
	"time"
)

// This file makes OpenPGP packets by hand, after RFC 9580 and draft-koch-eddsa,
// so that keys can have whatever no program writes, and gpg can be asked about
// them too.

// The types of signatures (RFC 9580, section 5.2.1).
const (
	overBytes     = 0x00
	overName      = 0x13
	overSubkey    = 0x18
	bySubkey      = 0x19
	overKey       = 0x1f
	revokesKey    = 0x20
	revokesSubkey = 0x28
	revokesName   = 0x30
)

// made is an Ed25519 key, primary or not.
type made struct {
	private ed25519.PrivateKey
	body    []byte // of its packet
}

func newKey(seed byte, created time.Time) made {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	b := binary.BigEndian.AppendUint32([]byte{4}, uint32(created.Unix()))
	b = append(b, 22, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1) // EdDSA, the curve's object identifier
	b = append(b, mpi(append([]byte{0x40}, private.Public().(ed25519.PublicKey)...))...)
	return made{private, b}
}

// mpi encodes a number.
func mpi(n []byte) []byte {
	n = bytes.TrimLeft(n, "\x00")
	bits := 8 * len(n)
	for mask := byte(0x80); len(n) > 0 && n[0]&mask == 0; mask >>= 1 {
		bits--
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(bits)), n...)
}

// packetOf is a packet with a header in the old format, as gpg writes it, but for
// the types that need the new one.
func packetOf(tag byte, body []byte) []byte {
	if tag > 15 {
		return append([]byte{0xc0 | tag, byte(len(body))}, body...)
	}
	return append(binary.BigEndian.AppendUint16([]byte{0x81 | tag<<2}, uint16(len(body))), body...)
}

func (m made) hashed() []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(m.body))), m.body...)
}

func (m made) fingerprint() []byte {
	sum := sha1.Sum(m.hashed())
	return sum[:]
}

// primary is the key's packet as a primary key.
func (m made) primary() []byte { return packetOf(6, m.body) }

// sub is a part of a signature packet.
type sub struct {
	subType  byte
	contents []byte
	unhashed bool
}

func encode(subs []sub, unhashed bool) []byte {
	var b []byte
	for _, s := range subs {
		if s.unhashed == unhashed {
			b = append(append(b, byte(len(s.contents)+1), s.subType), s.contents...)
		}
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func seconds(subType byte, d time.Duration) sub {
	return sub{subType: subType, contents: binary.BigEndian.AppendUint32(nil, uint32(d/time.Second))}
}

func keyExpires(d time.Duration) sub { return seconds(9, d) }
func keyFlags(f byte) sub            { return sub{subType: 27, contents: []byte{f}} }
func reason(r byte) sub              { return sub{subType: 29, contents: []byte{r}} }

// criticalNotation asks readers who do not know it to refuse the signature.
func criticalNotation() sub {
	return sub{subType: 20 | 0x80, contents: []byte("\x80\x00\x00\x00\x00\x0d\x00\x01a@example.comb")}
}

// recipe says how a signature is made, where it is not made as usual.
type recipe struct {
	hash    byte // its number
	version byte
	issuer  []byte // another fingerprint
	silent  bool   // names no issuer
	noTag   bool   // the first two bytes of the hash are wrong
	broken  bool   // the numbers are wrong
}

// signature is a signature packet over bytes.
func (m made) signature(kind byte, over []byte, at time.Time, r recipe, subs ...sub) []byte {
	issuer := m.fingerprint()
	if r.issuer != nil {
		issuer = r.issuer
	}
	if r.hash == 0 {
		r.hash = 8
	}
	all := []sub{seconds(2, time.Duration(at.Unix())*time.Second)}
	all = append(all, subs...)
	if !r.silent {
		all = append(all, sub{subType: 33, contents: append([]byte{4}, issuer...)}, sub{subType: 16, contents: issuer[12:], unhashed: true})
	}
	head := append([]byte{4, kind, 22, r.hash}, encode(all, false)...)
	suffix := binary.BigEndian.AppendUint32(append(slices.Clone(head), 4, 0xff), uint32(len(head)))
	rest := encode(all, true)
	if r.version == 3 {
		suffix = binary.BigEndian.AppendUint32([]byte{kind}, uint32(at.Unix()))
		head = append(append([]byte{3, 5}, suffix...), append(issuer[12:], 22, r.hash)...)
		rest = nil
	}
	sum := digest(r.hash, append(slices.Clone(over), suffix...))
	sig := ed25519.Sign(m.private, sum)
	if r.broken {
		sig[40] ^= 1
	}
	tag := slices.Clone(sum[:2])
	if r.noTag {
		tag[0] ^= 1
	}
	return packetOf(2, slices.Concat(head, rest, tag, mpi(sig[:32]), mpi(sig[32:])))
}

func digest(hash byte, b []byte) []byte {
	switch hash {
	case 1:
		sum := md5.Sum(b)
		return sum[:]
	case 2:
		sum := sha1.Sum(b)
		return sum[:]
	case 10:
		h := crypto.SHA512.New()
		h.Write(b)
		return h.Sum(nil)
	}
	h := crypto.SHA256.New() // also for functions that cannot be computed
	h.Write(b)
	return h.Sum(nil)
}

// name is a user id packet.
func name(text string) []byte { return packetOf(13, []byte(text)) }

// certify is the key's signature over a name of its own.
func (m made) certify(text string, at time.Time, r recipe, subs ...sub) []byte {
	return m.signature(overName, m.named(text, r.version), at, r, subs...)
}

func (m made) named(text string, version byte) []byte {
	b := m.hashed()
	if version != 3 {
		b = binary.BigEndian.AppendUint32(append(b, 0xb4), uint32(len(text)))
	}
	return append(b, text...)
}

// bind is the subkey's packet with the signatures of both.
func (m made) bind(s made, at time.Time, r recipe, subs ...sub) []byte {
	return append(packetOf(14, s.body), m.binding(s, at, r, subs...)...)
}

// binding is the signature over the subkey, with the subkey's inside.
func (m made) binding(s made, at time.Time, r recipe, subs ...sub) []byte {
	back := s.signature(bySubkey, m.with(s), at, recipe{})
	subs = append(subs, sub{subType: 32, contents: back[3:], unhashed: true})
	return m.signature(overSubkey, m.with(s), at, r, subs...)
}

func (m made) with(s made) []byte { return append(m.hashed(), s.hashed()...) }
