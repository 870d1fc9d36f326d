package report

import (
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
)

func decimal(n int) string { return strconv.Itoa(n) }

// verdictMeans says to who reads a report for the first time what each verdict
// means.
var verdictMeans = map[string]string{
	verifier.Good.String():        "every check passed, and the policy allows the signer",
	verifier.Bad.String():         "not what was signed, not by whom it says, or not where it belongs",
	verifier.Revoked.String():     "genuine, but the policy or the key itself withdraws the signer",
	verifier.Untrusted.String():   "genuine, but the policy does not allow the signer, or there is none",
	verifier.Unproven.String():    "genuine as far as it goes, but evidence is missing, such as the proof of when",
	verifier.Unsigned.String():    "no signature",
	verifier.Unsupported.String(): "an OpenPGP or SSH signature by a key that the policy does not name, or too weak to prove anything",
	verifier.Unknown.String():     "could not tell: the object is not here, or what signed it is in no trusted root",
}

// noPolicy is what a report without a policy says first, and what to do about it.
const (
	noPolicy     = "no policy says who may sign, so nothing is trusted"
	noPolicyHint = "git seal policy init writes a policy of those who have signed, for a person to prune"
)

// kindsOf says how many objects there are of each kind.
func kindsOf(o audit.Objects) (kinds, counted []string) {
	for _, k := range []struct {
		n         int
		one, many string
	}{
		{o.Commits, "commit", "commits"}, {o.Tags, "tag", "tags"},
		{o.Mergetags, "tag in a merge", "tags in merges"}, {o.Unread, "unread object", "unread objects"},
	} {
		switch {
		case k.n == 1:
			kinds, counted = append(kinds, k.one), append(counted, "1 "+k.one)
		case k.n > 1:
			kinds, counted = append(kinds, k.many), append(counted, decimal(k.n)+" "+k.many)
		}
	}
	return kinds, counted
}

// ObjectsInWords says what an audit has judged.
func ObjectsInWords(o audit.Objects) string {
	if _, counted := kindsOf(o); counted != nil {
		return strings.Join(counted, ", ")
	}
	return "no object"
}

// totalInWords stands beside the number of all objects.
func totalInWords(o audit.Objects) string {
	kinds, counted := kindsOf(o)
	switch len(kinds) {
	case 0:
		return "objects"
	case 1:
		return kinds[0]
	}
	return "in all: " + strings.Join(counted, ", ")
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
	text := ""
	switch {
	case total == 0:
		text = "nothing was judged"
	case wrong == 0 && r.Verdicts[verifier.Good.String()] == total:
		text = "all good, " + ObjectsInWords(r.Objects)
	case wrong == 0:
		text = "nothing is held against " + ObjectsInWords(r.Objects)
	default:
		text = decimal(wrong) + " of " + ObjectsInWords(r.Objects) + " not good"
		if kinds, _ := kindsOf(r.Objects); len(kinds) > 1 {
			text = decimal(wrong) + " of " + decimal(total) + " objects not good"
		}
	}
	if r.Partial != "" {
		text = "so far " + text
	}
	if e := r.Evidence; e != nil && len(e.Brought) > 0 {
		text += ", by the " + strings.Join(e.Brought, " and the ") + " in the archive, which its author chose"
	}
	return text
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

// titleOf names a failure for people: its type and id, and the refs that lead to
// it.
func titleOf(f audit.Failure) string {
	title := strings.TrimSpace(f.Type + " " + f.ID)
	switch {
	case f.MergedBy != "":
		title = strings.TrimSpace("tag "+f.ID) + " in the merge " + f.MergedBy
	case len(f.Refs) > 0:
		title += " (" + display.Value(strings.Join(f.Refs, ", ")) + ")"
	}
	if f.Subject != "" {
		title += " " + display.Value(f.Subject)
	}
	return title
}
