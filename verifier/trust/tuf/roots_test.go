package tuf_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

// TestExpiredRootLeadsToTheNext: only the newest has to be good (section
// 5.3.10), be the others in the program or fetched.
func TestExpiredRootLeadsToTheNext(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.root, r.expired = 0, metadata.ROOT
	r.publishRoot()
	r.publishRoot()
	r.expired = ""
	r.publishRoot()
	if v := fetch(t, r.options(r.serve()), nil); v.RootVersion != 3 {
		t.Errorf("root %d", v.RootVersion)
	}
}

// TestNewKeysBeginAnew: who stole the keys and counted far ahead keeps nobody
// from what the new ones sign (section 5.3.11).
func TestNewKeysBeginAnew(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.version = 1 << 40
	r.publish()
	o := r.options(r.serve())
	last := fetch(t, o, nil).Repository
	r.rotate()
	r.version = 1
	r.publish()
	if v := fetch(t, o, &last); v.TargetsVersion != 2 {
		t.Errorf("version %d", v.TargetsVersion)
	}
}

// TestThresholdCountsKeys and not the names that they have.
func TestThresholdCountsKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		two  bool // another key, not the first by another name
	}{{"two keys", true}, {"one key with two names", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			second := newKey(t)
			if !tt.two {
				second.signer = r.key.signer
				second.Key = renamed(t, r.key)
			}
			root := metadata.Root(today.Add(time.Hour))
			for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
				if err := errors.Join(root.Signed.AddKey(r.key.Key, role), root.Signed.AddKey(second.Key, role)); err != nil {
					t.Fatal(err)
				}
			}
			root.Signed.Roles[metadata.TIMESTAMP].Threshold = 2
			r.files["1.root.json"] = sign(t, root, r.key)

			timestamp, err := metadata.Timestamp().FromBytes(r.files["timestamp.json"])
			if err != nil {
				t.Fatal(err)
			}
			var signatures []metadata.Signature
			for i, k := range []key{r.key, second} {
				timestamp.ClearSignatures()
				signature, err := timestamp.Sign(k.signer)
				if err != nil {
					t.Fatal(err)
				}
				signatures = append(signatures, metadata.Signature{KeyID: root.Signed.Roles[metadata.TIMESTAMP].KeyIDs[i], Signature: signature.Signature})
			}
			timestamp.Signatures = signatures
			r.files["timestamp.json"] = sign(t, timestamp)
			_, err = tuf.Fetch(t.Context(), r.options(r.serve()), nil)
			if tt.two && err != nil {
				t.Error(err)
			}
			if refused := (*tuf.Error)(nil); !tt.two && (!errors.As(err, &refused) || refused.Kind != tuf.WronglySigned || !strings.Contains(err.Error(), "got 1, want 2")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// renamed is the same key by another name.
func renamed(t *testing.T, k key) *metadata.Key {
	public, err := k.signer.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	same, err := metadata.KeyFromPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	same.UnrecognizedFields = map[string]any{"another": "name"}
	return same
}

// TestForbiddenRootIsNone: who may not list a bucket is told 403 of what is not
// in it.
func TestForbiddenRootIsNone(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.missing = http.StatusForbidden
	r.rotate()
	r.publish()
	if v := fetch(t, r.options(r.serve()), nil); v.RootVersion != 2 {
		t.Errorf("root %d", v.RootVersion)
	}
}

// TestRootsFitWhatIsKept: however many there are, the next update reads what the
// last one returned.
func TestRootsFitWhatIsKept(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for range 130 {
		r.publishRoot()
	}
	o := r.options(r.serve())
	first := fetch(t, o, nil)
	last, err := tuf.ParseRepository(marshal(t, first))
	if err != nil {
		t.Fatal(err)
	}
	if again := fetch(t, o, last); again.RootVersion != first.RootVersion {
		t.Errorf("root %d, then %d", first.RootVersion, again.RootVersion)
	}
}
