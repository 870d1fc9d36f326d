package judging

import (
	"encoding/hex"
	"fmt"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
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
	if j.Policy == nil {
		r.Out.Printf("policy: none, so no signer is trusted\n")
	} else {
		r.Out.Printf("policy: %s (from %s), sha256:%x\n", host.Printable(j.Policy.Source()), host.Printable(j.PolicyFrom), j.Policy.Digest())
		for _, k := range j.Policy.KeyFiles() {
			r.Out.Printf("keys: %s, sha256:%x\n", host.Printable(k.Name), k.SHA256)
		}
	}
	for _, root := range j.Roots {
		r.Out.Printf("trusted root: %s: %s, sha256:%x\n", host.Printable(root.Name), host.Printable(root.Source), root.Digest)
	}
}

func (r *TextReport) Object(j *Judgement) {
	r.Out.Printf("\n%s: %s\n", j.Verdict, j.Title())
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
	if j.Object == nil {
		return host.Printable(j.Rev)
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

// JSONReport prints results for programs: a line for each object, and a summary as
// the last line.
type JSONReport struct {
	Out     *host.Output
	summary JSONSummary
}

// JSONSummary is the last line of a report.
type JSONSummary struct {
	Policy       *JSONPolicy    `json:"policy"` // null: none
	TrustedRoots []JSONRoot     `json:"trustedRoots"`
	Verdicts     map[string]int `json:"verdicts"`
	ExitCode     int            `json:"exitCode"`
}

// JSONPolicy says which policy is in force.
type JSONPolicy struct {
	Source string `json:"source"` // the file, or the flag
	From   string `json:"from"`   // where it is named: --policy, or seal.policy in FILE
	SHA256 string `json:"sha256"`
	// Keys are the key files that it names.
	Keys []JSONKeyFile `json:"keys,omitempty"`
}

// JSONKeyFile is a key file that a policy names.
type JSONKeyFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// JSONRoot is a trusted root.
type JSONRoot struct {
	Name   string `json:"name"`
	From   string `json:"from"`
	SHA256 string `json:"sha256"`
}

func (r *JSONReport) Begin(j *Judge) {
	if j.Policy != nil {
		policy := NewJSONPolicy(j.Policy, j.PolicyFrom)
		r.summary.Policy = &policy
	}
	for _, root := range j.Roots {
		r.summary.TrustedRoots = append(r.summary.TrustedRoots, JSONRoot{root.Name, root.Source, hex.EncodeToString(root.Digest[:])})
	}
	r.summary.Verdicts = make(map[string]int)
}

func (r *JSONReport) Object(j *Judgement) {
	WriteJudgement(r.Out, j, func(o JSONObject) any { return o })
	r.summary.Verdicts[j.Verdict.String()]++
}

func (r *JSONReport) End(code int) error {
	r.summary.ExitCode = code
	r.Out.JSON(struct {
		Version int         `json:"version"`
		Summary JSONSummary `json:"summary"`
	}{host.JSONVersion, r.summary})
	return r.Out.Close()
}
