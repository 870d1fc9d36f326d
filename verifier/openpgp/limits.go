package openpgp

// Limits on what is read, each refused before the work it would cause.
const (
	// maxSignatureSize bounds an armored signature. RSA of 4096 bits with
	// notations takes about 2 KiB.
	maxSignatureSize = 64 << 10

	// maxKeyFileSize bounds a file of keys. A maintainer's key with hundreds
	// of other people's certifications takes about 200 KiB, and needs none of
	// them here.
	maxKeyFileSize = 1 << 20

	// maxKeys bounds the keys of one file, each of which is compared with each
	// signature.
	maxKeys = 1000

	// maxSelfSignatures bounds what a key says about itself: each of these
	// signatures is checked when the key is read.
	maxSelfSignatures = 1000

	// minRSABits is the shortest RSA key whose signatures count (NIST SP
	// 800-131A).
	minRSABits = 2048
)
