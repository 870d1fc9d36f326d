package trusting

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// Text prints the report for people.
func (r *TrustReport) Text(out *host.Output) {
	if len(r.TrustedRoots) == 0 {
		out.Printf("trusted root: none yet\n")
	}
	for n, t := range r.TrustedRoots {
		if n > 0 {
			out.Printf("\n")
		}
		out.Printf("trusted root: %s: %s, sha256:%s\n", host.Printable(t.Name), host.Printable(t.From), t.SHA256)
		if t.TUFVersion > 0 {
			out.Printf("  version  %d\n", t.TUFVersion)
		}
		if t.Since != nil {
			out.Printf("  since    %s\n", host.Day(*t.Since))
		}
		for _, a := range t.Authorities {
			out.Printf("  %-21s  %s  %s\n", a.Kind, validity(a.From, a.Until), host.Printable(a.URL))
		}
	}
	if r.TUF != nil {
		r.TUF.text(out)
	}
}

func (t *TUFReport) text(out *host.Output) {
	out.Printf("\nTUF repository: %s\n  verified from  root.json, sha256:%s\n", host.Printable(t.Mirror), t.Root)
	if k := t.Kept; k == nil {
		out.Printf("  not fetched    run: git seal trust update\n")
	} else {
		out.Printf("  version        %d (root.json %d)\n", k.TargetsVersion, k.RootVersion)
		out.Printf("  last verified  %s\n  valid until    %s\n", host.Day(k.Checked), host.Day(k.Expires))
		if k.SigningConfigSHA256 != "" {
			out.Printf("  signing config sha256:%s\n", k.SigningConfigSHA256)
		}
		if !k.Counts {
			out.Printf("  the built-in trusted root is newer and is used instead\n")
		}
	}
	if t.Store != "" {
		out.Printf("  stored in      %s\n", host.Printable(t.Store))
	}
	if t.Failure != nil {
		out.Printf("  last failure   %s: %s\n", host.Day(t.Failure.At), host.Message(t.Failure.Reason))
	}
}

// validity formats the validity window of an authority.
func validity(from, until *time.Time) string {
	date := func(t *time.Time) string {
		if t == nil {
			return "          "
		}
		return t.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s to %s", date(from), date(until))
}

// sortedLogs returns the logs ordered by the start of their validity windows.
func sortedLogs(logs map[string]*root.TransparencyLog) []*root.TransparencyLog {
	return slices.SortedFunc(maps.Values(logs), func(a, b *root.TransparencyLog) int {
		return cmp.Or(a.ValidityPeriodStart.Compare(b.ValidityPeriodStart), cmp.Compare(a.BaseURL, b.BaseURL), slices.Compare(a.ID, b.ID))
	})
}
