package main

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"
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

// tufKey signs for all roles: that separates nothing, and there is nothing here to separate.
type tufKey struct {
	*metadata.Key
	signer signature.Signer
}

// tufRepository writes a TUF repository with consistent snapshots.
type tufRepository struct {
	dir  *stateDir
	keys keyring

	mu      sync.Mutex // held while metadata is written
	key     tufKey
	root    int64 // the version of the newest root
	version int64 // the highest of the other metadata, which counts up together
}

// startTUF publishes the trusted root and the signing configs in a TUF repository, and writes its root for clients.
func (s *sandbox) startTUF() error {
	repo, err := openTUF(s.dir, s.keys)
	if err != nil {
		return err
	}
	if err := repo.publish(tufIssue{lifetime: tufLifetime}); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(os.DirFS(s.dir.path("tuf"))))
	mux.HandleFunc("POST /issue", repo.issue)
	s.serve(serviceTUF, mux)
	return nil
}

// openTUF finds where the repository in the state directory stands, and begins one where there is none.
func openTUF(dir *stateDir, keys keyring) (*tufRepository, error) {
	r := &tufRepository{dir: dir, keys: keys}
	for fileExists(dir.path("tuf", rootFile(r.root+1))) {
		r.root++
	}
	last, err := metadata.Timestamp().FromFile(dir.path("tuf", "timestamp.json"))
	switch {
	case err == nil:
		r.version = last.Signed.Version
	case !errors.Is(err, fs.ErrNotExist):
		return nil, damaged(dir.path("tuf", "timestamp.json"), err)
	}
	if r.key, err = r.loadKey(max(r.root, 1)); err != nil {
		return nil, err
	}
	if r.root > 0 {
		return r, nil
	}
	if err := r.publishRoot(r.key); err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	data, err := os.ReadFile(dir.path("tuf", rootFile(1)))
	if err != nil {
		return nil, err
	}
	return r, dir.save("root.json", data, 0o644) // for clients to begin with
}

func rootFile(version int64) string { return fmt.Sprintf("%d.root.json", version) }

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// loadKey is the key that a version of the root names.
func (r *tufRepository) loadKey(root int64) (key tufKey, err error) {
	name := "tuf"
	if root > 1 {
		name = fmt.Sprintf("tuf-%d", root)
	}
	private, err := r.keys.signer(name, generateEd25519)
	if err != nil {
		return key, err
	}
	if key.signer, err = signature.LoadSigner(private, crypto.Hash(0)); err != nil {
		return key, err
	}
	key.Key, err = metadata.KeyFromPublicKey(private.Public())
	return key, err
}

// publishRoot writes the next version of the root, which names key and is signed by it and by others.
func (r *tufRepository) publishRoot(key tufKey, others ...tufKey) error {
	root := metadata.Root(time.Now().Add(10 * tufLifetime).UTC().Truncate(time.Second))
	root.Signed.Version = r.root + 1
	for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
		if err := root.Signed.AddKey(key.Key, role); err != nil {
			return err
		}
	}
	if err := publishTUF(r, rootFile(r.root+1), root, append(others, key)...); err != nil {
		return err
	}
	r.root++
	return nil
}

// publish writes the metadata for the targets as they are. It gets the number after the one that clients may have
// seen, since a client refuses what does not count up.
func (r *tufRepository) publish(i tufIssue) error {
	version := i.version
	if version == 0 {
		version = r.version + 1
	}
	long := time.Now().Add(tufLifetime).UTC().Truncate(time.Second)
	targets := metadata.Targets(long)
	targets.Signed.Version = version
	for target, file := range tufTargets {
		if target == i.without {
			continue
		}
		if err := r.addTarget(targets, target, file); err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
	}
	for _, target := range i.targets {
		info, err := metadata.TargetFile().FromBytes(target, []byte(target), "sha256")
		if err != nil {
			return fmt.Errorf("target %q: %w", target, err)
		}
		targets.Signed.Targets[target] = info
	}
	if err := publishTUF(r, fmt.Sprintf("%d.targets.json", version), targets, r.key); err != nil {
		return fmt.Errorf("targets: %w", err)
	}
	snapshot := metadata.Snapshot(long)
	snapshot.Signed.Version = version
	snapshot.Signed.Meta["targets.json"] = metadata.MetaFile(version)
	if err := publishTUF(r, fmt.Sprintf("%d.snapshot.json", version), snapshot, r.key); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	timestamp := metadata.Timestamp(time.Now().Add(i.lifetime).UTC().Truncate(time.Second))
	timestamp.Signed.Version = version
	timestamp.Signed.Meta["snapshot.json"] = metadata.MetaFile(version)
	key := r.key
	if i.key != nil {
		key = *i.key
	}
	if err := publishTUF(r, "timestamp.json", timestamp, key); err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	r.version = max(r.version, version)
	return nil
}

// addTarget copies a file to where a client fetches the target, under its digest, and lists it.
func (r *tufRepository) addTarget(targets *metadata.Metadata[metadata.TargetsType], target, file string) error {
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
func publishTUF[T metadata.Roles](r *tufRepository, file string, role *metadata.Metadata[T], keys ...tufKey) error {
	for _, key := range keys {
		if _, err := role.Sign(key.signer); err != nil {
			return err
		}
	}
	data, err := role.ToBytes(true)
	if err != nil {
		return err
	}
	return r.dir.save("tuf/"+file, data, 0o644)
}
