package judging

import (
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier"
)

// JSONObject is the result for one object as --format json prints it (docs/json.md).
type JSONObject struct {
	Version     int            `json:"version"`
	Object      string         `json:"object"`           // the ID; empty if there is no such object
	Type        string         `json:"type"`             // commit or tag
	Revision    string         `json:"revision"`         // as the user named it
	Target      string         `json:"target,omitempty"` // what a tag points to
	Verdict     string         `json:"verdict"`
	Reason      string         `json:"reason"` // empty when good
	Hint        string         `json:"hint,omitempty"`
	Identity    string         `json:"identity"`
	Issuer      string         `json:"issuer"`
	Rule        string         `json:"rule,omitempty"`       // the rule that allows the signer
	SignedAt    *time.Time     `json:"signedAt"`             // null: not proven
	TimeSource  string         `json:"timeSource,omitempty"` // log or timestamp
	SigningTime *time.Time     `json:"signingTime"`          // the signer's claim
	Scheme      string         `json:"scheme,omitempty"`     // x509, openpgp or ssh
	Fingerprint string         `json:"fingerprint,omitempty"`
	Key         *JSONKey       `json:"key,omitempty"`   // OpenPGP and SSH: the key, and where the policy names it
	Forge       string         `json:"forge,omitempty"` // merge, squash or edit: signed by the forge key
	Log         *JSONLog       `json:"log"`             // null: no entry
	Timestamp   *JSONTimestamp `json:"timestamp"`       // null: none
	TrustedRoot string         `json:"trustedRoot,omitempty"`
	Checks      []JSONCheck    `json:"checks"`
}

type JSONLog struct {
	URL            string     `json:"url,omitempty"`
	KeyID          string     `json:"keyID"`
	Index          int64      `json:"index"`
	Version        int        `json:"version"`
	IntegratedTime *time.Time `json:"integratedTime"`
}

type JSONTimestamp struct {
	URL  string     `json:"url,omitempty"`
	Time *time.Time `json:"time"`
}

type JSONKey struct {
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`
	Line        int    `json:"line,omitempty"` // in an allowed signers file
}

type JSONCheck struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"` // passed, failed, could not tell
	Missing bool   `json:"missing,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

func newJSONObject(j *Judgement) JSONObject {
	o := JSONObject{
		Version:     host.JSONVersion,
		Revision:    j.Rev,
		Verdict:     j.Verdict.String(),
		Reason:      j.Reason,
		Hint:        j.hint(),
		Identity:    j.Identity.SubjectAlternativeName,
		Issuer:      j.Identity.Issuer,
		Scheme:      string(j.Scheme),
		Rule:        j.Rule,
		Forge:       string(j.Forge),
		SignedAt:    Known(j.SignedAt),
		TimeSource:  string(j.TimeSource),
		SigningTime: Known(j.SigningTime),
		Fingerprint: Fingerprint(j.Certificate),
		Log:         newJSONLog(j.Log),
		Timestamp:   newJSONTimestamp(j.Timestamp),
		Checks:      []JSONCheck{},
	}
	if j.Object != nil {
		o.Object, o.Type = j.Object.ID(), string(j.Object.Type)
		o.Target, _ = j.Object.Target()
	}
	if k := j.Key; k.Fingerprint != "" {
		o.Key = &JSONKey{k.Fingerprint, k.File, k.Line}
	}
	if j.Root != nil {
		o.TrustedRoot = j.Root.Name
	}
	for _, c := range j.Checks {
		o.Checks = append(o.Checks, JSONCheck{string(c.Name), c.Outcome.String(), c.Missing, c.Detail})
	}
	return o
}

// WriteJudgement writes an object as one line, in the form that the function line
// returns. Every object gets a line, or a signature could remove its object from the
// report: an object that cannot be encoded becomes unknown.
func WriteJudgement(o *host.Output, j *Judgement, line func(JSONObject) any) {
	text, err := host.EncodeJSON(line(newJSONObject(j)))
	if err != nil {
		j.Result = &verifier.Result{Reason: "cannot write the result as JSON: " + err.Error(), Hint: "please report this with the object"}
		text, err = host.EncodeJSON(line(newJSONObject(j)))
	}
	if err != nil {
		o.Fail(err)
	}
	o.Printf("%s", text)
}

func newJSONLog(l verifier.LogInfo) *JSONLog {
	if l.KeyID == "" {
		return nil
	}
	return &JSONLog{l.URL, l.KeyID, l.Index, l.Version, Known(l.IntegratedTime)}
}

func newJSONTimestamp(t verifier.TimestampInfo) *JSONTimestamp {
	if t.Time.IsZero() {
		return nil
	}
	return &JSONTimestamp{t.URL, Known(t.Time)}
}

// Known returns the time in UTC, or nil if it is zero.
func Known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
