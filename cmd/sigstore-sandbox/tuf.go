package main

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// tufLifetime is how long the repository's metadata is valid. The sandbox renews all but the root at each start.
const tufLifetime = 365 * 24 * time.Hour

// tufTargets maps target paths, which sigstore-go looks for by these names, to files of the state directory.
var tufTargets = map[string]string{
	"trusted_root.json":        "trusted_root.json",
	"signing_config.v0.2.json": "signing_config.json",
	"signing_config.v2.json":   "signing_config.v2.json",
}

// tufRepository writes a TUF repository with consistent snapshots. One key signs for all roles: that separates
// nothing, and there is nothing here to separate.
type tufRepository struct {
	dir    *stateDir
	key    *metadata.Key
	signer signature.Signer
}

// startTUF publishes the trusted root and the signing configs in a TUF repository, and writes its root for clients.
func (s *sandbox) startTUF() error {
	private, err := s.keys.signer("tuf", generateEd25519)
	if err != nil {
		return err
	}
	repo := tufRepository{dir: s.dir}
	if repo.signer, err = signature.LoadSigner(private, crypto.Hash(0)); err != nil {
		return err
	}
	if repo.key, err = metadata.KeyFromPublicKey(private.Public()); err != nil {
		return err
	}
	if err := repo.publish(time.Now().Add(tufLifetime).UTC().Truncate(time.Second)); err != nil {
		return err
	}
	s.serve(serviceTUF, http.FileServerFS(os.DirFS(s.dir.path("tuf"))))
	return nil
}

// publish writes the metadata for the targets as they are. The root is written once. The others get the number after
// the one that clients may have seen, since a client refuses what does not count up.
func (r tufRepository) publish(expires time.Time) error {
	if err := r.publishRoot(expires.Add(9 * tufLifetime)); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	version, err := r.nextVersion()
	if err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	targets := metadata.Targets(expires)
	targets.Signed.Version = version
	for target, file := range tufTargets {
		if err := r.addTarget(targets, target, file); err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
	}
	if err := publishTUF(r, fmt.Sprintf("%d.targets.json", version), targets); err != nil {
		return fmt.Errorf("targets: %w", err)
	}
	snapshot := metadata.Snapshot(expires)
	snapshot.Signed.Version = version
	snapshot.Signed.Meta["targets.json"] = metadata.MetaFile(version)
	if err := publishTUF(r, fmt.Sprintf("%d.snapshot.json", version), snapshot); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	timestamp := metadata.Timestamp(expires)
	timestamp.Signed.Version = version
	timestamp.Signed.Meta["snapshot.json"] = metadata.MetaFile(version)
	if err := publishTUF(r, "timestamp.json", timestamp); err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	return nil
}

// publishRoot writes the first and only version of the root, unless it is there, and a copy for clients to begin with.
func (r tufRepository) publishRoot(expires time.Time) error {
	const file = "1.root.json"
	data, err := os.ReadFile(r.dir.path("tuf", file))
	if errors.Is(err, fs.ErrNotExist) {
		root := metadata.Root(expires)
		for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
			if err := root.Signed.AddKey(r.key, role); err != nil {
				return err
			}
		}
		if err := publishTUF(r, file, root); err != nil {
			return err
		}
		data, err = os.ReadFile(r.dir.path("tuf", file))
	}
	if err != nil {
		return err
	}
	return r.dir.save("root.json", data, 0o644)
}

// nextVersion is one more than the version of the timestamp that was published last.
func (r tufRepository) nextVersion() (int64, error) {
	path := r.dir.path("tuf", "timestamp.json")
	last, err := metadata.Timestamp().FromFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, damaged(path, err)
	}
	return last.Signed.Version + 1, nil
}

// addTarget copies a file to where a client fetches the target, under its digest, and lists it.
func (r tufRepository) addTarget(targets *metadata.Metadata[metadata.TargetsType], target, file string) error {
	data, err := os.ReadFile(r.dir.path(file))
	if err != nil {
		return err
	}
	info, err := metadata.TargetFile().FromBytes(target, data, "sha256")
	if err != nil {
		return err
	}
	targets.Signed.Targets[target] = info
	return r.dir.save(fmt.Sprintf("tuf/targets/%x.%s", sha256.Sum256(data), target), data, 0o644)
}

// publishTUF signs a role's metadata and writes it.
func publishTUF[T metadata.Roles](r tufRepository, file string, role *metadata.Metadata[T]) error {
	if _, err := role.Sign(r.signer); err != nil {
		return err
	}
	data, err := role.ToBytes(true)
	if err != nil {
		return err
	}
	return r.dir.save("tuf/"+file, data, 0o644)
}
