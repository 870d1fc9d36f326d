package tuf_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// today is the time of these tests.
var today = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// key signs a role's metadata.
type key struct {
	*metadata.Key
	signer signature.Signer
}

func newKey(t testing.TB) key {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var k key
	if k.signer, err = signature.LoadSigner(private, crypto.Hash(0)); err != nil {
		t.Fatal(err)
	}
	if k.Key, err = metadata.KeyFromPublicKey(public); err != nil {
		t.Fatal(err)
	}
	return k
}

// repository is a TUF repository in memory, by the paths of its mirror.
type repository struct {
	t       testing.TB
	key     key
	root    int64
	version int64
	expires time.Time
	expired string            // the role whose metadata has expired
	plain   bool              // no consistent snapshots: files have no prefix
	targets map[string]string // content, by name
	files   map[string][]byte
	missing int // the status of what is not in files
}

// newRepository publishes version 1 of a repository with a trusted root and a
// signing config.
func newRepository(t testing.TB) *repository {
	r := &repository{t: t, key: newKey(t), expires: today.Add(7 * 24 * time.Hour), files: make(map[string][]byte), missing: http.StatusNotFound}
	r.targets = map[string]string{tuf.TrustedRoot: "the trusted root", tuf.SigningConfig: "the signing config", "other.json": "not asked for"}
	r.publishRoot()
	r.publish()
	return r
}

// expiry is until when a role's metadata is good.
func (r *repository) expiry(role string, at time.Time) time.Time {
	if role == r.expired {
		return today.Add(-time.Second)
	}
	return at
}

// publishRoot publishes the next root, signed by the key and others.
func (r *repository) publishRoot(others ...key) {
	r.root++
	root := metadata.Root(r.expiry(metadata.ROOT, today.Add(365*24*time.Hour)))
	root.Signed.Version, root.Signed.ConsistentSnapshot = r.root, !r.plain
	for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
		if err := root.Signed.AddKey(r.key.Key, role); err != nil {
			r.t.Fatal(err)
		}
	}
	r.files[fmt.Sprintf("%d.root.json", r.root)] = sign(r.t, root, append(others, r.key)...)
}

// rotate replaces the key: the next root is signed by both.
func (r *repository) rotate() {
	old := r.key
	r.key = newKey(r.t)
	r.publishRoot(old)
}

// publish publishes the next version of everything else.
func (r *repository) publish() {
	r.version++
	targets := metadata.Targets(r.expiry(metadata.TARGETS, r.expires))
	targets.Signed.Version = r.version
	for name, content := range r.targets {
		info, err := metadata.TargetFile().FromBytes(name, []byte(content), "sha256")
		if err != nil {
			r.t.Fatal(err)
		}
		targets.Signed.Targets[name] = info
		r.files["targets/"+r.prefixed(fmt.Sprintf("%x", sha256.Sum256([]byte(content))), name)] = []byte(content)
	}
	r.files[r.prefixed(fmt.Sprint(r.version), "targets.json")] = sign(r.t, targets, r.key)
	r.publishTop(r.version)
}

// publishTop publishes what leads to a version of the targets.
func (r *repository) publishTop(targets int64) {
	snapshot := metadata.Snapshot(r.expiry(metadata.SNAPSHOT, r.expires))
	snapshot.Signed.Version = r.version
	snapshot.Signed.Meta["targets.json"] = metadata.MetaFile(targets)
	r.files[r.prefixed(fmt.Sprint(r.version), "snapshot.json")] = sign(r.t, snapshot, r.key)
	timestamp := metadata.Timestamp(r.expiry(metadata.TIMESTAMP, r.expires))
	timestamp.Signed.Version = r.version
	timestamp.Signed.Meta["snapshot.json"] = metadata.MetaFile(r.version)
	r.files["timestamp.json"] = sign(r.t, timestamp, r.key)
}

// prefixed is the name of a file with its version or digest, where files have
// them (section 6.2).
func (r *repository) prefixed(prefix, name string) string {
	if r.plain {
		return name
	}
	return prefix + "." + name
}

func sign[T metadata.Roles](t testing.TB, m *metadata.Metadata[T], keys ...key) []byte {
	t.Helper()
	for _, k := range keys {
		if _, err := m.Sign(k.signer); err != nil {
			t.Fatal(err)
		}
	}
	text, err := m.ToBytes(true)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// anchor is the first root.
func (r *repository) anchor() []byte { return r.files["1.root.json"] }

// serve is a mirror of what the repository holds at each request.
func (r *repository) serve() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		content, ok := r.files[req.URL.Path[1:]]
		if !ok {
			w.WriteHeader(r.missing)
			return
		}
		_, _ = w.Write(content)
	}))
	r.t.Cleanup(server.Close)
	return server.URL
}

// options are those of a client that trusts the first root.
func (r *repository) options(mirror string) tuf.Options {
	return tuf.Options{
		Mirror:  mirror,
		Root:    r.anchor(),
		Targets: []tuf.Target{{Name: tuf.TrustedRoot}, {Name: tuf.SigningConfig, Optional: true}},
		Now:     func() time.Time { return today },
		Dir:     r.t.TempDir(),
		Warn:    func(w string) { r.t.Errorf("warned: %s", w) },
	}
}

// fetch is tuf.Fetch, of which no error is expected.
func fetch(t testing.TB, o tuf.Options, last *tuf.Repository) *tuf.Verified {
	t.Helper()
	v, err := tuf.Fetch(context.Background(), o, last)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
