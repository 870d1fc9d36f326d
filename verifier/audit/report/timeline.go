package report

import (
	"strconv"
	"time"

	"github.com/git-seal/git-seal/verifier/audit"
)

// timeline is the verdicts of a history over time, as columns of a chart.
type timeline struct {
	Unit        string // month or year
	Columns     []column
	Most        int           // objects in the highest column
	First, Last string        // names of the columns at both ends
	Table       []audit.Month // what is not empty, and objects without a time last
}

// column is a month or a year.
type column struct {
	Name  string
	Total int
	X     int // from the left
	Bars  []bar
}

// bar is a verdict's part of a column, or of the whole.
type bar struct {
	Verdict string
	Count   int
	At, Len float64 // in percent of the longest
}

// maxTimelineMonths is how many columns there are of months before there are
// columns of years: twenty years, at three pixels each on a telephone.
const maxTimelineMonths = 240

// minTimelineMonths is how many months there are at least, up to the last: one bar
// as wide as the page looks like much.
const minTimelineMonths = 12

// newTimeline has a column for each month between the first and the last, or for
// each year where those are too many.
func newTimeline(months []audit.Month) timeline {
	t := timeline{Unit: "month"}
	byName := map[string]audit.Verdicts{}
	var first, last time.Time
	for _, m := range months {
		at, err := time.Parse("2006-01", m.Month)
		if err != nil {
			continue // no time that is believable
		}
		if byName[m.Month] = m.Verdicts; first.IsZero() {
			first = at
		}
		last = at
		t.Table = append(t.Table, m)
	}
	if earlier := last.AddDate(0, 1-minTimelineMonths, 0); earlier.Before(first) {
		first = earlier
	}
	layout, years, step := "2006-01", 0, 1
	if 12*(last.Year()-first.Year()) >= maxTimelineMonths {
		t.Unit, layout, years, step = "year", "2006", 1, 0
		first = time.Date(first.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		byName, t.Table = yearly(t.Table)
	}
	if len(byName) > 0 {
		for at := first; !at.After(last); at = at.AddDate(years, step, 0) {
			c := column{Name: at.Format(layout), X: len(t.Columns)}
			for _, n := range byName[c.Name] {
				c.Total += n
			}
			t.Most = max(t.Most, c.Total)
			t.Columns = append(t.Columns, c)
		}
		t.First, t.Last = t.Columns[0].Name, t.Columns[len(t.Columns)-1].Name
	}
	for i, c := range t.Columns {
		t.Columns[i].Bars = stack(byName[c.Name], t.Most)
	}
	for _, m := range months {
		if m.Month == "" {
			t.Table = append(t.Table, m)
		}
	}
	return t
}

// yearly sums months up.
func yearly(months []audit.Month) (map[string]audit.Verdicts, []audit.Month) {
	byYear := map[string]audit.Verdicts{}
	var years []audit.Month
	for _, m := range months {
		year := m.Month[:4]
		if byYear[year] == nil {
			byYear[year] = audit.Verdicts{}
			years = append(years, audit.Month{Month: year, Verdicts: byYear[year]})
		}
		for name, n := range m.Verdicts {
			byYear[year][name] += n
		}
	}
	return byYear, years
}

// stack puts verdicts behind one another, in the order of every report.
func stack(v audit.Verdicts, whole int) []bar {
	var bars []bar
	at := 0.0
	for _, name := range verdictOrder {
		if n := v[name]; n > 0 {
			length := 100 * float64(n) / float64(whole)
			bars = append(bars, bar{name, n, at, length})
			at += length
		}
	}
	return bars
}

// Top is where the bar begins in a column that grows from the bottom.
func (b bar) Top() string { return decimals(100 - b.At - b.Len) }

// Left is where it begins in a row.
func (b bar) Left() string { return decimals(b.At) }

// Length is how long it is.
func (b bar) Length() string { return decimals(b.Len) }

func decimals(f float64) string { return strconv.FormatFloat(max(f, 0), 'f', 3, 64) }
