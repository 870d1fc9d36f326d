package main

import (
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

func decimal(n int) string { return strconv.Itoa(n) }

// objectsInWords says what an audit has judged.
func objectsInWords(o audit.Objects) string {
	var words []string
	for _, k := range []struct {
		n         int
		one, many string
	}{
		{o.Commits, "commit", "commits"}, {o.Tags, "tag", "tags"},
		{o.Mergetags, "tag in a merge", "tags in merges"}, {o.Unread, "unread object", "unread objects"},
	} {
		switch {
		case k.n == 1:
			words = append(words, "1 "+k.one)
		case k.n > 1:
			words = append(words, decimal(k.n)+" "+k.many)
		}
	}
	if words == nil {
		return "objects"
	}
	return strings.Join(words, ", ")
}

// verdictsInWords says how many have which verdict, in the order of every
// report.
func verdictsInWords(v audit.Verdicts) string {
	var words []string
	for _, name := range verdictOrder {
		if n := v[name]; n > 0 {
			words = append(words, decimal(n)+" "+name)
		}
	}
	return strings.Join(words, ", ")
}

// failureCount is how many objects are held against a history.
func failureCount(r *audit.Report) int {
	n := len(r.Failures)
	for _, omitted := range r.Omitted {
		n += omitted
	}
	return n
}

// conclusion is a report in one line.
func conclusion(r *audit.Report) string {
	total, wrong := r.Objects.Total(), failureCount(r)
	word := "objects"
	if total == 1 {
		word = "object"
	}
	switch {
	case total == 0:
		return "nothing was judged"
	case wrong == 0 && r.Verdicts[verifier.Good.String()] == total:
		return "all good, " + decimal(total) + " " + word
	case wrong == 0:
		return "nothing is held against " + decimal(total) + " " + word
	}
	return decimal(wrong) + " of " + decimal(total) + " " + word + " not good"
}

// percent is a part of a whole, never more than it is: what is not all is no
// 100 %.
func percent(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	tenths := part * 1000 / whole
	return decimal(tenths/10) + "." + decimal(tenths%10) + " %"
}
