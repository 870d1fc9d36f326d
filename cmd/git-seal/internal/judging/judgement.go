package judging

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Judgement is the result for one object.
type Judgement struct {
	*verifier.Result
	Rev    string         // as the user named it; empty if git asked
	Policy *policy.Policy // nil if there is none
	Object *git.Object    // nil for a push certificate, or if the object is broken
	ID     string         // of an object that could not be read, if it is known
	Type   string         // of that object
	Pushed bool           // a push certificate
}

// hint returns what to do next.
func (j *Judgement) hint() string {
	rev := "REV"
	if j.Object != nil {
		rev = j.Object.ID()
	}
	return HintOf(j.Result, rev)
}

// worded returns the result with its hint in words.
func (j *Judgement) worded() *verifier.Result {
	r := *j.Result
	r.Hint = j.hint()
	return &r
}

// HintOf returns what to do about the result for the object rev: what to change in
// the policy, the command or setting for it, or the advice itself.
func HintOf(r *verifier.Result, rev string) string {
	if r.Hint != "" {
		return r.Hint
	}
	switch r.Advice {
	case verifier.AllowSigner:
		return "to allow this signer, run: git seal policy allow " + rev
	case verifier.AddTimestamp:
		return "the policy requires a timestamp; set seal.timestamp to always when signing"
	case verifier.ProveTime:
		return "set seal.timestamp to auto or always when signing"
	case verifier.AddEvidence:
		return "the evidence must be embedded when signing; git-seal does that"
	case verifier.RepairKeyFile:
		return "to see what is wrong with the key files, run: git seal policy check"
	case verifier.AddTrustedRoot:
		return "to verify signatures of another Sigstore instance, add its trusted root to seal.trustedRoot"
	}
	return r.Advice.String()
}

// Details returns lines for people about the signature: who signed, when and by
// whose clock, what else to know, why it is not good, and what to do.
func (j *Judgement) Details() []string {
	var lines []string
	for _, l := range []struct{ label, text string }{
		{"", j.Who()}, {"", j.When()}, {"", j.Committer()}, {"", j.forge()}, {"why: ", j.Reason}, {"hint: ", j.hint()},
	} {
		if l.text != "" {
			lines = append(lines, l.label+l.text)
		}
	}
	return lines
}

// Who names the signer. If the evidence is not good, the name in the certificate is
// only a claim.
func (j *Judgement) Who() string {
	if j.Identity.SubjectAlternativeName == "" {
		return ""
	}
	id := host.Printable(j.Identity.SubjectAlternativeName)
	if j.Key.Fingerprint != "" {
		return j.whoByKey(id)
	}
	if j.Identity.Issuer != "" {
		id += " (" + host.Printable(j.Identity.Issuer) + ")"
	}
	switch j.Verdict {
	case verifier.Good:
		return "signed by " + id + ", allowed by the rule " + host.Printable(j.Rule)
	case verifier.Untrusted, verifier.Unproven, verifier.Revoked:
		return "signed by " + id
	}
	return "the certificate names " + id
}

// whoByKey names the holder of the OpenPGP or SSH key that signed.
func (j *Judgement) whoByKey(id string) string {
	scheme := map[verifier.Scheme]string{verifier.OpenPGP: "OpenPGP", verifier.SSH: "SSH"}[j.Scheme]
	text := fmt.Sprintf("signed by %s with the %s key %s", id, scheme, j.Key.Fingerprint)
	if j.Verdict == verifier.Good {
		text += ", named in " + host.Printable(j.Rule)
	}
	return text
}

// forge returns a line about a commit that the forge key signed, which only the
// forge vouches for.
func (j *Judgement) forge() string {
	switch j.Forge {
	case policy.ForgeMerge:
		return "signed by the forge key: a merge that adds nothing to its parents"
	case policy.ForgeSquash:
		return "signed by the forge key: a squash merge; only the forge vouches for its content"
	case policy.ForgeEdit:
		return "signed by the forge key: an edit; only the forge vouches for its content"
	}
	return ""
}

// When returns the proven time, whose clock proves it, and the log entry.
func (j *Judgement) When() string {
	var parts []string
	switch {
	case j.TimeSource == verifier.TimeFromTimestamp:
		parts = append(parts, "at "+host.Stamp(j.SignedAt)+", by the timestamp authority"+named(j.Timestamp.URL))
	case j.TimeSource == verifier.TimeFromLog:
		parts = append(parts, "at "+host.Stamp(j.SignedAt)+", by the log")
	case !j.SigningTime.IsZero():
		parts = append(parts, "at "+host.Stamp(j.SigningTime)+", by the signer's own clock, which proves nothing")
	}
	if j.Log.KeyID != "" {
		parts = append(parts, "log"+named(j.Log.URL)+", index "+strconv.FormatInt(j.Log.Index, 10))
	}
	return strings.Join(parts, "; ")
}

// Committer returns a note if the object names a different committer or tagger than
// the certificate. The author of the object chooses that name, so it proves nothing.
func (j *Judgement) Committer() string {
	if j.Object == nil || j.Identity.Kind != fulcio.Email {
		return ""
	}
	email := j.Object.Committer().Email
	if email == "" || policy.FoldAddress(email) == policy.FoldAddress(j.Identity.SubjectAlternativeName) {
		return ""
	}
	role := "committer"
	if j.Object.Type == git.Tag {
		role = "tagger"
	}
	return "note: the " + string(j.Object.Type) + " names a different address, " + host.Printable(email) + ", as " + role
}

// named returns a URL after a space, or "" if it is not known.
func named(url string) string {
	if url == "" {
		return ""
	}
	return " " + host.Printable(url)
}
