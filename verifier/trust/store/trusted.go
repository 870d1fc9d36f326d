package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Trusted is what was verified last, as far as verifying and signing need it.
type Trusted struct {
	// Mirror is where it came from.
	Mirror string
	// Roots are the SHA-256 digests of the root.json files that vouched for it, each for the
	// next. It counts for users who trust one of them.
	Roots [][sha256.Size]byte
	// RootVersion and TargetsVersion are the versions of root.json and targets.json. The
	// latter increases with every trusted root.
	RootVersion, TargetsVersion int64
	// Since is when this trusted root was first verified here, Checked is when the
	// repository was last verified, and Expires is when its metadata expires.
	Since, Checked, Expires time.Time
	// TrustedRoot and SigningConfig are the targets, byte for byte; the latter is nil if the
	// repository has none.
	TrustedRoot, SigningConfig []byte
}

// trustedJSON is Trusted on disk, in an envelope.
type trustedJSON struct {
	Mirror         string    `json:"mirror"`
	Roots          []string  `json:"roots"`
	RootVersion    int64     `json:"rootVersion"`
	TargetsVersion int64     `json:"targetsVersion"`
	Since          time.Time `json:"since"`
	Checked        time.Time `json:"checked"`
	Expires        time.Time `json:"expires"`
	TrustedRoot    []byte    `json:"trustedRoot"`
	SigningConfig  []byte    `json:"signingConfig,omitempty"`
}

// VouchedBy reports whether a root.json is one of those that vouch for it.
func (t *Trusted) VouchedBy(root []byte) bool {
	return slices.Contains(t.Roots, sha256.Sum256(root))
}

// Load reads what was verified last. The error is fs.ErrNotExist if nothing was stored, and a
// *DamagedError if it is not what was stored.
func (s Store) Load() (*Trusted, error) {
	text, err := s.read(trustedFile, maxTrusted)
	if err != nil {
		return nil, err
	}
	t, err := parseTrusted(text)
	if err != nil {
		return nil, &DamagedError{s.Path(), err}
	}
	return t, nil
}

func (t *Trusted) marshal() ([]byte, error) {
	f := trustedJSON{
		Mirror: t.Mirror, RootVersion: t.RootVersion, TargetsVersion: t.TargetsVersion,
		Since: t.Since.UTC(), Checked: t.Checked.UTC(), Expires: t.Expires.UTC(),
		TrustedRoot: t.TrustedRoot, SigningConfig: t.SigningConfig,
	}
	for _, r := range t.Roots {
		f.Roots = append(f.Roots, hex.EncodeToString(r[:]))
	}
	content, err := json.Marshal(f)
	return seal(content), err
}

func parseTrusted(text []byte) (*Trusted, error) {
	content, err := unseal(text)
	if err != nil {
		return nil, err
	}
	var f trustedJSON
	if err := unmarshalStrict(content, &f); err != nil {
		return nil, err
	}
	switch {
	case f.RootVersion <= 0 || f.TargetsVersion <= 0:
		return nil, errors.New("a version is below 1")
	case f.Since.IsZero() || f.Checked.IsZero() || f.Expires.IsZero():
		return nil, errors.New("a time is missing")
	case len(f.TrustedRoot) == 0:
		return nil, errors.New("no trusted root")
	case len(f.Roots) == 0 || len(f.Roots) > maxRoots:
		return nil, fmt.Errorf("%d roots, want between 1 and %d", len(f.Roots), maxRoots)
	}
	t := &Trusted{
		Mirror: f.Mirror, RootVersion: f.RootVersion, TargetsVersion: f.TargetsVersion,
		Since: f.Since, Checked: f.Checked, Expires: f.Expires,
		TrustedRoot: f.TrustedRoot, SigningConfig: f.SigningConfig,
	}
	for _, r := range f.Roots {
		sum, err := hex.DecodeString(r)
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("%q is not a digest", r)
		}
		t.Roots = append(t.Roots, [sha256.Size]byte(sum))
	}
	return t, nil
}
