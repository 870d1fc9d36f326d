package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/git-seal/git-seal/cms"
)

// checkCheckpoint checks that log has signed its checkpoint: under the name that
// it may use there is a signature line by its key, and each such line verifies.
// Other lines are by keys that a trusted root does not have, those of witnesses.
// They are not judged; cosigners lists them.
func checkCheckpoint(c *cms.Checkpoint, log *root.TransparencyLog) error {
	if !c.RekorV1 {
		u, err := url.Parse(log.BaseURL)
		if err != nil || u.Hostname() == "" {
			return &couldNotTell{"the trusted root gives no URL for the log, and so no name that it signs under"}
		}
		if name := u.Hostname(); name != c.Name {
			return fmt.Errorf("checkpoint is of the log %q, not of %q", c.Name, name)
		}
	}
	keyHash, err := noteKeyHash(c.Name, log.PublicKey)
	if err != nil {
		return err
	}
	signed := false
	for _, s := range c.Signatures {
		if s.Name != c.Name || s.KeyHash != keyHash {
			continue
		}
		if !verifyNote(log.PublicKey, []byte(c.Text), s.Signature) {
			return errors.New("checkpoint's signature does not verify")
		}
		signed = true
	}
	if !signed {
		return errors.New("checkpoint is not signed by the log's key")
	}
	return nil
}

// cosigners returns the signature lines of a checkpoint that are not the log's
// own; log is nil where the trusted root does not know it.
func cosigners(c *cms.Checkpoint, log *root.TransparencyLog) []Cosigner {
	var others []Cosigner
	for _, s := range c.Signatures {
		own := s.Name == c.Name
		if own && log != nil {
			keyHash, err := noteKeyHash(c.Name, log.PublicKey)
			own = err != nil || s.KeyHash == keyHash
		}
		if !own {
			others = append(others, Cosigner{Name: s.Name, KeyHash: fmt.Sprintf("%08x", s.KeyHash)})
		}
	}
	return others
}

// noteKeyHash returns the key hash of a signature line (C2SP signed-note,
// section "Signatures"); ECDSA keys have the hash of the key alone there.
func noteKeyHash(name string, key crypto.PublicKey) (uint32, error) {
	var sum [sha256.Size]byte
	switch key := key.(type) {
	case ed25519.PublicKey:
		sum = sha256.Sum256(append([]byte(name+"\n\x01"), key...))
	case *ecdsa.PublicKey, *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return 0, &couldNotTell{"log's key: " + err.Error()}
		}
		if _, ok := key.(*rsa.PublicKey); ok {
			der = append([]byte(name+"\n\xffPKIX-RSA-PKCS#1v1.5"), der...)
		}
		sum = sha256.Sum256(der)
	default:
		return 0, &couldNotTell{fmt.Sprintf("log's key is of a kind not known here: %T", key)}
	}
	return binary.BigEndian.Uint32(sum[:]), nil
}

// verifyNote checks a signature of a log over message: Ed25519, ECDSA with
// the hash of the curve's size, or RSA PKCS #1 v1.5 with SHA-256, as
// sigstore-go's root.TransparencyLog.SignatureHashFunc.
func verifyNote(key crypto.PublicKey, message, signature []byte) bool {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, signature)
	case *ecdsa.PublicKey:
		var digest []byte
		switch size := key.Curve.Params().BitSize; {
		case size <= 256:
			sum := sha256.Sum256(message)
			digest = sum[:]
		case size <= 384:
			sum := sha512.Sum384(message)
			digest = sum[:]
		default:
			sum := sha512.Sum512(message)
			digest = sum[:]
		}
		return ecdsa.VerifyASN1(key, digest, signature)
	case *rsa.PublicKey:
		sum := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}
