package openpgp

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Signature is one detached signature over bytes.
type Signature struct {
	raw    *signature
	packet *packet.Signature
	// After is the text after the signature's armor, which nothing signs.
	// OpenTimestamps puts its own block there.
	After []byte
}

// ParseSignature reads an armored signature as git stores it. The error is an
// *UnsupportedError: the signature cannot be read, is not the only one, or is of
// a form that proves nothing: other versions than 4 and 6, MD5, SHA-1 and
// RIPEMD-160, DSA, signatures over text, which leave line ends open, and those
// that limit their own validity, because no clock is used here.
func ParseSignature(armored []byte) (*Signature, error) {
	if len(armored) > maxSignatureSize {
		return nil, unsupported("the signature has %d bytes; at most %d are read", len(armored), maxSignatureSize)
	}
	if bytes.Count(armored, []byte("-----BEGIN PGP ")) > 1 {
		return nil, unsupported("there is more than one signature")
	}
	b, rest, err := readBlock(armored)
	if err != nil {
		return nil, unsupported("%v", err)
	}
	if b.kind != "PGP SIGNATURE" && b.kind != "PGP MESSAGE" { // gpg once wrote the second
		return nil, unsupported("the armor is of a %q, not of a signature", b.kind)
	}
	body, err := onlySignature(b.body)
	if err != nil {
		return nil, err
	}
	s := &Signature{raw: readSignature(body), After: bytes.TrimSpace(rest)}
	if err := s.check(); err != nil {
		return nil, err
	}
	parsed, err := parsePacket(&packet.OpaquePacket{Tag: tagSignature, Contents: body})
	if err != nil {
		return nil, unsupported("the signature packet: %v", err)
	}
	s.packet = parsed.(*packet.Signature)
	return s, nil
}

// onlySignature returns the body of the one signature packet in an armor.
func onlySignature(packets []byte) (body []byte, err error) {
	for len(packets) > 0 {
		var p *packet.OpaquePacket
		if p, packets, err = readPacket(packets); err != nil {
			return nil, unsupported("armor: %v", err)
		}
		switch {
		case p.Tag == tagOnePass || p.Tag == tagLiteral || p.Tag == tagCompressed:
			return nil, unsupported("the signature is inside an OpenPGP message, not detached")
		case p.Tag == tagSignature && body != nil:
			return nil, unsupported("there is more than one signature")
		case p.Tag == tagSignature:
			body = p.Contents
		case p.Tag == tagMarker || p.Tag == tagTrust || p.Tag == tagPadding || p.Tag >= firstNonCritical:
		default:
			return nil, unsupported("the armor contains a packet of type %d, not only a signature", p.Tag)
		}
	}
	if body == nil {
		return nil, unsupported("the armor contains no signature")
	}
	return body, nil
}

func (s *Signature) check() error {
	raw := s.raw
	if raw.why != nil {
		return unsupported("%v", raw.why)
	}
	if name, weak := weakHashNames[raw.hash]; weak {
		return unsupported("the signature is over %s, which is too weak to prove anything", name)
	}
	switch {
	case raw.version != 4 && raw.version != 6:
		return unsupported("the signature is of version %d", raw.version)
	case raw.algorithm == packet.PubKeyAlgoDSA:
		return unsupported("the signature is by DSA, which is too weak to prove anything")
	case raw.kind != packet.SigTypeBinary:
		return unsupported("the signature is of type %#02x, not over bytes as they are", uint8(raw.kind))
	case raw.seconds(subExpires) != 0:
		return unsupported("the signature limits its own validity, to %s", raw.seconds(subExpires))
	case !raw.acceptable():
		return unsupported("the signature has a critical part that is not known here, or is not meant for others")
	case len(raw.issuers) == 0:
		return unsupported("the signature does not say which key made it")
	}
	return nil
}

// prove verifies the signature over payload.
func (s *Signature) prove(by *packet.PublicKey, payload []byte) (result proof) {
	defer func() {
		if recover() != nil { // the library's, on numbers of odd sizes
			result = undecided
		}
	}()
	if by.PubKeyAlgo != s.packet.PubKeyAlgo && !(isRSA(by.PubKeyAlgo) && isRSA(s.packet.PubKeyAlgo)) {
		return undecided
	}
	h, err := s.packet.PrepareVerify()
	if err != nil {
		return undecided
	}
	h.Write(payload)
	copied := *s.packet
	return verify(by, h, &copied)
}

// CreationTime returns when the signature says that it was made, in UTC. Who
// holds the key can write any time there.
func (s *Signature) CreationTime() time.Time { return s.raw.created }

// Issuer returns the fingerprint of the key that the signature names, or its key
// id, in upper-case hexadecimal.
func (s *Signature) Issuer() string {
	if s.raw.key != nil {
		return strings.ToUpper(hex.EncodeToString(s.raw.key))
	}
	return fmt.Sprintf("%016X", s.raw.issuers[0])
}
