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

// unsupported is the result if no key that the policy names could have made the
// signature, if it cannot be read, or if its form proves nothing: never good and
// never bad.
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

// undecided is the result if a key file that may hold the key is refused.
func (j *keyJudge) undecided(err error) *Result {
	j.checkForm("")
	j.check(CheckSignature, &couldNotTell{err.Error()})
	j.result.Advice = RepairKeyFile
	return j.conclude(nil)
}

func (j *keyJudge) check(name CheckName, err error) {
	j.result.Checks = append(j.result.Checks, checkOf(name, err))
}

// checkForm notes that the signature could be read. Text after its armor is not
// part of it.
func (j *keyJudge) checkForm(after string) {
	c := Check{Name: CheckForm, Outcome: Passed}
	if after != "" {
		c.Detail = fmt.Sprintf("%d bytes after the signature's armor are not signed: %.40q", len(after), after)
	}
	j.result.Checks = append(j.result.Checks, c)
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

// judgeOpenPGP judges an OpenPGP signature by the key files under openpgp. If the
// policy names none, or none with the key, it is unsupported.
func judgeOpenPGP(p *policy.Policy, o policy.Object, payload, signature []byte) *Result {
	j := newKeyJudge(p, o, OpenPGP)
	keys := p.OpenPGPKeys()
	if keys == nil {
		return j.notNamed("no key is named for it")
	}
	sig, err := openpgp.ParseSignature(signature)
	if err != nil {
		return j.unsupported(err.Error())
	}
	j.result.SigningTime = sig.CreationTime()
	signers, err := keys.Verify(sig, payload)
	switch {
	case errors.Is(err, openpgp.ErrNoKey):
		return j.notNamed(fmt.Sprintf("the policy names no key %s for it", sig.Issuer()))
	case errors.As(err, new(*openpgp.RefusedError)):
		return j.undecided(fmt.Errorf("signed by key %s, and %w", sig.Issuer(), err))
	case errors.As(err, new(*openpgp.UnsupportedError)):
		return j.unsupported(err.Error())
	}
	j.checkForm(string(sig.After))
	if err != nil {
		j.check(CheckSignature, errNotWhatWasSigned)
		return j.conclude(nil)
	}
	j.check(CheckSignature, nil)
	// Several keys may claim a subkey. What one of them is not allowed says
	// nothing about another.
	var nearest *Result
	for _, signer := range signers {
		r := j.fork().judgeSigner(signer, sig.CreationTime())
		if r.Verdict == Good {
			return r
		}
		if nearest == nil || r.Check(CheckKey).Outcome == Passed && nearest.Check(CheckKey).Outcome != Passed {
			nearest = r
		}
	}
	return nearest
}

// fork returns a judge that goes on from here with a result of its own.
func (j *keyJudge) fork() *keyJudge {
	next, result := *j, *j.result
	result.Checks = slices.Clone(result.Checks)
	next.result = &result
	return &next
}

// judgeSigner judges the OpenPGP key that made the signature.
func (j *keyJudge) judgeSigner(signer openpgp.Signer, at time.Time) *Result {
	var file policy.OpenPGPFile
	file, j.forge = j.policy.OpenPGPFile(signer.Key().Files())
	err := signer.Check(at)
	ids := signer.Key().UserIDs(at)
	j.result.Key = KeyInfo{Fingerprint: signer.Fingerprint(), File: file.Name}
	if len(ids) > 0 {
		j.result.Identity.SubjectAlternativeName = ids[0]
	}
	return j.decide(file.Name, keyTimeError(err, at), func() error {
		return checkKeyCommitter(j.object, ids, file.Committers)
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
	case errors.As(err, new(*openpgp.RefusedError)):
		return &couldNotTell{err.Error()}
	case errors.Is(err, openpgp.ErrRevoked):
		return &keyRevoked{err.Error() + claimed}
	}
	return &policy.NotAllowedError{Reason: err.Error() + claimed, Hint: "the key file may be out of date: export the key again"}
}

// keyRevoked is the policy's no to a key that its own file revokes.
type keyRevoked struct{ reason string }

func (e *keyRevoked) Error() string { return e.reason }

// checkKeyCommitter compares the committer or tagger with the addresses in the
// key's names and those that the policy adds.
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

// judgeSSH judges an SSH signature by the allowed signers. If the policy names
// none, or not the key, it is unsupported.
func judgeSSH(p *policy.Policy, o policy.Object, payload, signature []byte) *Result {
	j := newKeyJudge(p, o, SSH)
	if !p.NamesSSH() {
		return j.notNamed("no key is named for it")
	}
	sig, err := sshsig.ParseSignature(signature)
	if err != nil {
		return j.unsupported(err.Error())
	}
	j.result.SigningTime = o.Date.UTC()
	var allowed policy.AllowedSigners
	var lines []*sshsig.Signer
	passedOver := ""
	for _, allowed = range p.AllowedSigners() {
		if lines = allowed.Find(sig); len(lines) > 0 {
			break
		}
		if w, found := allowed.PassedOver(sig); found && passedOver == "" {
			passedOver = fmt.Sprintf("%s, line %d, has its key %s and is %s", allowed.File.Name, w.Line, sig.Fingerprint(), w.Reason)
		}
	}
	switch {
	case len(lines) > 0:
	case passedOver != "":
		return j.unsupported(passedOver)
	default:
		if w, refused := p.RefusedSSH(); refused {
			return j.undecided(fmt.Errorf("signed by key %s, and %s", sig.Fingerprint(), w))
		}
		return j.notNamed(fmt.Sprintf("the policy names no key %s for it", sig.Fingerprint()))
	}
	j.forge = allowed.Forge
	// What was signed for another purpose says nothing about an object.
	if sig.Namespace() != sshsig.Namespace {
		return j.unsupported(fmt.Sprintf("the signature was made for %.80q, not for %s", sig.Namespace(), sshsig.Namespace))
	}
	j.checkForm(string(sig.After))
	if sig.Verify(payload) != nil {
		j.check(CheckSignature, errNotWhatWasSigned)
		return j.conclude(nil)
	}
	j.result.Checks = append(j.result.Checks, Check{Name: CheckSignature, Outcome: Passed, Detail: touchWords(sig)})
	return j.judgeLine(nearestLine(allowed.File, lines, o), sig, allowed.File)
}

// touchWords say what a signature by a security key tells about its making.
func touchWords(sig *sshsig.Signature) string {
	switch is, touched := sig.SecurityKey(); {
	case touched:
		return "by a security key that was touched"
	case is:
		return "by a security key, without a touch"
	}
	return ""
}

// judgeLine judges by one line of allowed signers.
func (j *keyJudge) judgeLine(near nearLine, sig *sshsig.Signature, file policy.SSHFile) *Result {
	line, o := near.line, j.object
	where := fmt.Sprintf("%s, line %d", file.Name, line.Line)
	j.result.Key = KeyInfo{Fingerprint: sig.Fingerprint(), File: file.Name, Line: line.Line}
	j.result.Identity.SubjectAlternativeName = line.Principals
	if near.principal != "" {
		j.result.Identity.SubjectAlternativeName = near.principal
	}
	var validity error
	if near.err != nil {
		validity = &policy.NotAllowedError{Reason: fmt.Sprintf("%s: %v", where, near.err)}
	}
	return j.decide(where, validity, func() error {
		if _, touched := sig.SecurityKey(); file.TouchRequired && !touched {
			return &policy.NotAllowedError{
				Reason: "the policy requires that somebody touches a security key for a signature, and this one does not say so",
				Hint:   "sign with a security key (ssh-keygen -t ed25519-sk) that was made without -O no-touch-required",
			}
		}
		if near.principal != "" {
			return nil
		}
		return &policy.NotAllowedError{
			Reason: fmt.Sprintf("%s: its principals, %q, do not name the %s, %q", where, line.Principals, o.CommitterRole(), o.Committer),
			Hint:   principalHint(line.Principals, file.Name, o.Committer),
		}
	})
}

// principalHint says how to allow a committer whom a line does not name.
func principalHint(principals, file, committer string) string {
	hint := "if the address is the key holder's too, add it to the principals of that line"
	if committer == "" || strings.ContainsAny(principals, "*?!,") {
		return hint
	}
	return fmt.Sprintf("%s, or add in the policy: ssh: {file: %s, committers: {%q: [%q]}}", hint, file, principals, committer)
}

// nearLine is a line of allowed signers that has the key.
type nearLine struct {
	line *sshsig.Signer
	// principal is the name by which the line allows the committer, empty if it
	// does not.
	principal string
	err       error // why the line does not count
}

// nearestLine returns the first line that lets the key sign the object, or else
// the one that comes nearest.
func nearestLine(file policy.SSHFile, lines []*sshsig.Signer, o policy.Object) nearLine {
	var nearest nearLine
	for _, line := range lines {
		near := nearLine{line: line, err: line.Check(sshsig.Namespace, o.Date)}
		for _, name := range file.Principals(o.Committer) {
			if line.Names(name) {
				near.principal = name
				break
			}
		}
		if near.err == nil && near.principal != "" {
			return near
		}
		if nearest.line == nil || near.err == nil && nearest.err != nil {
			nearest = near
		}
	}
	return nearest
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
		key = checkOf(CheckKey, validity)
	}
	if key.Outcome == CouldNotTell {
		r.Advice = RepairKeyFile
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
		return &policy.NotAllowedError{Reason: "the forge's key signs commits only, and this is " + j.object.Kind()}
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
