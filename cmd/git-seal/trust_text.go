package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// text prints the report for people.
func (r *trustReport) text(out *output) {
	if len(r.TrustedRoots) == 0 {
		out.printf("trusted root: none yet\n")
	}
	for n, t := range r.TrustedRoots {
		if n > 0 {
			out.printf("\n")
		}
		out.printf("trusted root: %s: %s, sha256:%s\n", printable(t.Name), printable(t.From), t.SHA256)
		if t.TUFVersion > 0 {
			out.printf("  version  %d\n", t.TUFVersion)
		}
		if t.Since != nil {
			out.printf("  since    %s\n", day(*t.Since))
		}
		for _, a := range t.Authorities {
			out.printf("  %-21s  %s  %s\n", a.Kind, span(a.From, a.Until), printable(a.URL))
		}
	}
	if r.TUF != nil {
		r.TUF.text(out)
	}
}

func (t *tufReport) text(out *output) {
	out.printf("\nTUF repository: %s\n  verified from  root.json, sha256:%s\n", printable(t.Mirror), t.Root)
	if k := t.Kept; k == nil {
		out.printf("  nothing kept   git seal trust update asks it\n")
	} else {
		out.printf("  version        %d (root.json %d)\n", k.TargetsVersion, k.RootVersion)
		out.printf("  last verified  %s\n  good until     %s\n", day(k.Checked), day(k.Expires))
		if k.SigningConfigSHA256 != "" {
			out.printf("  signing config sha256:%s\n", k.SigningConfigSHA256)
		}
		if !k.Counts {
			out.printf("  the program has a newer trusted root, which counts\n")
		}
	}
	if t.Store != "" {
		out.printf("  kept in        %s\n", printable(t.Store))
	}
	if t.Failure != nil {
		out.printf("  last failure   %s: %s\n", day(t.Failure.At), message(t.Failure.Reason))
	}
}

// span is the time in which an authority counts.
func span(from, until *time.Time) string {
	date := func(t *time.Time) string {
		if t == nil {
			return "          "
		}
		return t.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s to %s", date(from), date(until))
}

// sortedLogs are the logs in the order in which they begin.
func sortedLogs(logs map[string]*root.TransparencyLog) []*root.TransparencyLog {
	return slices.SortedFunc(maps.Values(logs), func(a, b *root.TransparencyLog) int {
		return cmp.Or(a.ValidityPeriodStart.Compare(b.ValidityPeriodStart), cmp.Compare(a.BaseURL, b.BaseURL), slices.Compare(a.ID, b.ID))
	})
}
