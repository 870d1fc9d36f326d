package report

import (
	"time"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/display"
)

// Object is one judged object as --format json prints it; docs/json.md is
// its reference.
type Object struct {
	Version     int        `json:"version"`
	Object      string     `json:"object"`           // the ID; empty if no such object exists
	Type        string     `json:"type"`             // commit or tag
	Revision    string     `json:"revision"`         // as it was asked for
	Target      string     `json:"target,omitempty"` // what a tag points to
	Verdict     string     `json:"verdict"`
	Reason      string     `json:"reason"` // empty when good
	Hint        string     `json:"hint,omitempty"`
	Identity    string     `json:"identity"`
	Issuer      string     `json:"issuer"`
	Rule        string     `json:"rule,omitempty"`       // the policy's name for the signer
	SignedAt    *time.Time `json:"signedAt"`             // null: not proven
	TimeSource  string     `json:"timeSource,omitempty"` // log or timestamp
	SigningTime *time.Time `json:"signingTime"`          // the signer's claim
	Scheme      string     `json:"scheme,omitempty"`     // x509, openpgp or ssh
	Fingerprint string     `json:"fingerprint,omitempty"`
	Key         *Key       `json:"key,omitempty"`   // OpenPGP and SSH: where the policy names the key
	Forge       string     `json:"forge,omitempty"` // merge, squash or edit: the forge's own key signed
	Log         *Log       `json:"log"`             // null: no entry
	Timestamp   *Timestamp `json:"timestamp"`       // null: none
	TrustedRoot string     `json:"trustedRoot,omitempty"`
	Tag         string     `json:"tag,omitempty"` // a tag's own name
	Checks      []Check    `json:"checks"`
}

// Log is the log entry of a signature.
type Log struct {
	URL            string     `json:"url,omitempty"`
	KeyID          string     `json:"keyID"`
	Index          int64      `json:"index"`
	Version        int        `json:"version"`
	IntegratedTime *time.Time `json:"integratedTime"`
	Cosigners      []string   `json:"cosigners,omitempty"` // NAME+KEYHASH
}

// Timestamp is the timestamp of a signature.
type Timestamp struct {
	URL  string     `json:"url,omitempty"`
	Time *time.Time `json:"time"`
}

// Key is where the policy names an OpenPGP or SSH key.
type Key struct {
	Fingerprint string `json:"fingerprint"`
	File        string `json:"file"`
	Line        int    `json:"line,omitempty"` // of a file of allowed signers
}

// Check is one check of a signature.
type Check struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"` // passed, failed, could not tell
	Missing bool   `json:"missing,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// NewObject returns a result as verify and audit print it. The caller fills in
// the object: its id, type, target and the revision that was asked for.
func NewObject(r *verifier.Result) Object {
	o := Object{
		Version:     display.JSONVersion,
		Verdict:     r.Verdict.String(),
		Reason:      r.Reason,
		Hint:        r.Hint,
		Identity:    r.Identity.SubjectAlternativeName,
		Issuer:      r.Identity.Issuer,
		Scheme:      string(r.Scheme),
		Rule:        r.Rule,
		Forge:       string(r.Forge),
		SignedAt:    Known(r.SignedAt),
		TimeSource:  string(r.TimeSource),
		SigningTime: Known(r.SigningTime),
		Fingerprint: fulcio.Fingerprint(r.Certificate),
		Log:         newLog(r.Log),
		Timestamp:   newTimestamp(r.Timestamp),
		Checks:      []Check{},
	}
	if k := r.Key; k.Fingerprint != "" {
		o.Key = &Key{k.Fingerprint, k.File, k.Line}
	}
	if r.Root != nil {
		o.TrustedRoot = r.Root.Name
	}
	for _, c := range r.Checks {
		o.Checks = append(o.Checks, Check{string(c.Name), c.Outcome.String(), c.Missing, c.Detail})
	}
	return o
}

// WriteObject writes a result on one line, in the form that line gives it. There
// is a line for every object, or a signature could take its object out of the
// report: a result that cannot be encoded becomes unknown, and is what is returned.
func WriteObject(o *display.Output, r *verifier.Result, line func(Object) any) *verifier.Result {
	text, err := display.EncodeJSON(line(NewObject(r)))
	if err != nil {
		r = &verifier.Result{Reason: "the result cannot be written as JSON: " + err.Error(), Advice: verifier.ReportObject}
		r.Hint = r.Advice.String()
		text, err = display.EncodeJSON(line(NewObject(r)))
	}
	if err != nil {
		o.Fail(err)
	}
	o.Printf("%s", text)
	return r
}

func newLog(l verifier.LogInfo) *Log {
	if l.KeyID == "" {
		return nil
	}
	log := &Log{l.URL, l.KeyID, l.Index, l.Version, Known(l.IntegratedTime), nil}
	for _, c := range l.Cosigners {
		log.Cosigners = append(log.Cosigners, c.String())
	}
	return log
}

func newTimestamp(t verifier.TimestampInfo) *Timestamp {
	if t.Time.IsZero() {
		return nil
	}
	return &Timestamp{t.URL, Known(t.Time)}
}

// Known is a time that is known, nil where it is not.
func Known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
