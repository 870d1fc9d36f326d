// Package tuf brings a Sigstore instance's trusted root from its TUF
// repository (The Update Framework, theupdateframework.github.io/specification)
// and keeps nothing: the caller hands in what was verified last, which is what
// protects against a rollback, and keeps what comes out.
//
// It is for what signs and for what manages trust. Verifying signatures never
// calls it: it reads package store.
//
// Metadata is verified by go-tuf, with the client workflow of the
// specification's section 5. Only the targets that the caller names are looked
// at, and only in the top-level role: delegations are not followed, and no name
// out of the metadata becomes the name of a file.
package tuf

import (
	"crypto/sha256"
	"net/http"
	"time"

	sigstore "github.com/sigstore/sigstore-go/pkg/tuf"
)

// PublicGoodMirror is the URL of the public-good instance's TUF repository.
const PublicGoodMirror = sigstore.DefaultMirror

// PublicGoodRoot returns the root.json of the public-good instance that
// sigstore-go carries. It may have expired: newer ones that it vouches for come
// from the mirror.
func PublicGoodRoot() []byte { return sigstore.DefaultRoot() }

// Names of the targets that hold what an instance is (sigstore/root-signing).
const (
	TrustedRoot   = "trusted_root.json"
	SigningConfig = "signing_config.v0.2.json"
)

// Caps on what a mirror may send, each refused before it costs more. The
// figures in the reasons are the public-good instance's.
const (
	// maxRoot bounds a root.json; the largest has 12 kB.
	maxRoot = 256 << 10
	// maxTimestamp bounds timestamp.json, which has 700 bytes and always the
	// same few fields.
	maxTimestamp = 16 << 10
	// maxMetadata bounds snapshot.json and targets.json; the larger has 5 kB.
	maxMetadata = 1 << 20
	// maxTarget bounds the content of a target; a trusted root has 7 kB.
	maxTarget = 1 << 20
	// maxRoots bounds the roots that one update walks through: there were 16
	// in five years.
	maxRoots = 128
	// maxRepository bounds an exported repository: what the others allow
	// together is never needed at once.
	maxRepository = 16 << 20
	// maxRedirects is how often a mirror may send a request to another path.
	maxRedirects = 3

	// maxSends is how often net/http may send one request, each redirect counted:
	// twice to a server whose idle connection has just gone.
	maxSends = maxRedirects + 2
)

// Options say which repository is updated, and by what it is verified.
type Options struct {
	// Mirror is the repository's URL. Metadata is there, targets are below
	// targets/.
	Mirror string
	// Root is the root.json that everything is verified from, however old.
	Root []byte
	// Targets are what is wanted.
	Targets []Target
	// Now is the clock by which metadata expires.
	Now func() time.Time
	// Dir is where a directory for the time of an update may be made: go-tuf
	// works on files.
	Dir string
	// Transport is http.DefaultTransport where it is nil.
	Transport http.RoundTripper
	// Trace, where it is not nil, is told of each request.
	Trace func(Exchange)
	// Warn is told what was ignored.
	Warn func(string)
}

// Target is a file of the repository.
type Target struct {
	Name     string
	Optional bool
	// Check refuses a content that nobody could use: a repository that holds
	// such a one does not replace one that works.
	Check func(content []byte) error
}

// Verified is a repository whose metadata and files were verified.
type Verified struct {
	Repository Repository

	RootVersion, TimestampVersion, SnapshotVersion, TargetsVersion int64
	// Expires is when the first of them does.
	Expires time.Time
}

// RootDigests are the SHA-256 digests of the roots that vouch for the
// repository, each for the next one.
func (v *Verified) RootDigests() [][sha256.Size]byte {
	var digests [][sha256.Size]byte
	for _, root := range v.Repository.Roots {
		digests = append(digests, sha256.Sum256(root))
	}
	return digests
}

// Exchange is one request to the mirror and how it ended.
type Exchange struct {
	URL      string
	Status   int // 0 when there was no answer
	Duration time.Duration
	Err      error
}
