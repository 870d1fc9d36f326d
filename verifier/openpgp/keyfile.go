package openpgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// ParseKeys reads a file of public keys as gpg --export writes it, armored or
// not, at least one. A key that could never count is an error, not passed over:
// DSA, RSA of less than 2048 bits, the curve secp256k1, no name that the key
// gives itself. So is a private key, which belongs into no policy.
func ParseKeys(file []byte) ([]*Key, error) {
	if len(file) > maxKeyFileSize {
		return nil, fmt.Errorf("%d bytes, at most %d are read (gpg --export-options export-minimal writes less)", len(file), maxKeyFileSize)
	}
	packets, err := keyPackets(file)
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(packets)
	if err != nil {
		return nil, err
	}
	return keys, nil
}

func readKeys(packets []byte) (keys []*Key, err error) {
	defer contain(&err)
	reader := packet.NewReader(bytes.NewReader(packets))
	for {
		entity, err := pgp.ReadEntity(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, err)
		}
		if len(keys) == maxKeys {
			return nil, fmt.Errorf("more than %d keys", maxKeys)
		}
		k, err := newKey(entity)
		if err != nil {
			return nil, fmt.Errorf("key %X: %w", entity.PrimaryKey.Fingerprint, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key")
	}
	return keys, nil
}

// keyPackets takes off the armor: a file may hold several pieces of it, one
// behind the other.
func keyPackets(file []byte) ([]byte, error) {
	if len(file) > 0 && file[0]&0x80 != 0 {
		return file, nil // every packet's first bit is set, and no letter's
	}
	var packets []byte
	for rest := bytes.TrimSpace(file); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		b, behind, err := readBlock(rest)
		switch {
		case err != nil:
			return nil, err
		case b.kind == pgp.PrivateKeyType:
			return nil, errPrivate
		case b.kind != pgp.PublicKeyType:
			return nil, fmt.Errorf("armor of a %q, not of a public key", b.kind)
		}
		packets, rest = append(packets, b.body...), behind
	}
	return packets, nil
}

var errPrivate = errors.New("a private key: take it out of the policy, and treat it as known to others")

// newKey holds a key to what is accepted, and checks each signature that it
// carries about itself, so that nothing changes in it later.
func newKey(e *pgp.Entity) (*Key, error) {
	if e.PrivateKey != nil {
		return nil, errPrivate
	}
	if err := checkStrength(e.PrimaryKey); err != nil {
		return nil, err
	}
	if err := checkSelfSignatures(e); err != nil {
		return nil, err
	}
	k := &Key{e}
	if _, err := e.PrimarySelfSignature(time.Time{}, strength); err != nil {
		return nil, errors.New("no name that the key gives itself with a signature that holds")
	}
	return k, nil
}

// checkStrength refuses keys whose signatures could be somebody else's.
func checkStrength(pk *packet.PublicKey) error {
	if strength.RejectPublicKeyAlgorithm(pk.PubKeyAlgo) {
		return errors.New("an algorithm that is too weak (DSA or ElGamal)")
	}
	switch pk.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		bits, err := pk.BitLength()
		if err != nil || bits < minRSABits {
			return fmt.Errorf("RSA of %d bits, which is too weak; at least %d are needed", bits, minRSABits)
		}
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA:
		curve, err := pk.Curve()
		if err != nil || strength.RejectCurve(curve) {
			return fmt.Errorf("a curve that is not accepted: %s", curve)
		}
	}
	return nil
}

// checkSelfSignatures settles for each signature of a key about itself whether
// it holds. The library would do so when it first needs one, for the time that
// is asked about then: answers would depend on their order, and two at once
// would race.
func checkSelfSignatures(e *pgp.Entity) error {
	count := 0
	settle := func(sigs []*packet.VerifiableSignature, verify func(*packet.Signature) error) {
		for _, s := range sigs {
			if count++; count > maxSelfSignatures {
				return
			}
			valid := verify(s.Packet) == nil && !strength.RejectHashAlgorithm(s.Packet.Hash) && !hasCriticalNotation(s.Packet)
			s.Valid = &valid
		}
	}
	pk := e.PrimaryKey
	settle(e.Revocations, pk.VerifyRevocationSignature)
	settle(e.DirectSignatures, pk.VerifyDirectKeySignature)
	for name, id := range e.Identities {
		certifies := func(s *packet.Signature) error { return pk.VerifyUserIdSignature(name, pk, s) }
		settle(id.SelfCertifications, certifies)
		settle(id.Revocations, certifies)
	}
	for i := range e.Subkeys {
		sub := &e.Subkeys[i]
		settle(sub.Bindings, func(s *packet.Signature) error { return pk.VerifyKeySignature(sub.PublicKey, s) })
		settle(sub.Revocations, func(s *packet.Signature) error { return pk.VerifySubkeyRevocationSignature(s, sub.PublicKey) })
	}
	if count > maxSelfSignatures {
		return fmt.Errorf("more than %d signatures of the key about itself", maxSelfSignatures)
	}
	return nil
}

func hasCriticalNotation(s *packet.Signature) bool {
	for _, n := range s.Notations {
		if n.IsCritical {
			return true
		}
	}
	return false
}
