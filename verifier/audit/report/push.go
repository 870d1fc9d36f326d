package report

import (
	"io"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
)

// Push reports to someone who pushes: the failures, and of all else one line.
type Push struct {
	text    textReport
	by      string // the policy, for people
	refusal string // the last line where the push is refused
}

var _ Writer = (*Push)(nil)

// NewPush returns the report to someone whose push the policy named by judged;
// refusal is what a refused push is told last.
func NewPush(w io.Writer, by, refusal string, color bool) *Push {
	return &Push{textReport{Out: display.NewOutput(w), Color: color, Omitted: "left out here"}, by, refusal}
}

// Result does nothing: only the report is printed.
func (p *Push) Result(*audit.Result) {}

// Broken returns nil: nothing is written before the end.
func (p *Push) Broken() error { return nil }

// End writes the report.
func (p *Push) End(r *audit.Report) error {
	out := p.text.Out
	out.Printf("git-seal: %s: %s, by %s\n", display.Value(pushedRefs(r)), pushedVerdicts(r), display.Value(p.by))
	cutFailures(r)
	p.text.Failures(r)
	p.text.Excused(r)
	if r.Partial != "" {
		out.Printf("\npartial: %s; what was not reached is not in this report\n", display.Line(r.Partial))
	}
	if r.ExitCode != 0 {
		out.Printf("\ngit-seal: %s\n", p.refusal)
	}
	return out.Close()
}

// Caps on a report to someone who pushes: it scrolls by on a terminal.
const (
	maxPushedRefs     = 10
	maxPushedFailures = 20 // of each verdict
)

// cutFailures leaves the first failures of each verdict.
func cutFailures(r *audit.Report) {
	seen := map[string]int{}
	r.Failures = slices.DeleteFunc(r.Failures, func(f audit.Failure) bool {
		if seen[f.Verdict]++; seen[f.Verdict] <= maxPushedFailures {
			return false
		}
		r.Omitted[f.Verdict]++
		return true
	})
}

func pushedRefs(r *audit.Report) string {
	var names []string
	for _, ref := range r.Refs {
		if !ref.Excluded {
			names = append(names, ref.Name)
		}
	}
	if more := len(names) - maxPushedRefs; more > 1 {
		names = append(names[:maxPushedRefs], "and "+decimal(more)+" more")
	}
	return strings.Join(names, ", ")
}

func pushedVerdicts(r *audit.Report) string {
	if r.Objects.Total() == 0 {
		return "nothing new"
	}
	return ObjectsInWords(r.Objects) + ": " + verdictsInWords(r.Verdicts)
}
