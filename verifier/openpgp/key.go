package openpgp

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// ErrSignature: the signature is not by that key over those bytes.
var ErrSignature = errors.New("signature does not verify")

// ErrRevoked: the key, or the subkey that signed, is revoked by its own file:
// for good where it says that it was compromised or does not say why, else from
// the revocation on.
var ErrRevoked = errors.New("key is revoked")

// ErrNotValid: the key is not one that may sign at that time: not made yet,
// expired, or not made for signing.
var ErrNotValid = errors.New("key is not valid for signing at that time")

// Key is a public key with its subkeys. It is not changed once it is read, and
// safe for parallel use.
type Key struct {
	entity *pgp.Entity
}

// strength is what a key has to have; what the key's own signatures are over
// counts less, because the key's file is what is trusted.
var strength = &packet.Config{
	MinRSABits: minRSABits,
	RejectPublicKeyAlgorithms: map[packet.PublicKeyAlgorithm]bool{
		packet.PubKeyAlgoElGamal: true, packet.PubKeyAlgoDSA: true,
	},
	RejectCurves: map[packet.Curve]bool{packet.CurveSecP256k1: true},
}

// Fingerprint is that of the primary key, in upper-case hexadecimal.
func (k *Key) Fingerprint() string { return fmt.Sprintf("%X", k.entity.PrimaryKey.Fingerprint) }

// Made says whether the signature names this key, or one of its subkeys, as the
// one that made it. Whether that is so, Verify tells.
func (k *Key) Made(s *Signature) bool { return len(k.named(s)) > 0 }

// named are the keys of k that the signature names.
func (k *Key) named(s *Signature) []*packet.PublicKey {
	var keys []*packet.PublicKey
	if s.packet.CheckKeyIdOrFingerprint(k.entity.PrimaryKey) {
		keys = append(keys, k.entity.PrimaryKey)
	}
	for i := range k.entity.Subkeys {
		if pk := k.entity.Subkeys[i].PublicKey; s.packet.CheckKeyIdOrFingerprint(pk) {
			keys = append(keys, pk)
		}
	}
	return keys
}

// Signer is the key, of a Key and its subkeys, that made a signature.
type Signer struct {
	key    *Key
	public *packet.PublicKey
}

// Verify checks the mathematics: ErrSignature unless one of the keys that the
// signature names, of those that k holds, made it over payload. Whether the one
// that did may sign, its CheckTime tells.
func (k *Key) Verify(s *Signature, payload []byte) (signer Signer, err error) {
	defer func() {
		if recover() != nil { // the library's, on numbers of odd sizes
			signer, err = Signer{}, ErrSignature
		}
	}()
	for _, pk := range k.named(s) {
		h, err := s.packet.PrepareVerify()
		if err != nil {
			return Signer{}, malformed("%w", err)
		}
		h.Write(payload)
		if pk.VerifySignature(h, s.packet) == nil {
			return Signer{k, pk}, nil
		}
	}
	return Signer{}, ErrSignature
}

// Fingerprint is that of the key or subkey that signed, in upper-case
// hexadecimal.
func (s Signer) Fingerprint() string { return fmt.Sprintf("%X", s.public.Fingerprint) }

// CheckTime says whether the key could sign at a time: ErrRevoked, ErrNotValid,
// or nil. The signature's own time is a claim of whoever holds the key.
func (s Signer) CheckTime(at time.Time) error {
	self, err := s.key.checkPrimary(at)
	if err != nil {
		return err
	}
	e := s.key.entity
	if s.public == e.PrimaryKey {
		return checkSigning("key", self)
	}
	i := slices.IndexFunc(e.Subkeys, func(sub pgp.Subkey) bool { return sub.PublicKey == s.public })
	if err := checkStrength(s.public); err != nil {
		return fmt.Errorf("%w: the subkey is %w", ErrNotValid, err)
	}
	sub := &e.Subkeys[i]
	binding, err := sub.LatestValidBindingSignature(notBefore(at, sub.Bindings), strength)
	switch {
	case err != nil:
		return fmt.Errorf("%w: the subkey does not belong to the key", ErrNotValid)
	case sub.Revoked(binding, at):
		return fmt.Errorf("%w: the subkey is", ErrRevoked)
	case sub.PublicKey.KeyExpired(binding, at):
		return fmt.Errorf("%w: the subkey had expired, or was not made yet", ErrNotValid)
	}
	return checkSigning("subkey", binding)
}

// checkPrimary says whether the primary key is valid at a time, and returns
// what it then says about itself. The library has such a function, which
// chooses by chance between names of the same age.
func (k *Key) checkPrimary(at time.Time) (*packet.Signature, error) {
	e := k.entity
	if e.Revoked(at) {
		return nil, ErrRevoked
	}
	direct, _ := e.LatestValidDirectSignature(notBefore(at, e.DirectSignatures), strength)
	self := direct
	if e.PrimaryKey.Version < 6 {
		if ids := k.userIDs(at); len(ids) > 0 {
			self = ids[0].self
		} else {
			self = nil
		}
	}
	if self == nil {
		return nil, fmt.Errorf("%w: the key does not vouch for itself then", ErrNotValid)
	}
	for _, s := range []*packet.Signature{self, direct} {
		if s != nil && e.PrimaryKey.KeyExpired(s, at) {
			return nil, fmt.Errorf("%w: the key had expired, or was not made yet", ErrNotValid)
		}
	}
	return self, nil
}

func checkSigning(what string, self *packet.Signature) error {
	if !self.FlagsValid || !self.FlagSign {
		return fmt.Errorf("%w: the %s is not one for signing", ErrNotValid, what)
	}
	return nil
}

// notBefore is the moment by whose signatures a key speaks for itself at a time:
// that time or, where all of them are younger, the first one's. GnuPG puts the
// signature with a new expiry in the place of the one before it, so that nothing
// is left of what the key said of itself when it signed.
func notBefore(at time.Time, sigs ...[]*packet.VerifiableSignature) time.Time {
	var first time.Time
	for _, s := range slices.Concat(sigs...) {
		if created := s.Packet.CreationTime; *s.Valid && (first.IsZero() || created.Before(first)) {
			first = created
		}
	}
	if at.Before(first) {
		return first
	}
	return at
}

// userID is a name with the signature by which the key gives it to itself.
type userID struct {
	name string
	self *packet.Signature
}

func (u userID) primary() bool { return u.self.IsPrimaryId != nil && *u.self.IsPrimaryId }

// userIDs are the names that hold at a time: those marked as primary first,
// then the newest, then by their letters.
func (k *Key) userIDs(at time.Time) []userID {
	var certifications [][]*packet.VerifiableSignature
	for _, id := range k.entity.Identities {
		certifications = append(certifications, id.SelfCertifications)
	}
	at = notBefore(at, certifications...)
	var ids []userID
	for name, id := range k.entity.Identities {
		if self, err := id.Verify(at, strength); err == nil {
			ids = append(ids, userID{name, self})
		}
	}
	slices.SortFunc(ids, func(a, b userID) int {
		switch {
		case a.primary() != b.primary() && a.primary():
			return -1
		case a.primary() != b.primary():
			return 1
		}
		return cmp.Or(b.self.CreationTime.Compare(a.self.CreationTime), strings.Compare(a.name, b.name))
	})
	return ids
}

// UserIDs are the names that the key gives itself at a time, the primary one
// first. They are as they stand in the file: escape them before they meet a
// terminal.
func (k *Key) UserIDs(at time.Time) []string {
	var names []string
	for _, id := range k.userIDs(at) {
		names = append(names, id.name)
	}
	return names
}

// Address is the e-mail address of a user id, "Ana <ana@example.com>" or the
// bare address, empty where it has none that every reader would read.
func Address(userID string) string {
	address := userID
	if open := strings.IndexByte(userID, '<'); open >= 0 {
		inside, ok := strings.CutSuffix(userID[open+1:], ">")
		if !ok || strings.ContainsAny(inside, "<>") {
			return ""
		}
		address = inside
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return ""
	}
	return address
}
