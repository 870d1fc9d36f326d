package main

import (
	"strconv"
	"strings"

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
