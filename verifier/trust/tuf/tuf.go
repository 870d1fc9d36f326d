// Package tuf fetches a Sigstore instance's trusted root from its TUF repository (The Update
// Framework, theupdateframework.github.io/specification). It stores nothing: the caller
// passes what was verified last, which protects against a rollback, and stores the result.
//
// It is for signing and for managing trust. Verifying signatures never calls it: that reads
// package store.
//
// go-tuf verifies the metadata, with the client workflow of the specification's section 5.
// Only the targets that the caller names are used, and only in the top-level role:
// delegations are not followed, and no name in the metadata becomes a file name.
package tuf

import (
	"crypto/sha256"
	"net/http"
	"time"

	sigstore "github.com/sigstore/sigstore-go/pkg/tuf"
)

// PublicGoodMirror is the URL of the public Sigstore instance's TUF repository.
const PublicGoodMirror = sigstore.DefaultMirror

// PublicGoodRoot returns the public Sigstore instance's root.json in sigstore-go. It may have
// expired: the mirror has newer ones that it vouches for.
func PublicGoodRoot() []byte { return sigstore.DefaultRoot() }

// The names of the targets that describe an instance (sigstore/root-signing).
const (
	TrustedRoot   = "trusted_root.json"
	SigningConfig = "signing_config.v0.2.json"
)

// Limits of what a mirror may send. More is refused before it costs anything. The figures are
// those of the public Sigstore instance.
const (
	// maxRoot limits a root.json; the largest has 12 kB.
	maxRoot = 256 << 10
	// maxTimestamp limits timestamp.json, which has 700 bytes and always the same few fields.
	maxTimestamp = 16 << 10
	// maxMetadata limits snapshot.json and targets.json; the larger has 5 kB.
	maxMetadata = 1 << 20
	// maxTarget limits the content of a target; a trusted root has 7 kB.
	maxTarget = 1 << 20
	// maxRoots limits the roots of one update: there were 16 in five years.
	maxRoots = 128
	// maxRepository limits an exported repository: all the other limits together are never
	// needed at once.
	maxRepository = 16 << 20
	// maxRedirects is how often a mirror may send a request to another path.
	maxRedirects = 3

	// maxSends is how often net/http may send one request, including redirects: twice to a
	// server that has just closed an idle connection.
	maxSends = maxRedirects + 2
)

// Options say which repository to update, and how to verify it.
type Options struct {
	// Mirror is the repository's URL. Metadata is there, targets are under targets/.
	Mirror string
	// Root is the root.json that everything is verified from, however old.
	Root []byte
	// Targets are the targets to get.
	Targets []Target
	// Now is the clock by which metadata expires.
	Now func() time.Time
	// Dir is where an update may create a temporary directory: go-tuf works on files.
	Dir string
	// Transport is http.DefaultTransport if it is nil.
	Transport http.RoundTripper
	// Trace, if not nil, is called after each request.
	Trace func(Exchange)
	// Warn is called with what was ignored.
	Warn func(string)
}

// Target is a file of the repository.
type Target struct {
	Name     string
	Optional bool
	// Check returns an error for a content that cannot be used: a repository with it does
	// not replace one that works.
	Check func(content []byte) error
}

// Verified is a repository whose metadata and files were verified.
type Verified struct {
	Repository Repository

	RootVersion, TimestampVersion, SnapshotVersion, TargetsVersion int64
	// Expires is when the first of them expires.
	Expires time.Time
}

// RootDigests returns the SHA-256 digests of the roots that vouch for the repository, each
// for the next one.
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
	Status   int // 0 if there was no answer
	Duration time.Duration
	Err      error
}
