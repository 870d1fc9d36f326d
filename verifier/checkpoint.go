package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// checkpoint is a log's signed statement of its tree (C2SP tlog-checkpoint),
// carried in a signed note (C2SP signed-note).
//
// A note's text is covered by its signature, a signature line by nothing. So
// package cms takes entries alone whose checkpoint has exactly one signature
// line, in one spelling and under the name that the origin gives, and whose
// size and root hash are those of the inclusion proof.
type checkpoint struct {
	text      string // what is signed, with its final newline
	origin    string // the first line of it
	keyHash   uint32
	signature []byte
}

// readCheckpoint takes apart a note in the form that package cms has checked.
func readCheckpoint(note string) (*checkpoint, error) {
	text, line, _ := strings.Cut(note, "\n\n")
	origin, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return nil, errors.New("checkpoint has not exactly one signature line")
	}
	value, err := base64.StdEncoding.Strict().DecodeString(fields[2])
	if err != nil || len(value) <= 4 {
		return nil, errors.New("malformed signature line in checkpoint")
	}
	return &checkpoint{text + "\n", origin, binary.BigEndian.Uint32(value), value[4:]}, nil
}

// verify checks that log has signed the checkpoint.
func (c *checkpoint) verify(log *root.TransparencyLog) error {
	name, rekorV1 := c.rekorV1Name()
	if !rekorV1 {
		u, err := url.Parse(log.BaseURL)
		if err != nil || u.Hostname() == "" {
			return &couldNotTell{"the trusted root gives no URL for the log, and so no name that it signs under"}
		}
		if name = u.Hostname(); name != c.origin {
			return fmt.Errorf("checkpoint is of the log %q, not of %q", c.origin, name)
		}
	}
	keyHash, err := noteKeyHash(name, log.PublicKey)
	if err != nil {
		return err
	}
	if c.keyHash != keyHash {
		return errors.New("checkpoint is signed by another key than the log's")
	}
	if !verifyNote(log.PublicKey, []byte(c.text), c.signature) {
		return errors.New("checkpoint's signature does not hold")
	}
	return nil
}

// rekorV1Name returns the host name in an origin of Rekor v1, which has the id
// of the tree beside it. The origin of Rekor v2 is a name alone.
func (c *checkpoint) rekorV1Name() (name string, ok bool) {
	name, _, ok = strings.Cut(c.origin, " - ")
	return name, ok
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
