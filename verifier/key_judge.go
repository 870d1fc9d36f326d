package verifier

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/verifier/openpgp"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/sshsig"
)

// keyJudge judges one signature by the keys that a policy names. Such a
// signature proves no time: what is compared with a key's validity is what the
// signer claims.
type keyJudge struct {
	policy *policy.Policy
	object policy.Object
	forge  bool // the key is the forge's own
	result *Result
}

func newKeyJudge(p *policy.Policy, o policy.Object, s Scheme) *keyJudge {
	return &keyJudge{policy: p, object: o, result: &Result{Scheme: s}}
}

// schemeWords are the schemes' names in a sentence.
var schemeWords = map[Scheme]string{OpenPGP: "OpenPGP", SSH: "SSH"}

// unsupported is the result where no key that the policy names could have made
// the signature, or its form proves nothing: never good and never bad.
func (j *keyJudge) unsupported(why string) *Result {
	j.result.Verdict = Unsupported
	j.result.Reason = "signed with " + schemeWords[j.result.Scheme] + ", and " + why
	return j.result
}

// notNamed is unsupported for want of a key.
func (j *keyJudge) notNamed(why string) *Result {
	j.result.Advice = NameKeyFile
	return j.unsupported(why)
}

// unreadable is the result for a signature that could not be read.
func (j *keyJudge) unreadable(err error) *Result {
	if other := (*openpgp.UnsupportedError)(nil); errors.As(err, &other) {
		return j.unsupported(other.What)
	}
	if other := (*sshsig.UnsupportedError)(nil); errors.As(err, &other) {
		return j.unsupported(other.What)
	}
	j.check(CheckForm, err)
	return j.conclude(nil)
}

func (j *keyJudge) check(name CheckName, err error) {
	j.result.Checks = append(j.result.Checks, checkOf(name, err))
}

// conclude reads the verdict from the checks; refusal is the policy's.
func (j *keyJudge) conclude(refusal error) *Result {
	r := j.result
	verdict, decisive := verdictIn(keyCheckOrder, r.Checks)
	if verdict == Untrusted && errors.As(refusal, new(*keyRevoked)) {
		verdict = Revoked
	}
	r.Verdict = verdict
	if verdict != Good {
		r.Rule = ""
	}
	if decisive != nil {
		r.Reason = decisive.Detail
	}
	if no := (*policy.NotAllowedError)(nil); verdict == Untrusted && errors.As(refusal, &no) {
		r.Hint = no.Hint
	}
	return r
}

// judgeOpenPGP judges an OpenPGP signature by the key files under openpgp. A
// policy that names none, or none with the key, leaves it unsupported.
func judgeOpenPGP(p *policy.Policy, o policy.Object, payload, signature []byte) *Result {
	j := newKeyJudge(p, o, OpenPGP)
	if !p.NamesOpenPGP() {
		return j.notNamed("no key is named for it")
	}
	sig, err := openpgp.ParseSignature(signature)
	if err != nil {
		return j.unreadable(err)
	}
	j.result.SigningTime = sig.CreationTime()
	var key *policy.OpenPGPKey
	var signer openpgp.Signer
	named := false
	for _, set := range p.KeySets() {
		for i := range set.Openpgp {
			k := &set.Openpgp[i]
			if !k.Made(sig) {
				continue
			}
			named = true
			if signer, err = k.Verify(sig, payload); err == nil {
				key, j.forge = k, set.Forge
				break
			}
		}
		if key != nil {
			break
		}
	}
	if !named {
		return j.notNamed(fmt.Sprintf("the policy names no key %s for it", sig.Issuer()))
	}
	j.check(CheckForm, nil)
	if key == nil {
		j.check(CheckSignature, errNotWhatWasSigned)
		return j.conclude(nil)
	}
	j.check(CheckSignature, nil)
	at := sig.CreationTime()
	ids := key.UserIDs(at)
	j.result.Key = KeyInfo{Fingerprint: signer.Fingerprint(), File: key.File.Name}
	if len(ids) > 0 {
		j.result.Identity.SubjectAlternativeName = ids[0]
	}
	return j.decide(key.File.Name, keyTimeError(signer.CheckTime(at), at), func() error {
		return checkKeyCommitter(o, ids, key.File.Committers)
	})
}

// errNotWhatWasSigned is the same for a changed object and another key's work:
// the mathematics does not tell the two apart.
var errNotWhatWasSigned = errors.New("object is not what was signed, or not by that key")

// keyTimeError says in the policy's words why a key could not sign at a time.
func keyTimeError(err error, at time.Time) error {
	claimed := fmt.Sprintf(" (the signature says that it was made at %s, which nothing proves)", policy.Stamp(at))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, openpgp.ErrRevoked):
		return &keyRevoked{err.Error() + claimed}
	}
	return &policy.NotAllowedError{Reason: err.Error() + claimed, Hint: "the key file may be older than the key's present one: export it anew"}
}

// keyRevoked is the policy's no to a key whose own file withdraws it.
type keyRevoked struct{ reason string }

func (e *keyRevoked) Error() string { return e.reason }

// checkKeyCommitter holds the committer or tagger to the addresses in the key's
// names and those that the policy adds.
func checkKeyCommitter(o policy.Object, ids, committers []string) error {
	address := policy.FoldAddress(o.Committer)
	if address == "" {
		return &policy.NotAllowedError{Reason: fmt.Sprintf("the %s has no address that could be compared", o.CommitterRole())}
	}
	same := func(c string) bool { return policy.FoldAddress(c) == address }
	if slices.ContainsFunc(ids, func(id string) bool { return same(openpgp.Address(id)) }) || slices.ContainsFunc(committers, same) {
		return nil
	}
	return &policy.NotAllowedError{
		Reason: fmt.Sprintf("the %s is %q, which is none of the key's addresses and none of its committers", o.CommitterRole(), o.Committer),
		Hint:   "if the address is the key holder's too, add it to the key file's committers in the policy",
	}
}

// judgeSSH judges an SSH signature by the allowed signers. A policy that names
// none, or not the key, leaves it unsupported.
func judgeSSH(p *policy.Policy, o policy.Object, payload, signature []byte) *Result {
	j := newKeyJudge(p, o, SSH)
	if !p.NamesSSH() {
		return j.notNamed("no key is named for it")
	}
	sig, err := sshsig.ParseSignature(signature)
	if err != nil {
		return j.unreadable(err)
	}
	j.result.SigningTime = o.Date.UTC()
	var lines []*sshsig.Signer
	file := p.SignerKeys.Named.SSH
	for _, set := range p.KeySets() {
		if set.SSH == nil {
			continue
		}
		if lines = set.SSH.Find(sig); len(lines) > 0 {
			file, j.forge = set.Named.SSH, set.Forge
			break
		}
	}
	if len(lines) == 0 {
		return j.notNamed(fmt.Sprintf("the policy names no key %s for it", sig.Fingerprint()))
	}
	j.check(CheckForm, nil)
	if err := checkSSH(sig, payload); err != nil {
		j.check(CheckSignature, err)
		return j.conclude(nil)
	}
	j.check(CheckSignature, nil)
	line, why := nearestLine(lines, o)
	j.result.Key = KeyInfo{Fingerprint: sig.Fingerprint(), File: file, Line: line.Line}
	j.result.Identity.SubjectAlternativeName = line.Principals
	if why == nil {
		j.result.Identity.SubjectAlternativeName = o.Committer
	}
	var windowed error
	if why != nil && !errors.Is(why, sshsig.ErrPrincipal) {
		windowed, why = &policy.NotAllowedError{Reason: fmt.Sprintf("%s, line %d: %v", file, line.Line, why)}, nil
	}
	return j.decide(fmt.Sprintf("%s, line %d", file, line.Line), windowed, func() error {
		if why == nil {
			return nil
		}
		return &policy.NotAllowedError{
			Reason: fmt.Sprintf("%s, line %d: its principals, %q, do not name the %s, %q", file, line.Line, line.Principals, o.CommitterRole(), o.Committer),
			Hint:   "if the address is the key holder's too, add it to the principals of that line",
		}
	})
}

// checkSSH checks the mathematics, and that it was git's: what was signed for
// another purpose says nothing about an object.
func checkSSH(sig *sshsig.Signature, payload []byte) error {
	if sig.Namespace() != sshsig.Namespace {
		return fmt.Errorf("signature was made for %q, not for %s", sig.Namespace(), sshsig.Namespace)
	}
	if sig.Verify(payload) != nil {
		return errNotWhatWasSigned
	}
	return nil
}

// nearestLine returns the first line that lets the key sign the object, or else
// one that comes nearest, and why that does not.
func nearestLine(lines []*sshsig.Signer, o policy.Object) (nearest *sshsig.Signer, why error) {
	for _, line := range lines {
		err := line.Check(o.Committer, sshsig.Namespace, o.Date)
		if err == nil {
			return line, nil
		}
		if nearest == nil || errors.Is(err, sshsig.ErrPrincipal) && !errors.Is(why, sshsig.ErrPrincipal) {
			nearest, why = line, err
		}
	}
	return nearest, why
}

// decide makes the last two checks: whether the key could sign at the time that
// is claimed, and whether the policy lets it sign this. rule names where the
// policy names the key.
func (j *keyJudge) decide(rule string, validity error, committer func() error) *Result {
	r := j.result
	r.Rule = rule
	key := Check{Name: CheckKey, Outcome: Passed, Detail: "no time is proven"}
	if !r.SigningTime.IsZero() {
		key.Detail = "valid at " + policy.Stamp(r.SigningTime) + ", a time that is claimed and not proven"
	}
	if validity != nil {
		key.Outcome, key.Detail = Failed, validity.Error()
	}
	r.Checks = append(r.Checks, key)
	refusal := validity
	if refusal == nil {
		refusal = j.allow(committer)
	}
	j.check(CheckPolicy, refusal)
	return j.conclude(refusal)
}

// allow asks the policy about a key that is valid.
func (j *keyJudge) allow(committer func() error) error {
	if j.object.Type != policy.Commit && j.object.Type != policy.Tag {
		return &policy.NotAllowedError{Reason: "keys that are named in a policy sign commits and tags, and this is " + j.object.Kind()}
	}
	if err := committer(); err != nil {
		return err
	}
	if !j.forge {
		return nil
	}
	return j.allowForge()
}

// allowForge says whether the policy lets the forge sign what it signed.
func (j *keyJudge) allowForge() error {
	if j.object.Type != policy.Commit {
		return &policy.NotAllowedError{Reason: "the forge's key signs commits alone, and this is " + j.object.Kind()}
	}
	rules := j.policy.HistoryRules()
	if j.object.Rules != nil {
		rules = *j.object.Rules
	}
	work, err := forgeWork(j.object)
	if err != nil {
		return &couldNotTell{fmt.Sprintf("the forge's key signed a merge, and what merging its parents gives cannot be told: %v", err)}
	}
	j.result.Forge = work
	if rules.Allows(work) {
		return nil
	}
	return &policy.NotAllowedError{Reason: forgeReasons[work], Hint: fmt.Sprintf("history: {forge: {%s: allow}} in the policy would take the forge's word for it", work)}
}

var forgeReasons = map[policy.ForgeWork]string{
	policy.ForgeMerge:  "the forge's key signed a merge, and the policy does not let it",
	policy.ForgeSquash: "the forge's key signed a squash merge, for whose content nobody else vouches",
	policy.ForgeEdit:   "the forge's key signed an edit, or a merge that is not what merging its parents gives, for whose content nobody else vouches",
}

// forgeWork tells what kind of commit a forge made. That a squash merge is one
// only its subject says, which whoever may edit on the forge chooses.
func forgeWork(o policy.Object) (policy.ForgeWork, error) {
	switch {
	case o.Parents == 2 && o.MergesCleanly == nil:
		return "", errors.New("there is no repository to ask")
	case o.Parents == 2:
		clean, err := o.MergesCleanly()
		if err != nil {
			return "", err
		}
		if clean {
			return policy.ForgeMerge, nil
		}
	case o.Parents == 1 && isSquash(o.Subject):
		return policy.ForgeSquash, nil
	}
	return policy.ForgeEdit, nil
}

// isSquash says whether a subject ends in the number of a pull or merge request,
// "(#12)" or "(!12)".
func isSquash(subject string) bool {
	text, ok := strings.CutSuffix(strings.TrimRight(subject, " \r"), ")")
	open := strings.LastIndexByte(text, '(')
	if !ok || open < 0 || len(text) < open+3 || text[open+1] != '#' && text[open+1] != '!' {
		return false
	}
	return strings.Trim(text[open+2:], "0123456789") == ""
}
