package cms

// Limits on bytes from outside, each refused before work is done on what
// exceeds it. docs/format.md §6 lists the same numbers.
const (
	// MaxArmored bounds a signature as git stores it, in bytes. Ours have 2 to
	// 5 KB; git hands over whatever a stranger pushed.
	MaxArmored = 1 << 20

	// maxDER is what MaxArmored can hold.
	maxDER = MaxArmored / 4 * 3

	// maxDepth bounds the nesting of ASN.1 values; a timestamp token nests to 17.
	maxDepth = 32

	// maxCertificates bounds the certificates in one SignedData; a chain has 3.
	maxCertificates = 16

	// maxCertificate bounds one certificate in bytes; Fulcio's have about 800.
	maxCertificate = 1 << 16

	// maxAttributes bounds one set of attributes; the 2023 prototype has 9.
	maxAttributes = 32

	// maxSignature bounds a signature value in bytes: RSA with 8192 bits.
	maxSignature = 1024

	// maxModulus bounds an RSA modulus in bits: the cost of a verification grows
	// with its square.
	maxModulus = 8192

	// maxLogEntry bounds a log entry in bytes; the largest seen has 1,200.
	maxLogEntry = 1 << 16

	// maxHashes bounds an inclusion proof: a tree has fewer than 2^63 leaves.
	maxHashes = 64

	// maxIntegratedTime bounds a log's time in seconds since 1970: the end of the
	// year 9999, behind which RFC 3339 and JSON write no time.
	maxIntegratedTime = 253402300799

	// maxNoteSignatures bounds the signature lines of a checkpoint: the
	// public-good log has three witnesses.
	maxNoteSignatures = 16

	// maxCheckpoint bounds a checkpoint in bytes: as many lines by ML-DSA-44, the
	// longest signatures that witnesses make, have 53,000.
	maxCheckpoint = 56 << 10

	// maxToken bounds a timestamp token in bytes; with a long chain it has 6,000.
	maxToken = 1 << 16
)
