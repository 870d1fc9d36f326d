package openpgp

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Signature is one detached signature over bytes.
type Signature struct {
	packet *packet.Signature
}

// ParseSignature reads an armored signature as git stores it. It is one
// signature packet and nothing else: several in one armor, another packet, or
// anything but white space behind the armor is a *MalformedError. Forms that
// prove nothing are an *UnsupportedError: other versions than 4 and 6, MD5,
// SHA-1 and RIPEMD-160, DSA, signatures over text, which leave line ends open,
// and those whose validity is limited, which no clock is asked about here.
func ParseSignature(armored []byte) (*Signature, error) {
	if len(armored) > maxSignatureSize {
		return nil, malformed("signature of %d bytes, at most %d are read", len(armored), maxSignatureSize)
	}
	b, rest, err := readBlock(armored)
	if err != nil {
		return nil, &MalformedError{err}
	}
	if b.kind == "PGP MESSAGE" {
		return nil, unsupported("the signature is inside an OpenPGP message, not detached")
	}
	if b.kind != "PGP SIGNATURE" {
		return nil, malformed("armor of a %q, not of a signature", b.kind)
	}
	if len(bytes.TrimSpace(rest)) != 0 {
		return nil, malformed("bytes behind the signature's armor")
	}
	sig, err := readSignature(b.body)
	if err != nil {
		return nil, err
	}
	s := &Signature{sig}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// readSignature reads the one packet that an armor holds.
func readSignature(packets []byte) (sig *packet.Signature, err error) {
	defer contain(&err)
	body := bytes.NewReader(packets)
	p, err := packet.Read(body)
	if err != nil {
		return nil, packetError(err)
	}
	sig, ok := p.(*packet.Signature)
	switch {
	case !ok:
		return nil, malformed("armor does not hold a signature packet")
	case body.Len() != 0:
		return nil, malformed("more than one packet, or bytes behind the signature, in its armor")
	case sig.IssuerKeyId == nil:
		return nil, unsupported("the signature does not say which key made it")
	}
	return sig, nil
}

// packetError tells what the library does not know from what is broken.
func packetError(err error) error {
	var unknown pgperrors.UnsupportedError
	if errors.As(err, &unknown) {
		return unsupported("the signature is of a form that is not judged here: %v", unknown)
	}
	return malformed("signature packet: %w", err)
}

// weakHashes prove nothing: who knows the algorithm can make two objects with
// one signature, or may soon.
var weakHashes = map[crypto.Hash]string{crypto.MD5: "MD5", crypto.SHA1: "SHA-1", crypto.RIPEMD160: "RIPEMD-160"}

func (s *Signature) check() error {
	sig := s.packet
	if name, weak := weakHashes[sig.Hash]; weak {
		return unsupported("the signature is over %s, which is too weak to prove anything", name)
	}
	switch {
	case sig.Version != 4 && sig.Version != 6:
		return unsupported("a signature of version %d", sig.Version)
	case sig.PubKeyAlgo == packet.PubKeyAlgoDSA:
		return unsupported("the signature is by DSA, which is too weak to prove anything")
	case sig.SigType != packet.SigTypeBinary:
		return unsupported("the signature is of type %#02x, not over bytes as they are", uint8(sig.SigType))
	case sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0:
		return unsupported("the signature limits its own validity, to %d seconds", *sig.SigLifetimeSecs)
	}
	for _, n := range sig.Notations {
		if n.IsCritical {
			return unsupported("the signature has a critical notation that is not known here: %.80q", n.Name)
		}
	}
	return nil
}

// CreationTime is when the signature says that it was made, in UTC. Whoever
// holds the key writes there what he likes.
func (s *Signature) CreationTime() time.Time { return s.packet.CreationTime.UTC() }

// Issuer is the fingerprint, in upper-case hexadecimal, of the key that the
// signature says made it, or the key id where it names no fingerprint.
func (s *Signature) Issuer() string {
	if f := s.packet.IssuerFingerprint; len(f) > 0 {
		return fmt.Sprintf("%X", f)
	}
	return fmt.Sprintf("%016X", *s.packet.IssuerKeyId)
}
