package verifier_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	pgparmor "github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
	"github.com/git-seal/git-seal/verifier/trust"
)

var keyPayload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nby a key")

// keyTime is when everything in these tests is signed.
var keyTime = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func pgpConfig(at time.Time) *packet.Config {
	return &packet.Config{Time: func() time.Time { return at }, Algorithm: packet.PubKeyAlgoEdDSA}
}

func pgpKey(t testing.TB, name string) *pgp.Entity {
	t.Helper()
	e, err := pgp.NewEntity(name, "", name+"@example.com", pgpConfig(keyTime.Add(-time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func pgpPublic(t testing.TB, e *pgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pgpSign(t testing.TB, e *pgp.Entity, at time.Time) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pgp.ArmoredDetachSign(&b, []*pgp.Entity{e}, bytes.NewReader(keyPayload), &pgp.SignParams{Config: pgpConfig(at)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sshKey(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sshSign(t testing.TB, s ssh.Signer, namespace string) []byte {
	t.Helper()
	sig, err := sshsig.Sign(bytes.NewReader(keyPayload), s, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return sshsig.Armor(sig)
}

func sshLine(s ssh.Signer) string { return string(ssh.MarshalAuthorizedKey(s.PublicKey())) }

// keyVerifier judges by a policy with key files.
func keyVerifier(t testing.TB, policy string, files map[string][]byte) *verifier.Verifier {
	t.Helper()
	p := policytest.Parse(t, policy)
	if err := p.ReadKeys(func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return text, nil
		}
		return nil, fs.ErrNotExist
	}); err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}, Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func commitBy(name string) policy.Object {
	return policy.Object{Type: policy.Commit, Committer: name + "@example.com", Date: keyTime, Parents: 1}
}

// TestVerifyByKeys lets OpenPGP and SSH signatures be judged, one difference a
// row from what is good.
func TestVerifyByKeys(t *testing.T) {
	t.Parallel()
	ana, bob, revoked := pgpKey(t, "ana"), pgpKey(t, "bob"), pgpKey(t, "carol")
	old := pgpSign(t, revoked, keyTime)
	if err := revoked.Revoke(packet.KeyCompromised, "", pgpConfig(keyTime)); err != nil {
		t.Fatal(err)
	}
	anas, bobs := sshKey(t, 1), sshKey(t, 2)
	files := map[string][]byte{
		"keys/ana.asc": pgpPublic(t, ana), "keys/carol.asc": pgpPublic(t, revoked),
		"allowed": []byte(`ana@example.com namespaces="git" ` + sshLine(anas)), "file": []byte(`ana@example.com namespaces="file" ` + sshLine(anas)),
		"late":      []byte(`ana@example.com valid-after="20240302Z" ` + sshLine(anas)),
		"two":       []byte("bob@example.com " + sshLine(anas) + "ana@example.com " + sshLine(anas)),
		"authority": []byte("ana@example.com cert-authority " + sshLine(anas) + "bob@example.com " + sshLine(bobs)),
		"names":     []byte("Bob " + sshLine(bobs) + `"Ana B" ` + sshLine(anas)),
		"security":  []byte("ana@example.com " + securityKeyLine()),
	}
	touched, untouched := securityKeySign(1), securityKeySign(0)
	gpg := policytest.One("") + "keys: {openpgp: [keys/ana.asc, keys/carol.asc]}\n"
	with := func(file string) string { return policytest.One("") + "keys: {ssh: " + file + "}\n" }
	byAna, byAnasSSH := pgpSign(t, ana, keyTime), sshSign(t, anas, "git")
	flipped := slices.Clone(keyPayload)
	flipped[0] ^= 1
	by := func(change func(*policy.Object)) policy.Object {
		o := commitBy("ana")
		change(&o)
		return o
	}
	for _, tt := range []struct {
		name, policy string
		payload      []byte
		signature    []byte
		object       policy.Object
		want         verifier.Verdict
		why          string
	}{
		{"OpenPGP", gpg, keyPayload, byAna, commitBy("ana"), verifier.Good, ""},
		{"OpenPGP, a tag", gpg, keyPayload, byAna, by(func(o *policy.Object) { o.Type = policy.Tag }), verifier.Good, ""},
		{"OpenPGP, the committer in capitals", gpg, keyPayload, byAna, by(func(o *policy.Object) { o.Committer = "ANA@EXAMPLE.COM" }), verifier.Good, ""},
		{"OpenPGP, another committer", gpg, keyPayload, byAna, commitBy("bob"), verifier.Untrusted, `the committer is "bob@example.com"`},
		{"OpenPGP, another tagger", gpg, keyPayload, byAna, by(func(o *policy.Object) { o.Type, o.Committer = policy.Tag, "x@example.com" }), verifier.Untrusted, `the tagger is "x@example.com"`},
		{"OpenPGP, no committer", gpg, keyPayload, byAna, by(func(o *policy.Object) { o.Committer = "" }), verifier.Untrusted, "no address"},
		{"OpenPGP, a committer of the policy", strings.Replace(gpg, "keys/ana.asc", "{file: keys/ana.asc, committers: [bob@example.com]}", 1), keyPayload, byAna, commitBy("bob"), verifier.Good, ""},
		{"OpenPGP, a push certificate", gpg, keyPayload, byAna, policy.Object{Type: policy.PushCertificate}, verifier.Untrusted, "sign commits and tags"},
		{"OpenPGP, changed", gpg, flipped, byAna, commitBy("ana"), verifier.Bad, "not what was signed"},
		{"OpenPGP, another key", gpg, keyPayload, pgpSign(t, bob, keyTime), commitBy("ana"), verifier.Unsupported, "names no key"},
		{"OpenPGP, another key and changed", gpg, flipped, pgpSign(t, bob, keyTime), commitBy("ana"), verifier.Unsupported, "names no key"},
		{"OpenPGP, no keys for it", with("allowed"), keyPayload, byAna, commitBy("ana"), verifier.Unsupported, "no key is named"},
		{"OpenPGP, no keys at all", policytest.One(""), keyPayload, byAna, commitBy("ana"), verifier.Unsupported, "no key is named"},
		{"OpenPGP, before the key was made", gpg, keyPayload, pgpSignAnyway(t, ana, keyTime.Add(-2*time.Hour)), commitBy("ana"), verifier.Untrusted, "not valid for signing"},
		{"OpenPGP, a key revoked", gpg, keyPayload, old, commitBy("carol"), verifier.Revoked, "key is revoked"},
		{"OpenPGP, a key revoked, changed", gpg, flipped, old, commitBy("carol"), verifier.Bad, "not what was signed"},
		{"OpenPGP, twice", gpg, keyPayload, append(slices.Clone(byAna), byAna...), commitBy("ana"), verifier.Unsupported, "more than one signature"},
		{"OpenPGP, junk in its armor", gpg, keyPayload, []byte("-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"), commitBy("ana"), verifier.Unsupported, "packet"},
		{"OpenPGP, junk without keys", policytest.One(""), keyPayload, []byte("-----BEGIN PGP SIGNATURE-----\nx"), commitBy("ana"), verifier.Unsupported, "no key is named"},
		{"OpenPGP, armor of a message", gpg, keyPayload, bytes.ReplaceAll(byAna, []byte("PGP SIGNATURE"), []byte("PGP MESSAGE")), commitBy("ana"), verifier.Good, ""},
		{"OpenPGP, text after its armor", gpg, keyPayload, append(slices.Clone(byAna), "\nhello\n"...), commitBy("ana"), verifier.Good, ""},
		{"OpenPGP, text after its armor, changed", gpg, flipped, append(slices.Clone(byAna), "\nhello\n"...), commitBy("ana"), verifier.Bad, "not what was signed"},
		{"OpenPGP, text after its armor, another key", gpg, keyPayload, append(pgpSign(t, bob, keyTime), "\nhello\n"...), commitBy("ana"), verifier.Unsupported, "names no key"},

		{"SSH", with("allowed"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Good, ""},
		{"SSH, the second line with the key", with("two"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Good, ""},
		{"SSH, another committer", with("allowed"), keyPayload, byAnasSSH, commitBy("bob"), verifier.Untrusted, "do not name the committer"},
		{"SSH, no committer", with("allowed"), keyPayload, byAnasSSH, by(func(o *policy.Object) { o.Committer = "" }), verifier.Untrusted, "do not name"},
		{"SSH, changed", with("allowed"), flipped, byAnasSSH, commitBy("ana"), verifier.Bad, "not what was signed"},
		{"SSH, another namespace", with("allowed"), keyPayload, sshSign(t, anas, "file"), commitBy("ana"), verifier.Unsupported, `made for "file"`},
		{"SSH, a line for another namespace", with("file"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, "namespaces"},
		{"SSH, another key", with("allowed"), keyPayload, sshSign(t, bobs, "git"), commitBy("ana"), verifier.Unsupported, "names no key"},
		{"SSH, before its time", with("late"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, "only after 2024-03-02"},
		{"SSH, in its time", with("late"), keyPayload, byAnasSSH, by(func(o *policy.Object) { o.Date = keyTime.Add(24 * time.Hour) }), verifier.Good, ""},
		{"SSH, at no time", with("late"), keyPayload, byAnasSSH, by(func(o *policy.Object) { o.Date = time.Time{} }), verifier.Untrusted, "has no time"},
		{"SSH, no keys for it", gpg, keyPayload, byAnasSSH, commitBy("ana"), verifier.Unsupported, "no key is named"},
		{"SSH, junk in its armor", with("allowed"), keyPayload, []byte("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"), commitBy("ana"), verifier.Unsupported, "does not contain an SSH signature"},
		{"SSH, text after its armor", with("allowed"), keyPayload, append(slices.Clone(byAnasSSH), "hello\n"...), commitBy("ana"), verifier.Good, ""},
		{"SSH, the principal in capitals", with("allowed"), keyPayload, byAnasSSH, by(func(o *policy.Object) { o.Committer = "Ana@Example.com" }), verifier.Good, ""},
		{"SSH, a line that is passed over", with("authority"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Unsupported, "authority, line 1, has its key"},
		{"SSH, a principal without address", with("names"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, `names, line 2: its principals, "Ana B", do not name the committer`},
		{"SSH, a principal with committers", with("{file: names, committers: {Ana B: [x@example.com, Ana@example.com]}}"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Good, ""},
		{"SSH, another principal with committers", with("{file: names, committers: {Bob: [ana@example.com]}}"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, "do not name"},
		{"SSH, a principal with other committers", with("{file: names, committers: {Ana B: [bob@example.com]}}"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, "do not name"},
		{"SSH, a plain key where a touch is required", with("{file: allowed, touch: required}"), keyPayload, byAnasSSH, commitBy("ana"), verifier.Untrusted, "requires that somebody touches"},
		{"SSH, a security key", with("security"), keyPayload, touched, commitBy("ana"), verifier.Good, ""},
		{"SSH, a security key without a touch", with("security"), keyPayload, untouched, commitBy("ana"), verifier.Good, ""},
		{"SSH, a security key where a touch is required", with("{file: security, touch: required}"), keyPayload, touched, commitBy("ana"), verifier.Good, ""},
		{"SSH, a security key without the touch that is required", with("{file: security, touch: required}"), keyPayload, untouched, commitBy("ana"), verifier.Untrusted, "requires that somebody touches"},
		{"SSH, a security key, changed", with("security"), flipped, untouched, commitBy("ana"), verifier.Bad, "not what was signed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := keyVerifier(t, tt.policy, files).VerifyObject(tt.object, tt.payload, tt.signature)
			if r.Verdict != tt.want || !strings.Contains(r.Reason, tt.why) || (r.Reason == "") != (tt.want == verifier.Good) {
				t.Fatalf("%v: %q, want %v: %q", r.Verdict, r.Reason, tt.want, tt.why)
			}
			if !r.SignedAt.IsZero() || r.TimeSource != "" || r.Certificate != nil || r.Identity.Issuer != "" {
				t.Errorf("%+v: a key proves no time, and nobody vouches for it", r)
			}
			if (r.Rule != "") != (tt.want == verifier.Good) || tt.want == verifier.Good && r.Key.Fingerprint == "" {
				t.Errorf("rule %q, key %+v", r.Rule, r.Key)
			}
			p := policytest.Parse(t, tt.policy)
			if x := verifier.Explain(p, r, tt.object); x.Verdict != tt.want || x.Reason == "" {
				t.Errorf("explained as %+v", x)
			}
		})
	}
}

func pgpArmor(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pgparmor.Encode(&b, "PGP SIGNATURE", nil)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pgpSignAnyway signs with a key at a time at which the library would not.
func pgpSignAnyway(t testing.TB, e *pgp.Entity, at time.Time) []byte {
	t.Helper()
	sig := &packet.Signature{
		Version: 4, SigType: packet.SigTypeBinary, PubKeyAlgo: e.PrivateKey.PubKeyAlgo, Hash: 5, // SHA-256
		CreationTime: at, IssuerKeyId: &e.PrivateKey.KeyId, IssuerFingerprint: e.PrivateKey.Fingerprint,
	}
	h, err := sig.PrepareSign(pgpConfig(at))
	if err != nil {
		t.Fatal(err)
	}
	h.Write(keyPayload)
	if err := sig.Sign(h, e.PrivateKey, pgpConfig(at)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sig.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return pgpArmor(t, b.Bytes())
}

// TestForge: the forge's own key signs what the policy lets a forge do.
func TestForge(t *testing.T) {
	t.Parallel()
	forge, ana := pgpKey(t, "forge"), pgpKey(t, "ana")
	files := map[string][]byte{"forge.asc": pgpPublic(t, forge), "ana.asc": pgpPublic(t, ana)}
	withHistory := func(history string) string {
		return policytest.One("") + "keys: {openpgp: [ana.asc], forge: {openpgp: [forge.asc]}}\n" + history
	}
	clean := func(answer bool, err error) func() (bool, error) {
		return func() (bool, error) { return answer, err }
	}
	merge := func(f func() (bool, error)) policy.Object {
		o := commitBy("forge")
		o.Parents, o.MergesCleanly = 2, f
		return o
	}
	subject := func(s string) policy.Object {
		o := commitBy("forge")
		o.Subject = s
		return o
	}
	allow := &policy.HistoryRules{Edit: true}
	edit := commitBy("forge")
	edit.Rules = allow
	tag := commitBy("forge")
	tag.Type = policy.Tag
	octopus := merge(clean(true, nil))
	octopus.Parents = 3
	for _, tt := range []struct {
		name, policy string
		object       policy.Object
		want         verifier.Verdict
		work         policy.ForgeWork
		why          string
	}{
		{"a merge", withHistory(""), merge(clean(true, nil)), verifier.Good, policy.ForgeMerge, ""},
		{"a merge, denied", withHistory("history: {forge: {merge: deny}}\n"), merge(clean(true, nil)), verifier.Untrusted, policy.ForgeMerge, "the policy does not let it"},
		{"a merge that adds something", withHistory(""), merge(clean(false, nil)), verifier.Untrusted, policy.ForgeEdit, "not what merging its parents gives"},
		{"a merge that cannot be made", withHistory(""), merge(clean(false, errors.New("object missing"))), verifier.Unknown, "", "object missing"},
		{"a merge without a repository", withHistory(""), merge(nil), verifier.Unknown, "", "no repository"},
		{"an octopus", withHistory(""), octopus, verifier.Untrusted, policy.ForgeEdit, "nobody else vouches"},
		{"another committer", withHistory(""), func() policy.Object {
			o := merge(clean(true, nil))
			o.Committer = "ana@example.com"
			return o
		}(), verifier.Untrusted, "", "none of the key's addresses"},
		{"a squash", withHistory(""), subject("Add a thing (#12)"), verifier.Untrusted, policy.ForgeSquash, "squash merge"},
		{"a squash, allowed", withHistory("history: {forge: {squash: allow}}\n"), subject("Add a thing (!12)"), verifier.Good, policy.ForgeSquash, ""},
		{"an edit", withHistory(""), subject("Update README.md"), verifier.Untrusted, policy.ForgeEdit, "an edit"},
		{"an edit where squashes are allowed", withHistory("history: {forge: {squash: allow}}\n"), subject("Update (#)"), verifier.Untrusted, policy.ForgeEdit, "an edit"},
		{"an edit, allowed", withHistory("history: {forge: {edit: allow}}\n"), subject("Update README.md"), verifier.Good, policy.ForgeEdit, ""},
		{"an edit, allowed for its ref", withHistory(""), edit, verifier.Good, policy.ForgeEdit, ""},
		{"a tag", withHistory("history: {forge: {squash: allow, edit: allow}}\n"), tag, verifier.Untrusted, "", "signs commits only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := keyVerifier(t, tt.policy, files).VerifyObject(tt.object, keyPayload, pgpSign(t, forge, keyTime))
			if r.Verdict != tt.want || r.Forge != tt.work || !strings.Contains(r.Reason, tt.why) {
				t.Errorf("%v, %q: %q, want %v, %q: %q", r.Verdict, r.Forge, r.Reason, tt.want, tt.work, tt.why)
			}
		})
	}
	// Nobody else's merge is made again.
	o := commitBy("ana")
	o.Parents, o.MergesCleanly = 2, func() (bool, error) { panic("asked") }
	if r := keyVerifier(t, withHistory(""), files).VerifyObject(o, keyPayload, pgpSign(t, ana, keyTime)); r.Verdict != verifier.Good || r.Forge != "" {
		t.Errorf("%v: %s", r.Verdict, r.Reason)
	}
}

func TestReadKeysRefuses(t *testing.T) {
	t.Parallel()
	text := policytest.One("") + "keys:\n  openpgp: [ana.asc]\n  ssh: {file: allowed}\n"
	key := pgpPublic(t, pgpKey(t, "ana"))
	for _, tt := range []struct {
		name   string
		files  map[string][]byte
		line   int
		column int
	}{
		{"missing", map[string][]byte{}, 7, 13},
		{"missing signers", map[string][]byte{"ana.asc": key}, 8, 15},
	} {
		p := policytest.Parse(t, text)
		err := p.ReadKeys(func(name string) ([]byte, error) {
			if text, ok := tt.files[name]; ok {
				return text, nil
			}
			return nil, fs.ErrNotExist
		})
		var at *policy.Error
		if !errors.As(err, &at) || at.Line != tt.line || at.Column != tt.column || at.Hint == "" || !strings.Contains(err.Error(), "file does not exist") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestRefusedKeyFiles: of a file that cannot be read as a whole, nothing is known
// of its keys, and the rest of the policy counts.
func TestRefusedKeyFiles(t *testing.T) {
	t.Parallel()
	ana, bob, eve := pgpKey(t, "ana"), pgpKey(t, "bob"), pgpKey(t, "eve")
	anas, bobs, eves := sshKey(t, 1), sshKey(t, 2), sshKey(t, 3)
	files := map[string][]byte{
		"ana.asc": append(pgpPublic(t, ana), 0xc2), "bob.asc": pgpPublic(t, bob),
		"none": []byte("# nothing\n"), "odd": []byte("eve@example.com cert-authority " + sshLine(eves) + "bob@example.com " + sshLine(bobs)),
	}
	v := keyVerifier(t, policytest.One("")+"keys: {openpgp: [ana.asc, bob.asc], ssh: {file: odd, committers: {carol: [c@example.com]}}, forge: {ssh: none}}\n", files)
	for _, tt := range []struct {
		name string
		by   string
		sig  []byte
		want verifier.Verdict
		why  string
	}{
		{"OpenPGP, of the file", "ana", pgpSign(t, ana, keyTime), verifier.Unknown, "key file ana.asc: a packet that is cut off"},
		{"OpenPGP, of another file", "bob", pgpSign(t, bob, keyTime), verifier.Good, ""},
		{"OpenPGP, of no file", "eve", pgpSign(t, eve, keyTime), verifier.Unknown, "key file ana.asc"},
		{"SSH, of another file", "bob", sshSign(t, bobs, "git"), verifier.Good, ""},
		{"SSH, of no file", "ana", sshSign(t, anas, "git"), verifier.Unknown, "key file none is refused: no signer"},
		{"SSH, of a line that is passed over", "eve", sshSign(t, eves, "git"), verifier.Unsupported, "odd, line 1, has its key"},
	} {
		r := v.VerifyObject(commitBy(tt.by), keyPayload, tt.sig)
		if r.Verdict != tt.want || !strings.Contains(r.Reason, tt.why) {
			t.Errorf("%s: %v: %q, want %v: %q", tt.name, r.Verdict, r.Reason, tt.want, tt.why)
		}
		if (r.Advice == verifier.RepairKeyFile) != (tt.want == verifier.Unknown) {
			t.Errorf("%s: advice %q", tt.name, r.Advice)
		}
	}
	if r := v.VerifyObject(commitBy("ana"), nil, pgpSign(t, ana, keyTime)); r.Verdict != verifier.Bad {
		t.Errorf("changed, of the file: %v: %s", r.Verdict, r.Reason)
	}
}

// TestClaimedSubkey: somebody who claims another's subkey for his own key does
// not change the verdict of what it signs.
func TestClaimedSubkey(t *testing.T) {
	t.Parallel()
	ana, eve := pgpKey(t, "ana"), pgpKey(t, "eve")
	if err := ana.AddSigningSubkey(pgpConfig(keyTime.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	sub := ana.Subkeys[len(ana.Subkeys)-1]
	binding := &packet.Signature{
		Version: 4, SigType: packet.SigTypeSubkeyBinding, PubKeyAlgo: eve.PrivateKey.PubKeyAlgo, Hash: 5, // SHA-256
		CreationTime: keyTime, IssuerKeyId: &eve.PrivateKey.KeyId, IssuerFingerprint: eve.PrivateKey.Fingerprint, FlagsValid: true, FlagSign: true,
	}
	if err := binding.SignKey(sub.PublicKey, eve.PrivateKey, pgpConfig(keyTime)); err != nil {
		t.Fatal(err)
	}
	claim := bytes.NewBuffer(pgpPublic(t, eve))
	if err := sub.PublicKey.Serialize(claim); err != nil {
		t.Fatal(err)
	}
	if err := binding.Serialize(claim); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"ana.asc": pgpPublic(t, ana), "eve.asc": claim.Bytes()}
	for _, order := range []string{"ana.asc, eve.asc", "eve.asc, ana.asc"} {
		r := keyVerifier(t, policytest.One("")+"keys: {openpgp: ["+order+"]}\n", files).VerifyObject(commitBy("ana"), keyPayload, pgpSignAnyway(t, &pgp.Entity{PrivateKey: sub.PrivateKey}, keyTime))
		if r.Verdict != verifier.Good || r.Key.File != "ana.asc" {
			t.Errorf("%s: %v by %s: %s", order, r.Verdict, r.Key.File, r.Reason)
		}
	}
}

// TestKeyDetails: what is said beside the verdict.
func TestKeyDetails(t *testing.T) {
	t.Parallel()
	ana, anas := pgpKey(t, "ana"), sshKey(t, 1)
	files := map[string][]byte{
		"ana.asc": pgpPublic(t, ana), "more.asc": pgpPublic(t, ana),
		"allowed": []byte("Ana " + sshLine(anas) + "ana@example.com " + securityKeyLine()), "pattern": []byte("a*b,c " + sshLine(anas)),
	}
	v := keyVerifier(t, policytest.One("")+"keys: {openpgp: [ana.asc, {file: more.asc, committers: [bob@example.com]}], ssh: allowed, forge: {ssh: pattern}}\n", files)
	r := v.VerifyObject(commitBy("bob"), keyPayload, append(pgpSign(t, ana, keyTime), "\n\x1b[2J\n"...))
	if form := r.Check(verifier.CheckForm); r.Verdict != verifier.Good || form.Detail != `4 bytes after the signature's armor are not signed: "\x1b[2J"` {
		t.Errorf("%v: %q", r.Verdict, form.Detail)
	}
	for flags, want := range map[byte]string{0: "by a security key, without a touch", 1: "by a security key that was touched"} {
		if r := v.VerifyObject(commitBy("ana"), keyPayload, securityKeySign(flags)); r.Check(verifier.CheckSignature).Detail != want {
			t.Errorf("flags %d: %q", flags, r.Check(verifier.CheckSignature).Detail)
		}
	}
	v = keyVerifier(t, policytest.One("")+"keys: {ssh: allowed}\n", files)
	r = v.VerifyObject(commitBy("ana"), keyPayload, sshSign(t, anas, "git"))
	if want := `ssh: {file: allowed, committers: {"Ana": ["ana@example.com"]}}`; !strings.Contains(r.Hint, want) {
		t.Errorf("hint %q, want %q", r.Hint, want)
	}
	v = keyVerifier(t, policytest.One("")+"keys: {ssh: pattern}\n", files)
	if r = v.VerifyObject(commitBy("ana"), keyPayload, sshSign(t, anas, "git")); strings.Contains(r.Hint, "ssh: {") || r.Hint == "" {
		t.Errorf("hint %q", r.Hint)
	}
	v = keyVerifier(t, policytest.One("")+"keys: {ssh: {file: allowed, committers: {Ana: [ana@example.com]}}}\n", files)
	if r = v.VerifyObject(commitBy("ana"), keyPayload, sshSign(t, anas, "git")); r.Identity.SubjectAlternativeName != "Ana" || r.Key.Line != 1 {
		t.Errorf("identity %q, line %d", r.Identity.SubjectAlternativeName, r.Key.Line)
	}
}

// The key and the signatures of a security key in software (PROTOCOL.u2f).
var securityKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))

func securityKeyBlob() string {
	return string(ssh.Marshal(struct{ Type, Key, Application string }{ssh.KeyAlgoSKED25519, string(securityKey.Public().(ed25519.PublicKey)), "ssh:"}))
}

func securityKeyLine() string {
	return ssh.KeyAlgoSKED25519 + " " + base64.StdEncoding.EncodeToString([]byte(securityKeyBlob())) + "\n"
}

func securityKeySign(flags byte) []byte {
	sum := sha512.Sum512(keyPayload)
	message := sha256.Sum256(append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{"git", "", "sha512", string(sum[:])})...))
	application := sha256.Sum256([]byte("ssh:"))
	state := []byte{flags, 0, 0, 0, 7} // and the counter
	numbers := ed25519.Sign(securityKey, slices.Concat(application[:], state, message[:]))
	signature := append(ssh.Marshal(struct{ Format, Numbers string }{ssh.KeyAlgoSKED25519, string(numbers)}), state...)
	blob := append([]byte("SSHSIG\x00\x00\x00\x01"), ssh.Marshal(struct{ Key, Namespace, Reserved, Hash, Signature string }{
		securityKeyBlob(), "git", "", "sha512", string(signature),
	})...)
	return pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob})
}

// A policy whose key files were not read knows no keys, and many goroutines may
// ask one that has.
func TestKeysAreReadOnceForAll(t *testing.T) {
	t.Parallel()
	ana := pgpKey(t, "ana")
	sig := pgpSign(t, ana, keyTime)
	text := policytest.One("") + "keys: {openpgp: [ana.asc]}\n"
	unread, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}, Policy: policytest.Parse(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	if r := unread.VerifyObject(commitBy("ana"), keyPayload, sig); r.Verdict != verifier.Unsupported {
		t.Errorf("%v: %s", r.Verdict, r.Reason)
	}
	v := keyVerifier(t, text, map[string][]byte{"ana.asc": pgpPublic(t, ana)})
	results := make(chan string)
	for range 8 {
		go func() {
			r := v.VerifyObject(commitBy("ana"), keyPayload, sig)
			results <- fmt.Sprintf("%v %s", r.Verdict, r.Rule)
		}()
	}
	for range 8 {
		if got := <-results; got != "good ana.asc" {
			t.Error(got)
		}
	}
}
