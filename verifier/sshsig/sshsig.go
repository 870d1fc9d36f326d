// Package sshsig verifies SSH signatures over commits and tags (PROTOCOL.sshsig
// of OpenSSH) with a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS). It
// uses no agent, no certificates and no clock: an SSH signature holds no time, so
// the caller says at which time a key has to be allowed. Keys and the mathematics
// of plain keys are golang.org/x/crypto/ssh's; signatures by security keys are
// verified here, because that package takes none without a touch.
package sshsig

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Namespace is what signatures over git's objects are made for.
const Namespace = "git"

// Limits on what is read. Each is checked before the work that it bounds.
const (
	// maxSignatureSize bounds an armored signature. RSA of 16384 bits, the
	// longest that ssh-keygen makes, takes 6 KiB.
	maxSignatureSize = 16 << 10
	// maxFileSize bounds a file of allowed signers: ten thousand lines fit.
	maxFileSize = 4 << 20
	// maxSigners bounds its lines.
	maxSigners = 10_000
	// maxLine bounds one of them, and maxName a principal: comparing the two
	// takes time in proportion to both.
	maxLine = 32 << 10
	maxName = 1 << 10
	// maxPatterns bounds the patterns of one list.
	maxPatterns = 100
	// minRSABits is the shortest RSA key whose signatures count (NIST SP
	// 800-131A).
	minRSABits = 2048
)

// ErrSignature is returned when the key in the signature did not make it over
// these bytes.
var ErrSignature = errors.New("signature does not verify")

// UnsupportedError is returned for a signature that cannot be read or that proves
// nothing, for example because its key is too weak.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return e.What }

func unsupported(format string, args ...any) error {
	return &UnsupportedError{fmt.Sprintf(format, args...)}
}

// Signature is one detached signature over bytes.
type Signature struct {
	blob      []byte // the key's, as it is in the signature
	key       ssh.PublicKey
	namespace string
	hash      crypto.Hash
	hashName  string
	signature *ssh.Signature
	security  *securityKeySignature // nil if a plain key made it
	// After is the text after the signature's armor, which nothing signs.
	After []byte
}

// The signature's parts (PROTOCOL.sshsig, sections 2 and 3).
const magic = "SSHSIG"

type wireSignature struct {
	Version       uint32
	PublicKey     string
	Namespace     string
	Reserved      string
	HashAlgorithm string
	Signature     string
}

type wireSigned struct {
	Namespace     string
	Reserved      string
	HashAlgorithm string
	Hash          string
}

var hashes = map[string]crypto.Hash{"sha256": crypto.SHA256, "sha512": crypto.SHA512}

// ParseSignature reads an armored signature as git stores it. The error is an
// *UnsupportedError: the signature cannot be read, or is of a form that proves
// nothing: by a key that is too weak, with a certificate, with hash functions or
// versions that are not known.
func ParseSignature(armored []byte) (*Signature, error) {
	if len(armored) > maxSignatureSize {
		return nil, unsupported("the signature has %d bytes; at most %d are read", len(armored), maxSignatureSize)
	}
	blob, after, err := unarmor(armored)
	if err != nil {
		return nil, unsupported("armor: %v", err)
	}
	s := &Signature{After: after}
	if err := s.parse(blob); err != nil {
		return nil, unsupported("%v", err)
	}
	return s, nil
}

func (s *Signature) parse(blob []byte) error {
	rest, ok := bytes.CutPrefix(blob, []byte(magic))
	var w wireSignature
	if !ok || ssh.Unmarshal(rest, &w) != nil {
		return errors.New("the armor does not contain an SSH signature")
	}
	switch {
	case w.Version != 1:
		return fmt.Errorf("the signature is of version %d", w.Version)
	case w.Reserved != "":
		return errors.New("the signature has bytes in a field that is reserved and not signed")
	case hashes[w.HashAlgorithm] == 0:
		return fmt.Errorf("the signature is over the hash function %.40q", w.HashAlgorithm)
	}
	key, err := parseKey([]byte(w.PublicKey))
	if err != nil {
		return fmt.Errorf("the signature is by %w", err)
	}
	s.blob, s.key, s.namespace, s.hash, s.hashName = []byte(w.PublicKey), key, w.Namespace, hashes[w.HashAlgorithm], w.HashAlgorithm
	s.signature = new(ssh.Signature)
	if err := ssh.Unmarshal([]byte(w.Signature), s.signature); err != nil {
		return errors.New("the signature's numbers cannot be read")
	}
	if !slices.Contains(signatureFormats[key.Type()], s.signature.Format) {
		return fmt.Errorf("a signature of the form %.80q by a key of the type %q", s.signature.Format, key.Type())
	}
	if err := checkNumbers(s.signature); err != nil {
		return err
	}
	if isSecurityKey(key.Type()) {
		s.security, err = parseSecurityKeySignature(s.blob, s.signature)
		return err
	}
	if len(s.signature.Rest) > 0 {
		return errors.New("the signature has bytes after its numbers")
	}
	return nil
}

// signatureFormats are the forms of signatures that a type of key makes.
// PROTOCOL.sshsig allows RSA with SHA-1 no longer.
var signatureFormats = map[string][]string{
	ssh.KeyAlgoED25519:    {ssh.KeyAlgoED25519},
	ssh.KeyAlgoECDSA256:   {ssh.KeyAlgoECDSA256},
	ssh.KeyAlgoECDSA384:   {ssh.KeyAlgoECDSA384},
	ssh.KeyAlgoECDSA521:   {ssh.KeyAlgoECDSA521},
	ssh.KeyAlgoRSA:        {ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
	ssh.KeyAlgoSKED25519:  {ssh.KeyAlgoSKED25519},
	ssh.KeyAlgoSKECDSA256: {ssh.KeyAlgoSKECDSA256, webauthn},
}

// ecdsaNumbers are the numbers of an ECDSA signature.
type ecdsaNumbers struct{ R, S *big.Int }

// checkNumbers refuses numbers that are not of their form.
func checkNumbers(s *ssh.Signature) error {
	switch s.Format {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519:
		if len(s.Blob) != ed25519.SignatureSize {
			return errors.New("the signature is not of an Ed25519 signature's length")
		}
	case ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256, webauthn:
		if ssh.Unmarshal(s.Blob, new(ecdsaNumbers)) != nil {
			return errors.New("the signature's numbers are not those of an ECDSA signature")
		}
	}
	return nil
}

const (
	armorBegin = "-----BEGIN SSH SIGNATURE-----"
	armorEnd   = "\n-----END SSH SIGNATURE-----"
)

// unarmor reads the armor that text begins with as ssh-keygen does, and returns
// the text after it: white space is allowed anywhere in the base64, which may be
// one long line.
func unarmor(text []byte) (blob, after []byte, err error) {
	text, begins := bytes.CutPrefix(text, []byte(armorBegin))
	line, _, ends := bytes.Cut(text, []byte("\n"))
	if !begins || !ends || len(bytes.TrimRight(line, " \t\r")) > 0 {
		return nil, nil, fmt.Errorf("does not begin with %s", armorBegin)
	}
	encoded, after, ended := bytes.Cut(text[len(line):], []byte(armorEnd))
	if !ended {
		return nil, nil, fmt.Errorf("does not end with %s", strings.TrimSpace(armorEnd))
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\v\f", r) {
			return -1
		}
		return r
	}, string(encoded))
	if blob, err = base64.StdEncoding.Strict().DecodeString(digits); err != nil {
		return nil, nil, err
	}
	return blob, bytes.TrimSpace(after), nil
}

// Verify returns ErrSignature unless the key in the signature made it over
// payload, in the namespace that the signature names.
func (s *Signature) Verify(payload []byte) error {
	h := s.hash.New()
	h.Write(payload)
	signed := append([]byte(magic), ssh.Marshal(wireSigned{Namespace: s.namespace, HashAlgorithm: s.hashName, Hash: string(h.Sum(nil))})...)
	if s.security != nil {
		return s.security.verify(s.key, signed)
	}
	if s.key.Verify(signed, s.signature) != nil {
		return ErrSignature
	}
	return nil
}

// Namespace returns what the signature says that it was made for.
func (s *Signature) Namespace() string { return s.namespace }

// Fingerprint returns that of the key in the signature, as ssh-keygen -l prints
// it: SHA256:….
func (s *Signature) Fingerprint() string { return ssh.FingerprintSHA256(s.key) }

// SecurityKey reports whether a security key (FIDO) made the signature, and
// whether it says that somebody touched it. Both are true only if Verify says so.
func (s *Signature) SecurityKey() (is, touched bool) {
	return s.security != nil, s.security != nil && s.security.flags&flagUserPresent != 0
}

// parseKey reads a public key. It refuses keys whose signatures could be somebody
// else's, certificates, and a spelling that the key would not be written in again.
func parseKey(blob []byte) (ssh.PublicKey, error) {
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		var name struct {
			Type string
			Rest []byte `ssh:"rest"`
		}
		if ssh.Unmarshal(blob, &name) == nil && signatureFormats[name.Type] == nil {
			return nil, fmt.Errorf("a key of the type %.60q, which is not supported", name.Type)
		}
		return nil, fmt.Errorf("a key that cannot be read: %w", err)
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, errors.New("a key with a certificate; certificates are not supported")
	}
	if signatureFormats[key.Type()] == nil {
		return nil, fmt.Errorf("a key of the type %q, which is too weak", key.Type())
	}
	if key.Type() == ssh.KeyAlgoRSA {
		public, ok := key.(ssh.CryptoPublicKey)
		if !ok {
			return nil, errors.New("an RSA key that cannot be read")
		}
		if k, ok := public.CryptoPublicKey().(*rsa.PublicKey); !ok || k.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("an RSA key of less than %d bits, which is too weak", minRSABits)
		}
	}
	if !bytes.Equal(key.Marshal(), blob) {
		return nil, errors.New("a key with bytes that do not belong to it")
	}
	return key, nil
}
