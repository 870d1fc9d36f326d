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
	"regexp"
	"strconv"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/transparency-dev/merkle/rfc6962"
)

// checkpoint is a log's signed statement of its tree (C2SP tlog-checkpoint,
// carried in a signed note, C2SP signed-note).
//
// A note's text is covered by its signature, but a signature line is not
// covered by anything. So there is exactly one, the log's own, and it has one
// spelling: a reader that passes over other lines lets everybody add some.
type checkpoint struct {
	text   string // what is signed, with its final newline
	origin string
	size   uint64
	hash   []byte

	signer    string // the name on the signature line
	keyHash   uint32
	signature []byte
}

const (
	maxCheckpointSize = 4 << 10 // public ones have 200 to 300 bytes
	maxNoteLines      = 16      // of text: three, and extension lines
	signaturePrefix   = "\u2014 "
)

// errCosigned says that a checkpoint carries more signature lines than the
// log's own: of another form than the one judged here.
var errCosigned = errors.New("checkpoint carries other signatures than the log's own")

// parseCheckpoint reads a checkpoint with exactly one signature line.
func parseCheckpoint(envelope string) (*checkpoint, error) {
	if len(envelope) > maxCheckpointSize {
		return nil, fmt.Errorf("checkpoint has %d bytes, at most %d are read", len(envelope), maxCheckpointSize)
	}
	text, signatures, ok := strings.Cut(envelope, "\n\n")
	if !ok || !strings.HasSuffix(signatures, "\n") {
		return nil, errors.New("malformed checkpoint")
	}
	c := &checkpoint{text: text + "\n"}
	lines := strings.Split(text, "\n")
	if len(lines) < 3 || len(lines) > maxNoteLines {
		return nil, errors.New("malformed checkpoint")
	}
	c.origin = lines[0]
	var err error
	if c.size, err = strconv.ParseUint(lines[1], 10, 63); err != nil || strconv.FormatUint(c.size, 10) != lines[1] {
		return nil, errors.New("malformed size in checkpoint")
	}
	if c.hash, err = decodeBase64(lines[2]); err != nil || len(c.hash) != rfc6962.DefaultHasher.Size() {
		return nil, errors.New("malformed root hash in checkpoint")
	}

	line := strings.TrimSuffix(signatures, "\n")
	if strings.Contains(line, "\n") {
		return nil, errCosigned
	}
	line, ok = strings.CutPrefix(line, signaturePrefix)
	name, encoded, ok2 := strings.Cut(line, " ")
	if !ok || !ok2 {
		return nil, errors.New("malformed signature line in checkpoint")
	}
	value, err := decodeBase64(encoded)
	if err != nil || len(value) <= 4 {
		return nil, errors.New("malformed signature line in checkpoint")
	}
	c.signer, c.keyHash, c.signature = name, binary.BigEndian.Uint32(value), value[4:]
	return c, nil
}

// decodeBase64 is standard base64 with exactly one spelling of each value:
// neither line breaks nor stray bits at the end.
func decodeBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && base64.StdEncoding.EncodeToString(b) != s {
		err = errors.New("not in its canonical spelling")
	}
	return b, err
}

// rekorV1Origin is the origin of a Rekor v1 checkpoint: the host name that
// signs, and the id of the tree (shard).
var rekorV1Origin = regexp.MustCompile(`^([^ +]+) - [0-9]+$`)

// isRekorV1 reports whether the checkpoint is one of Rekor v1's. The kind and
// version beside an entry do not tell: gitsign writes 0.0.1 for both.
func (c *checkpoint) isRekorV1() bool { return rekorV1Origin.MatchString(c.origin) }

// signerName returns the one name that the log may sign under: for Rekor v1
// the host name in the origin; for Rekor v2 the origin itself, which is the
// host name of the URL in the trusted root.
func (c *checkpoint) signerName(log *root.TransparencyLog) (string, error) {
	if m := rekorV1Origin.FindStringSubmatch(c.origin); m != nil {
		return m[1], nil
	}
	u, err := url.Parse(log.BaseURL)
	if err != nil || u.Hostname() == "" {
		return "", &couldNotTell{"the trusted root gives no URL for the log, and so no name that it signs under"}
	}
	if c.origin != u.Hostname() {
		return "", fmt.Errorf("checkpoint is of the log %q, not of %q", c.origin, u.Hostname())
	}
	return c.origin, nil
}

// verify checks that log has signed the checkpoint.
func (c *checkpoint) verify(log *root.TransparencyLog) error {
	name, err := c.signerName(log)
	if err != nil {
		return err
	}
	keyHash, err := noteKeyHash(name, log.PublicKey)
	if err != nil {
		return err
	}
	if c.signer != name || c.keyHash != keyHash {
		return errors.New("checkpoint is signed by another key than the log's")
	}
	if !verifyBytes(log.PublicKey, []byte(c.text), c.signature) {
		return errors.New("checkpoint's signature does not hold")
	}
	return nil
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

// verifyBytes checks a signature of a log over message: Ed25519, ECDSA with
// the hash of the curve's size, or RSA PKCS #1 v1.5 with SHA-256, as
// sigstore-go's root.TransparencyLog.SignatureHashFunc.
func verifyBytes(key crypto.PublicKey, message, signature []byte) bool {
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
