package main

import (
	"time"

	"github.com/git-seal/git-seal/verifier"
)

// jsonObject is one judged object as --format json prints it; docs/json.md is
// its reference.
type jsonObject struct {
	Version     int            `json:"version"`
	Object      string         `json:"object"`           // the id; empty where there is no such object
	Type        string         `json:"type"`             // commit or tag
	Revision    string         `json:"revision"`         // as it was asked for
	Target      string         `json:"target,omitempty"` // what a tag points to
	Verdict     string         `json:"verdict"`
	Reason      string         `json:"reason"` // empty when good
	Hint        string         `json:"hint,omitempty"`
	Identity    string         `json:"identity"`
	Issuer      string         `json:"issuer"`
	Rule        string         `json:"rule,omitempty"`       // the policy's name for the signer
	SignedAt    *time.Time     `json:"signedAt"`             // null: not proven
	TimeSource  string         `json:"timeSource,omitempty"` // log or timestamp
	SigningTime *time.Time     `json:"signingTime"`          // the signer's claim
	Scheme      string         `json:"scheme,omitempty"`     // x509, openpgp or ssh
	Fingerprint string         `json:"fingerprint,omitempty"`
	Key         *jsonKey       `json:"key,omitempty"`   // OpenPGP and SSH: where the policy names the key
	Forge       string         `json:"forge,omitempty"` // merge, squash or edit: the forge's own key signed
	Log         *jsonLog       `json:"log"`             // null: no entry
	Timestamp   *jsonTimestamp `json:"timestamp"`       // null: none
	TrustedRoot string         `json:"trustedRoot,omitempty"`
	Checks      []jsonCheck    `json:"checks"`
}

type jsonLog struct {
	URL            string     `json:"url,omitempty"`
	KeyID          string     `json:"keyID"`
	Index          int64      `json:"index"`
	Version        int        `json:"version"`
	IntegratedTime *time.Time `json:"integratedTime"`
}

type jsonTimestamp struct {
	URL  string     `json:"url,omitempty"`
	Time *time.Time `json:"time"`
}

type jsonKey struct {
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`
	Line        int    `json:"line,omitempty"` // of a file of allowed signers
}

type jsonCheck struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"` // passed, failed, could not tell
	Missing bool   `json:"missing,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

func newJSONObject(j *judgement) jsonObject {
	o := jsonObject{
		Version:     jsonVersion,
		Revision:    j.rev,
		Verdict:     j.Verdict.String(),
		Reason:      j.Reason,
		Hint:        j.hint(),
		Identity:    j.Identity.SubjectAlternativeName,
		Issuer:      j.Identity.Issuer,
		Scheme:      string(j.Scheme),
		Rule:        j.Rule,
		Forge:       string(j.Forge),
		SignedAt:    known(j.SignedAt),
		TimeSource:  string(j.TimeSource),
		SigningTime: known(j.SigningTime),
		Fingerprint: fingerprint(j.Certificate),
		Log:         newJSONLog(j.Log),
		Timestamp:   newJSONTimestamp(j.Timestamp),
		Checks:      []jsonCheck{},
	}
	if j.object != nil {
		o.Object, o.Type = j.object.ID(), string(j.object.Type)
		o.Target, _ = j.object.Target()
	}
	if k := j.Key; k.Fingerprint != "" {
		o.Key = &jsonKey{k.Fingerprint, k.File, k.Line}
	}
	if j.Root != nil {
		o.TrustedRoot = j.Root.Name
	}
	for _, c := range j.Checks {
		o.Checks = append(o.Checks, jsonCheck{c.Name, c.Outcome.String(), c.Missing, c.Detail})
	}
	return o
}

// judgement writes an object on one line, in the form that line gives it. There
// is a line for every object, or a signature could take its object out of the
// report: what cannot be encoded becomes unknown.
func (o *output) judgement(j *judgement, line func(jsonObject) any) {
	text, err := encodeJSON(line(newJSONObject(j)))
	if err != nil {
		j.Result = &verifier.Result{Reason: "the result cannot be written as JSON: " + err.Error(), Hint: "please report this with the object"}
		text, err = encodeJSON(line(newJSONObject(j)))
	}
	if err != nil {
		o.fail(err)
	}
	o.printf("%s", text)
}

func newJSONLog(l verifier.LogInfo) *jsonLog {
	if l.KeyID == "" {
		return nil
	}
	return &jsonLog{l.URL, l.KeyID, l.Index, l.Version, known(l.IntegratedTime)}
}

func newJSONTimestamp(t verifier.TimestampInfo) *jsonTimestamp {
	if t.Time.IsZero() {
		return nil
	}
	return &jsonTimestamp{t.URL, known(t.Time)}
}

// known is a time that is known, nil where it is not.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
