// Package sshsig checks SSH signatures over commits and tags (PROTOCOL.sshsig
// of OpenSSH) by a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS). It
// knows no agent, no certificate authority and no clock: an SSH signature holds
// no time at all, so that whoever asks says at which time a key has to be
// allowed. The signature itself is read by a library; the file is read here.
package sshsig

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Namespace is what signatures over git's objects are made for.
const Namespace = "git"

// Limits on what is read, each refused before the work it would cause.
const (
	// maxSignatureSize bounds an armored signature. RSA of 16384 bits, the
	// longest that ssh-keygen makes, takes 6 KiB.
	maxSignatureSize = 16 << 10
	// maxFileSize bounds a file of allowed signers: ten thousand lines fit.
	maxFileSize = 4 << 20
	// maxSigners bounds its lines, each of which is compared with each
	// signature.
	maxSigners = 10_000
	// maxLine bounds one of them, and maxName a principal: what compares the two
	// takes time in proportion to both.
	maxLine = 32 << 10
	maxName = 1 << 10
	// maxPatterns bounds the patterns of one list.
	maxPatterns = 100
	// minRSABits is the shortest RSA key whose signatures count (NIST SP
	// 800-131A).
	minRSABits = 2048
)

// ErrSignature: the signature is not by that key over those bytes.
var ErrSignature = errors.New("signature does not verify")

// MalformedError says that something is not what it says it is.
type MalformedError struct{ Err error }

func (e *MalformedError) Error() string { return e.Err.Error() }
func (e *MalformedError) Unwrap() error { return e.Err }

// UnsupportedError says that a signature is well-formed and of a form that
// proves nothing here: too weak, or not known.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return e.What }

func malformed(format string, args ...any) error {
	return &MalformedError{fmt.Errorf(format, args...)}
}

// Signature is one signature, with the public key that it says made it.
type Signature struct {
	parsed *sshsig.Signature
}

const (
	armorBegin = "-----BEGIN SSH SIGNATURE-----"
	armorEnd   = "-----END SSH SIGNATURE-----"
)

// ParseSignature reads an armored signature as git stores it. Anything but
// white space behind the armor, fields that the specification reserves, and
// bytes that do not read back the same are a *MalformedError; keys that prove
// nothing, which are DSA, RSA of less than 2048 bits and certificates, an
// *UnsupportedError.
func ParseSignature(armored []byte) (*Signature, error) {
	if len(armored) > maxSignatureSize {
		return nil, malformed("signature of %d bytes, at most %d are read", len(armored), maxSignatureSize)
	}
	blob, err := unarmor(string(armored))
	if err != nil {
		return nil, err
	}
	parsed, err := sshsig.ParseSignature(blob)
	if err != nil {
		return nil, malformed("%w", err)
	}
	if err := checkKey(parsed.PublicKey); err != nil {
		return nil, &UnsupportedError{"the signature is by " + err.Error()}
	}
	if !bytes.Equal(parsed.Marshal(), blob) {
		return nil, malformed("signature has bytes in fields that have to be empty")
	}
	return &Signature{parsed}, nil
}

// unarmor takes the armor off. The library's way looks for the armor anywhere,
// and passes over what follows it.
func unarmor(armored string) ([]byte, error) {
	text, ok := strings.CutPrefix(strings.ReplaceAll(strings.TrimSpace(armored), "\r\n", "\n"), armorBegin+"\n")
	text, ended := strings.CutSuffix(text, "\n"+armorEnd)
	if !ok || !ended {
		return nil, malformed("armor: does not begin with %s and end with %s", armorBegin, armorEnd)
	}
	var encoded strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || len(line) > 76 {
			return nil, malformed("armor: a line that is empty or longer than 76 characters")
		}
		encoded.WriteString(line)
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded.String())
	if err != nil {
		return nil, malformed("armor: %w", err)
	}
	return blob, nil
}

// Verify checks the mathematics: ErrSignature unless the key in the signature
// made it over payload, in the namespace that the signature names.
func (s *Signature) Verify(payload []byte) error {
	err := sshsig.Verify(bytes.NewReader(payload), s.parsed, s.parsed.PublicKey, s.parsed.HashAlgorithm, s.parsed.Namespace)
	if err != nil {
		return ErrSignature
	}
	return nil
}

// Namespace is what the signature says that it was made for.
func (s *Signature) Namespace() string { return s.parsed.Namespace }

// Fingerprint is that of the key in the signature, as ssh-keygen -l prints it:
// SHA256:….
func (s *Signature) Fingerprint() string { return ssh.FingerprintSHA256(s.parsed.PublicKey) }

// checkKey refuses keys whose signatures could be somebody else's, and those
// that speak for others.
func checkKey(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return nil
	case ssh.KeyAlgoRSA:
		public, ok := key.(ssh.CryptoPublicKey)
		if !ok {
			return errors.New("an RSA key that cannot be read")
		}
		if k, ok := public.CryptoPublicKey().(*rsa.PublicKey); !ok || k.N.BitLen() < minRSABits {
			return fmt.Errorf("an RSA key of less than %d bits, which is too weak", minRSABits)
		}
		return nil
	}
	return fmt.Errorf("a key of the type %q, which is too weak, or no plain key", key.Type())
}
