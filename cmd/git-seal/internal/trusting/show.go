package trusting

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/display"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TrustReport is the output of git seal trust show (docs/trust.md).
type TrustReport struct {
	Version      int          `json:"version"`
	TrustedRoots []TrustedRow `json:"trustedRoots"`
	TUF          *TUFReport   `json:"tuf"` // null: a setting names a trusted root
}

// TrustedRow is one trusted root.
type TrustedRow struct {
	Name        string     `json:"name"`
	From        string     `json:"from"`
	SHA256      string     `json:"sha256"`
	TUFVersion  int64      `json:"tufVersion,omitempty"`
	Since       *time.Time `json:"since"` // null: not known
	Authorities []Anchor   `json:"authorities"`
}

// Anchor is one authority or log of a trusted root.
type Anchor struct {
	Kind  string     `json:"kind"`
	URL   string     `json:"url"`
	ID    string     `json:"id,omitempty"` // a log's
	From  *time.Time `json:"from"`         // null: always
	Until *time.Time `json:"until"`        // null: no end is set
}

// TUFReport is what is known of the TUF repository.
type TUFReport struct {
	Mirror  string      `json:"mirror"`
	Root    string      `json:"rootSHA256"` // the root.json from which everything is verified
	Store   string      `json:"store,omitempty"`
	Kept    *TUFKept    `json:"kept"` // null: nothing was verified yet
	Failure *TUFFailure `json:"failure"`
}

// TUFKept is what was verified last.
type TUFKept struct {
	RootVersion         int64     `json:"rootVersion"`
	TargetsVersion      int64     `json:"targetsVersion"`
	Since               time.Time `json:"since"`
	Checked             time.Time `json:"checked"`
	Expires             time.Time `json:"expires"`
	Counts              bool      `json:"counts"` // false: the built-in one is newer
	SigningConfigSHA256 string    `json:"signingConfigSHA256,omitempty"`
}

// TUFFailure is the last failed update.
type TUFFailure struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// NewReport returns the report. Without a trusted root it returns an error
// and a report of the TUF repository.
func NewReport(h *host.Host, vals settings.Values, trees []string) (*TrustReport, error) {
	r := &TrustReport{Version: display.JSONVersion, TrustedRoots: []TrustedRow{}}
	var since *time.Time
	if len(vals[settings.TrustedRoot]) == 0 {
		i, err := instance.Load(h, vals, trees)
		if err != nil {
			return nil, err
		}
		if r.TUF = newTUFReport(i); i.FromTUF() {
			since = &r.TUF.Kept.Since
		}
	}
	roots, err := instance.TrustedRoots(h, vals, trees)
	if errors.Is(err, instance.ErrNeverVerified) {
		return r, err
	}
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		r.TrustedRoots = append(r.TrustedRoots, TrustedRow{
			Name: root.Name, From: root.Source, SHA256: hex.EncodeToString(root.Digest[:]), TUFVersion: root.Version,
			Since: since, Authorities: anchors(root),
		})
	}
	return r, nil
}

func newTUFReport(i *instance.Instance) *TUFReport {
	sum := sha256.Sum256(i.Anchor)
	r := &TUFReport{Mirror: i.Mirror, Root: hex.EncodeToString(sum[:])}
	if k := i.Kept; k != nil {
		r.Kept = &TUFKept{RootVersion: k.RootVersion, TargetsVersion: k.TargetsVersion, Since: k.Since, Checked: k.Checked, Expires: k.Expires, Counts: i.FromTUF()}
		if k.SigningConfig != nil {
			sum := sha256.Sum256(k.SigningConfig)
			r.Kept.SigningConfigSHA256 = hex.EncodeToString(sum[:])
		}
	}
	if i.Store != nil {
		r.Store = i.Store.Dir
		if f, ok := i.Store.LoadFailure(); ok {
			r.Failure = &TUFFailure{f.At, f.Reason}
		}
	}
	return r
}

// anchors returns the authorities and logs of a root, each kind ordered by the start
// of its validity window.
func anchors(root *trust.Root) []Anchor {
	var all []Anchor
	for _, ca := range root.CertificateAuthorities() {
		all = append(all, newAnchor("certificate authority", ca.URI(), nil, ca.Window()))
	}
	for _, l := range sortedLogs(root.CTLogs()) {
		all = append(all, newAnchor("certificate log", l.BaseURL, l.ID, trust.Window{Start: l.ValidityPeriodStart, End: l.ValidityPeriodEnd}))
	}
	for _, l := range sortedLogs(root.RekorLogs()) {
		all = append(all, newAnchor("log", l.BaseURL, l.ID, trust.Window{Start: l.ValidityPeriodStart, End: l.ValidityPeriodEnd}))
	}
	for _, a := range root.TimestampAuthorities() {
		all = append(all, newAnchor("timestamp authority", a.URI(), nil, a.Window()))
	}
	return all
}

func newAnchor(kind, url string, id []byte, w trust.Window) Anchor {
	return Anchor{Kind: kind, URL: url, ID: hex.EncodeToString(id), From: report.Known(w.Start), Until: report.Known(w.End)}
}
