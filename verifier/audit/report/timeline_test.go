package report

import (
	"testing"

	"github.com/git-seal/git-seal/verifier/audit"
)

func TestTimeline(t *testing.T) {
	t.Parallel()
	month := func(name string) audit.Month {
		return audit.Month{Month: name, Verdicts: audit.Verdicts{"good": 3, "bad": 1}}
	}
	for _, tt := range []struct {
		name          string
		months        []audit.Month
		unit          string
		columns, rows int
		first, last   string
		most          int
	}{
		{"no month", nil, "month", 0, 0, "", "", 0},
		{"one month", []audit.Month{month("2026-11")}, "month", 12, 1, "2025-12", "2026-11", 4},
		{"a gap", []audit.Month{month("2025-11"), month("2026-02")}, "month", 12, 2, "2025-03", "2026-02", 4},
		{"a year and a month", []audit.Month{month("2025-02"), month("2026-02")}, "month", 13, 2, "2025-02", "2026-02", 4},
		{"no time", []audit.Month{month("")}, "month", 0, 1, "", "", 0},
		{"no time for some", []audit.Month{month(""), month("2026-11")}, "month", 12, 2, "2025-12", "2026-11", 4},
		{"many years", []audit.Month{month("1970-01"), month("2026-01"), month("2026-02")}, "year", 57, 2, "1970", "2026", 8},
		{"the most there can be", []audit.Month{month("1970-01"), month("2199-12")}, "year", 230, 2, "1970", "2199", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := newTimeline(tt.months)
			if got.Unit != tt.unit || len(got.Columns) != tt.columns || len(got.Table) != tt.rows || got.First != tt.first || got.Last != tt.last || got.Most != tt.most {
				t.Errorf("%d columns of a %s from %q to %q, at most %d, %d rows; want %+v", len(got.Columns), got.Unit, got.First, got.Last, got.Most, len(got.Table), tt)
			}
		})
	}
}

func TestPercentIsNeverMoreThanItIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		part, whole int
		want        string
	}{{0, 0, "–"}, {0, 3, "0.0 %"}, {1, 3, "33.3 %"}, {99_999, 100_000, "99.9 %"}, {3, 3, "100.0 %"}} {
		if got := percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("%d of %d: %s, want %s", tt.part, tt.whole, got, tt.want)
		}
	}
}
