package main

import (
	"encoding/hex"
	"fmt"

	"github.com/git-seal/git-seal/git"
)

// report is how verify tells what it found: a head, an object at a time, an
// end. Each judgement is told; one that cannot be written becomes unknown.
type report interface {
	begin(*judge)
	object(*judgement)
	end(code int) error
}

// textReport is for people.
type textReport struct {
	out *output
}

func (r *textReport) begin(j *judge) {
	if j.policy == nil {
		r.out.printf("policy: none, so nothing is trusted\n")
	} else {
		r.out.printf("policy: %s (%s), sha256:%x\n", printable(j.policy.Source()), printable(j.policyFrom), j.policy.Digest())
		for _, k := range j.policy.KeyFiles() {
			r.out.printf("keys: %s, sha256:%x\n", printable(k.Name), k.SHA256)
		}
	}
	for _, root := range j.roots {
		r.out.printf("trusted root: %s: %s, sha256:%x\n", printable(root.Name), printable(root.Source), root.Digest)
	}
}

func (r *textReport) object(j *judgement) {
	r.out.printf("\n%s: %s\n", j.Verdict, j.title())
	if j.object != nil && j.object.Type == git.Tag {
		id, typ := j.object.Target()
		r.out.printf("  points to the %s %s\n", printable(typ), printable(id))
	}
	for _, line := range j.details() {
		r.out.printf("  %s\n", message(line))
	}
}

func (r *textReport) end(int) error { return r.out.close() }

// title names the object: what it is, its id, what it was asked for as, and the
// first line of its message.
func (j *judgement) title() string {
	if j.object == nil {
		return printable(j.rev)
	}
	title := fmt.Sprintf("%s %s", j.object.Type, j.object.ID())
	if j.rev != "" && j.rev != j.object.ID() {
		title += " (" + printable(j.rev) + ")"
	}
	if subject := j.object.Subject(); subject != "" {
		title += " " + printable(subject)
	}
	return title
}

// jsonVersion is the version of what --format json prints. It changes when a
// reader of the last one would go wrong.
const jsonVersion = 1

// jsonReport is for programs: a line for each object, and a last one that sums
// up.
type jsonReport struct {
	out     *output
	summary jsonSummary
}

type jsonSummary struct {
	Policy       *jsonPolicy    `json:"policy"` // null: none
	TrustedRoots []jsonRoot     `json:"trustedRoots"`
	Verdicts     map[string]int `json:"verdicts"`
	ExitCode     int            `json:"exitCode"`
}

type jsonPolicy struct {
	Source string `json:"source"` // the file, or the flag
	From   string `json:"from"`   // where the setting stands that names it
	SHA256 string `json:"sha256"`
	// Keys are the key files that it names.
	Keys []jsonKeyFile `json:"keys,omitempty"`
}

type jsonKeyFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

type jsonRoot struct {
	Name   string `json:"name"`
	From   string `json:"from"`
	SHA256 string `json:"sha256"`
}

func (r *jsonReport) begin(j *judge) {
	if j.policy != nil {
		policy := newJSONPolicy(j.policy, j.policyFrom)
		r.summary.Policy = &policy
	}
	for _, root := range j.roots {
		r.summary.TrustedRoots = append(r.summary.TrustedRoots, jsonRoot{root.Name, root.Source, hex.EncodeToString(root.Digest[:])})
	}
	r.summary.Verdicts = make(map[string]int)
}

func (r *jsonReport) object(j *judgement) {
	r.out.judgement(j, func(o jsonObject) any { return o })
	r.summary.Verdicts[j.Verdict.String()]++
}

func (r *jsonReport) end(code int) error {
	r.summary.ExitCode = code
	r.out.json(struct {
		Version int         `json:"version"`
		Summary jsonSummary `json:"summary"`
	}{jsonVersion, r.summary})
	return r.out.close()
}
