package openpgp

import (
	"crypto/rsa"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Limits on what is read. Each is checked before the work that it bounds.
const (
	// maxSignatureSize bounds an armored signature. RSA of 4096 bits with
	// notations takes about 2 KiB.
	maxSignatureSize = 64 << 10

	// maxKeyFileSize bounds one file of keys. A maintainer's key with hundreds
	// of certifications by other people takes about 200 KiB, and none of those
	// certifications is needed.
	maxKeyFileSize = 1 << 20

	// maxTotalSize bounds all files of a keyring together.
	maxTotalSize = 64 << 20

	// maxKeys bounds the keys of a keyring.
	maxKeys = 10_000

	// maxParts bounds the names and the subkeys of one key.
	maxParts = 1000

	// maxStrays bounds the revocations of a keyring that are not in their key's
	// block: each is compared with each part of its key.
	maxStrays = 5000

	// maxCompared and maxGuesses bound how often the hash and the mathematics are
	// asked what the misplaced signatures of a key are over.
	maxCompared = 100_000
	maxGuesses  = 100

	// maxWarnings bounds the warnings of a keyring.
	maxWarnings = 1000

	// maxVerifyTime bounds the time, by verifyTime's estimates, that checking
	// the signatures of all keys about themselves takes.
	maxVerifyTime = 10 * time.Second

	// minRSABits and maxRSABits bound RSA keys: shorter ones are too weak (NIST
	// SP 800-131A), longer ones are slow, and no one makes them.
	minRSABits, maxRSABits = 2048, 16384
)

// verifyTime estimates how long verifying one signature by a key takes. The
// curves without code of their own in the library are the slow ones.
func verifyTime(pk *packet.PublicKey) time.Duration {
	if k, ok := pk.PublicKey.(*rsa.PublicKey); ok {
		kilobits := time.Duration(k.N.BitLen()/1024 + 1)
		return 20 * kilobits * kilobits * time.Microsecond
	}
	switch curve, _ := pk.Curve(); curve {
	case packet.Curve25519, packet.CurveNistP256:
		return 100 * time.Microsecond
	case packet.Curve448, packet.CurveNistP384:
		return 700 * time.Microsecond
	case packet.CurveNistP521:
		return 2 * time.Millisecond
	}
	return 20 * time.Millisecond
}
