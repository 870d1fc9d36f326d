package judging

import (
	"fmt"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/display"
)

// Report prints the results of git seal verify: a head, each object, an end. A
// result that cannot be written becomes unknown.
type Report interface {
	Begin(*Judge)
	Object(*Judgement)
	End(code int) error
}

// TextReport prints results for people.
type TextReport struct {
	Out *host.Output
}

func (r *TextReport) Begin(j *Judge) {
	report.WriteJudge(r.Out, audit.DescribePolicy(j.Policy, j.PolicyFrom), audit.DescribeRoots(j.Roots))
}

func (r *TextReport) Object(j *Judgement) {
	r.Out.Printf("\n%s: %s\n", j.Verdict, j.Title())
	j.WriteTagName(r.Out)
	if j.Object != nil && j.Object.Type == git.Tag {
		id, typ := j.Object.Target()
		r.Out.Printf("  points to the %s %s\n", host.Printable(typ), host.Printable(id))
	}
	for _, line := range j.Details() {
		r.Out.Printf("  %s\n", host.Message(line))
	}
}

func (r *TextReport) End(int) error { return r.Out.Close() }

// Title names the object: its type, its ID, the revision that named it, and the
// first line of its message.
func (j *Judgement) Title() string {
	if j.Object == nil && j.ID == "" {
		return host.Printable(j.Rev)
	}
	if j.Object == nil {
		return strings.TrimSpace(j.Type + " " + j.ID + " (" + host.Printable(j.Rev) + ")")
	}
	title := fmt.Sprintf("%s %s", j.Object.Type, j.Object.ID())
	if j.Rev != "" && j.Rev != j.Object.ID() {
		title += " (" + host.Printable(j.Rev) + ")"
	}
	if subject := j.Object.Subject(); subject != "" {
		title += " " + host.Printable(subject)
	}
	return title
}

// WriteTagName prints the tag's own name, which is the one that was signed, and a
// note if the user named the tag otherwise. Git has many other names for an object,
// such as FETCH_HEAD, or v1@{0} after the ref was moved.
func (j *Judgement) WriteTagName(out *host.Output) {
	if j.Object == nil || j.Object.Type != git.Tag {
		return
	}
	name := j.Object.TagName()
	out.Printf("  the tag's own name is %s\n", host.Printable(name))
	if !j.askedByName(name) {
		out.Printf("  note: %s is not the tag's own name\n", host.Printable(j.Rev))
	}
}

// askedByName reports whether the revision is the tag's name, with any prefix such
// as refs/tags/ and suffix such as ^{tag}, or the tag's object ID.
func (j *Judgement) askedByName(tag string) bool {
	rev := j.Rev
	for strings.HasSuffix(rev, "^{tag}") || strings.HasSuffix(rev, "^{object}") {
		rev = rev[:strings.LastIndexByte(rev, '^')]
	}
	if j.Rev == "" || len(rev) >= 4 && strings.HasPrefix(j.Object.ID(), strings.ToLower(rev)) {
		return true
	}
	return rev == tag || strings.HasSuffix(rev, "/"+tag) && !strings.ContainsAny(rev, "@^~:")
}

// JSONReport prints results as JSON: a line for each object, and a summary as the
// last line.
type JSONReport struct {
	Out     *host.Output
	summary JSONSummary
}

// JSONSummary is the last line of verify's JSON.
type JSONSummary struct {
	Policy       *audit.Policy       `json:"policy"` // null: none
	TrustedRoots []audit.TrustedRoot `json:"trustedRoots"`
	Verdicts     map[string]int      `json:"verdicts"`
	ExitCode     int                 `json:"exitCode"`
}

func (r *JSONReport) Begin(j *Judge) {
	r.summary.Policy, r.summary.TrustedRoots = audit.DescribePolicy(j.Policy, j.PolicyFrom), audit.DescribeRoots(j.Roots)
	r.summary.Verdicts = make(map[string]int)
}

func (r *JSONReport) Object(j *Judgement) {
	j.WriteJSON(r.Out, func(o report.Object) any { return o })
	r.summary.Verdicts[j.Verdict.String()]++
}

// WriteJSON writes the judgement as one line of JSON, in the form that the function
// line gives it. An object that cannot be written becomes unknown.
func (j *Judgement) WriteJSON(out *host.Output, line func(report.Object) any) {
	j.Result = report.WriteObject(out, j.worded(), func(o report.Object) any {
		o.Revision, o.Object, o.Type = j.Rev, j.ID, j.Type
		if j.Object != nil {
			o.Object, o.Type = j.Object.ID(), string(j.Object.Type)
			o.Target, _ = j.Object.Target()
			o.Tag = j.Object.TagName()
		}
		return line(o)
	})
}

func (r *JSONReport) End(code int) error {
	r.summary.ExitCode = code
	r.Out.JSON(struct {
		Version int         `json:"version"`
		Summary JSONSummary `json:"summary"`
	}{display.JSONVersion, r.summary})
	return r.Out.Close()
}
