package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier/trust"
)

func (h *host) trustShowCommand() *cobra.Command {
	format := formatText
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what is trusted, since when and from where",
		Long: `Show the trusted roots that judge: where each comes from, its digest and, where TUF
verified it, its version, since when this machine has it and when it was last
verified; then the authorities and logs in it, with the time in which each counts. It
asks nobody.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			vals, trees, err := h.trustSettings(cmd.Context(), givenSettings(cmd))
			if err != nil {
				return err
			}
			r, err := h.trustReport(vals, trees)
			if r == nil {
				return err
			}
			out := newOutput(h.stdout)
			if format == formatJSON {
				out.json(r)
			} else {
				r.text(out)
			}
			if closed := out.close(); closed != nil {
				return closed
			}
			return err
		},
	}
	addFormat(cmd, &format)
	addSettingsNamed(cmd, settingTrustedRoot, settingTUFMirror, settingTUFRoot)
	return cmd
}

// trustReport is what git seal trust show prints (docs/trust.md).
type trustReport struct {
	Version      int          `json:"version"`
	TrustedRoots []trustedRow `json:"trustedRoots"`
	TUF          *tufReport   `json:"tuf"` // null: a trusted root's file is named
}

type trustedRow struct {
	Name        string     `json:"name"`
	From        string     `json:"from"`
	SHA256      string     `json:"sha256"`
	TUFVersion  int64      `json:"tufVersion,omitempty"`
	Since       *time.Time `json:"since"` // null: not known
	Authorities []anchor   `json:"authorities"`
}

// anchor is one authority or log of a trusted root.
type anchor struct {
	Kind  string     `json:"kind"`
	URL   string     `json:"url"`
	ID    string     `json:"id,omitempty"` // a log's
	From  *time.Time `json:"from"`         // null: always
	Until *time.Time `json:"until"`        // null: no end is set
}

type tufReport struct {
	Mirror  string      `json:"mirror"`
	Root    string      `json:"rootSHA256"` // of the root.json that all is verified from
	Store   string      `json:"store,omitempty"`
	Kept    *tufKept    `json:"kept"` // null: nothing was verified yet
	Failure *tufFailure `json:"failure"`
}

type tufKept struct {
	RootVersion         int64     `json:"rootVersion"`
	TargetsVersion      int64     `json:"targetsVersion"`
	Since               time.Time `json:"since"`
	Checked             time.Time `json:"checked"`
	Expires             time.Time `json:"expires"`
	Counts              bool      `json:"counts"` // false: the program has a newer one
	SigningConfigSHA256 string    `json:"signingConfigSHA256,omitempty"`
}

type tufFailure struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// trustReport returns a report together with an error where no trusted root
// judges yet: it says of the TUF repository what there is to know.
func (h *host) trustReport(vals values, trees []string) (*trustReport, error) {
	r := &trustReport{Version: jsonVersion, TrustedRoots: []trustedRow{}}
	var since *time.Time
	if len(vals[settingTrustedRoot]) == 0 {
		i, err := h.loadInstance(vals, trees)
		if err != nil {
			return nil, err
		}
		if r.TUF = newTUFReport(i); i.fromTUF() {
			since = &r.TUF.Kept.Since
		}
	}
	roots, err := h.trustedRoots(vals, trees)
	if errors.Is(err, errNeverVerified) {
		return r, err
	}
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		r.TrustedRoots = append(r.TrustedRoots, trustedRow{
			Name: root.Name, From: root.Source, SHA256: hex.EncodeToString(root.Digest[:]), TUFVersion: root.Version,
			Since: since, Authorities: anchors(root),
		})
	}
	return r, nil
}

func newTUFReport(i *instance) *tufReport {
	sum := sha256.Sum256(i.anchor)
	r := &tufReport{Mirror: i.mirror, Root: hex.EncodeToString(sum[:])}
	if k := i.kept; k != nil {
		r.Kept = &tufKept{RootVersion: k.RootVersion, TargetsVersion: k.TargetsVersion, Since: k.Since, Checked: k.Checked, Expires: k.Expires, Counts: i.fromTUF()}
		if k.SigningConfig != nil {
			sum := sha256.Sum256(k.SigningConfig)
			r.Kept.SigningConfigSHA256 = hex.EncodeToString(sum[:])
		}
	}
	if i.store != nil {
		r.Store = i.store.Dir
		if f, ok := i.store.LoadFailure(); ok {
			r.Failure = &tufFailure{f.At, f.Reason}
		}
	}
	return r
}

// anchors are the authorities and logs of a root, each kind by the time at which
// it begins.
func anchors(root *trust.Root) []anchor {
	var all []anchor
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

func newAnchor(kind, url string, id []byte, w trust.Window) anchor {
	return anchor{Kind: kind, URL: url, ID: hex.EncodeToString(id), From: known(w.Start), Until: known(w.End)}
}
