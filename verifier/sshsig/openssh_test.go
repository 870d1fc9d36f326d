package sshsig_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/verifier/sshsig"
)

// These tests ask ssh-keygen. Where its word is another one than ours, the case
// names it with the reason; each other difference fails.

// keygen is ssh-keygen with a directory of its own.
type keygen struct{ dir string }

func newKeygen(t testing.TB) keygen {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("ssh-keygen is not installed")
	}
	return keygen{t.TempDir()}
}

func (k keygen) try(zone string, stdin []byte, args ...string) (stdout []byte, stderr string, err error) {
	cmd := exec.Command("ssh-keygen", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = k.dir, append(os.Environ(), "TZ="+zone), bytes.NewReader(stdin)
	var words bytes.Buffer
	cmd.Stderr = &words
	stdout, err = cmd.Output()
	return stdout, words.String(), err
}

func (k keygen) run(t testing.TB, stdin []byte, args ...string) []byte {
	t.Helper()
	out, words, err := k.try("UTC", stdin, args...)
	if err != nil {
		t.Fatalf("ssh-keygen %q: %v: %s", args, err, words)
	}
	return out
}

func (k keygen) write(t testing.TB, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (k keygen) read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// question is what both are asked.
type question struct {
	allowed   string
	signature []byte
	payload   []byte
	principal string
	at        time.Time
	zone      string
}

// ask says what ssh-keygen says: good, bad where the numbers are wrong, or no.
func (k keygen) ask(t testing.TB, q question) string {
	t.Helper()
	k.write(t, "allowed", []byte(q.allowed))
	k.write(t, "sig", q.signature)
	_, words, err := k.try(q.zone, q.payload, "-q", "-Y", "verify", "-n", "git", "-f", "allowed", "-I", q.principal, "-s", "sig", "-Overify-time="+q.at.UTC().Format("20060102150405Z"))
	switch {
	case err == nil:
		return "good"
	case strings.Contains(words, "incorrect signature"):
		return "bad"
	}
	return "no"
}

// answer is ours. It tells apart what is "no" to ssh-keygen.
func answer(t testing.TB, q question) string {
	t.Helper()
	s, err := sshsig.ParseSignature(q.signature)
	if err != nil {
		return "unsupported"
	}
	a, err := sshsig.ParseAllowedSigners([]byte(q.allowed))
	if err != nil {
		t.Fatal(err)
	}
	found := a.Find(s)
	if len(found) == 0 {
		if _, known := a.PassedOver(s); known {
			return "passed over"
		}
		return "no key"
	}
	if s.Verify(q.payload) != nil {
		return "bad"
	}
	if s.Namespace() != sshsig.Namespace {
		return "unsupported"
	}
	for _, l := range found {
		if l.Names(q.principal) && l.Check(sshsig.Namespace, q.at) == nil {
			return "good"
		}
	}
	return "untrusted"
}

var asked = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// compare asks both.
func (k keygen) compare(t testing.TB, name string, q question, want, keygens, why string) {
	t.Helper()
	if q.payload == nil {
		q.payload = payload
	}
	if q.principal == "" {
		q.principal = "ana@example.com"
	}
	if q.at.IsZero() {
		q.at = asked
	}
	if q.zone == "" {
		q.zone = "UTC"
	}
	if got := answer(t, q); got != want {
		t.Errorf("%s: %s, want %s", name, got, want)
	}
	same := want
	if want != "good" && want != "bad" {
		same = "no"
	}
	if keygens == "" {
		keygens = same
	} else if why == "" || keygens == same {
		t.Errorf("%s: no reason for a difference", name)
	}
	if got := k.ask(t, q); got != keygens {
		t.Errorf("%s: ssh-keygen says %s, want %s; we say %s", name, got, keygens, want)
	}
}

// TestOpenSSHAlgorithms: what ssh-keygen makes with each of its algorithms has
// its word.
func TestOpenSSHAlgorithms(t *testing.T) {
	t.Parallel()
	k := newKeygen(t)
	changed := append(slices.Clone(payload), '\n')
	for _, tt := range []struct {
		name, algorithm, bits string
		want, why             string
	}{
		{name: "ed25519", algorithm: "ed25519", want: "good"},
		{name: "ecdsa256", algorithm: "ecdsa", bits: "256", want: "good"},
		{name: "ecdsa384", algorithm: "ecdsa", bits: "384", want: "good"},
		{name: "ecdsa521", algorithm: "ecdsa", bits: "521", want: "good"},
		{name: "rsa2048", algorithm: "rsa", bits: "2048", want: "good"},
		{name: "rsa3072", algorithm: "rsa", bits: "3072", want: "good"},
		{name: "rsa1024", algorithm: "rsa", bits: "1024", want: "unsupported", why: "too weak"},
		{name: "dsa", algorithm: "dsa", want: "unsupported", why: "too weak"},
	} {
		args := []string{"-q", "-t", tt.algorithm, "-N", "", "-f", tt.name, "-C", "a comment"}
		if tt.bits != "" {
			args = append(args, "-b", tt.bits)
		}
		if _, words, err := k.try("UTC", nil, args...); err != nil {
			if tt.algorithm == "dsa" { // newer ones make no such key
				continue
			}
			t.Fatal(err, words)
		}
		allowed := "ana@example.com " + string(k.read(t, tt.name+".pub"))
		for _, hash := range []string{"sha256", "sha512"} {
			text := k.run(t, payload, "-q", "-Y", "sign", "-n", "git", "-f", tt.name, "-Ohashalg="+hash)
			keygens := ""
			if tt.want != "good" {
				keygens = "good"
			}
			k.compare(t, tt.name+" "+hash, question{allowed: allowed, signature: text}, tt.want, keygens, tt.why)
			if tt.want == "good" {
				k.compare(t, tt.name+" changed", question{allowed: allowed, signature: text, payload: changed}, "bad", "", "")
			}
		}
		if tt.want == "good" {
			other := k.run(t, payload, "-q", "-Y", "sign", "-n", "file", "-f", tt.name)
			k.compare(t, tt.name+" for files", question{allowed: allowed, signature: other}, "unsupported", "", "")
		}
	}
}

// TestOpenSSHAllowedSigners: where ssh-keygen lets a line sign for a principal at
// a time, and only there, so do we.
func TestOpenSSHAllowedSigners(t *testing.T) {
	t.Parallel()
	k := newKeygen(t)
	k.run(t, nil, "-q", "-t", "ed25519", "-N", "", "-f", "ana", "-C", "")
	k.run(t, nil, "-q", "-t", "ed25519", "-N", "", "-f", "ca", "-C", "")
	k.run(t, nil, "-q", "-s", "ca", "-I", "ana", "-n", "ana@example.com", "ana.pub")
	key := strings.TrimSpace(string(k.read(t, "ana.pub")))
	authority := strings.TrimSpace(string(k.read(t, "ca.pub")))
	text := k.run(t, payload, "-q", "-Y", "sign", "-n", "git", "-f", "ana")
	certified := k.run(t, payload, "-q", "-Y", "sign", "-n", "git", "-f", "ana-cert.pub")
	for _, tt := range []struct {
		head, want, keygens, why string
	}{
		{head: "ana@example.com", want: "good"},
		{head: "bob@example.com", want: "untrusted"},
		{head: "*@example.com", want: "good"},
		{head: "*@example.com,!ana@*", want: "untrusted"},
		{head: "!ana@*,*", want: "untrusted"},
		{head: `"a*,b*"`, want: "good"},
		{head: `"Ana Banana,ana@example.com"`, want: "good"},
		{head: `"Ana Banana"`, want: "untrusted"},
		{head: "?na@example.com", want: "good"},
		{head: "a?a@example.com,", want: "passed over", keygens: "good", why: "an empty pattern is a slip"},
		{head: "Ana@Example.com", want: "good", keygens: "no", why: "addresses are compared without regard to case"},
		{head: "*,!ANA@*", want: "untrusted", keygens: "good", why: "addresses are compared without regard to case"},
		{head: "* \t", want: "good"},
		{head: `* namespaces="git"`, want: "good"},
		{head: `* NAMESPACES="git"`, want: "good"},
		{head: `* namespaces="GIT"`, want: "untrusted"},
		{head: `* namespaces="file"`, want: "untrusted"},
		{head: `* namespaces="file,g?t"`, want: "good"},
		{head: `* namespaces="*,!git"`, want: "untrusted"},
		{head: `* namespaces=""`, want: "passed over"},
		{head: `* namespaces="git",namespaces="git"`, want: "passed over"},
		{head: `* namespaces="g\"it"`, want: "no key"},
		{head: `* namespaces=git`, want: "passed over"},
		{head: "* namespaces", want: "passed over"},
		{head: "* no-touch-required", want: "passed over"},
		{head: `* command="x y"`, want: "passed over"},
		{head: "* cert-authority", want: "passed over"},
		{head: `* cert-authority,namespaces="git"`, want: "passed over"},
		{head: `* valid-after="20240301Z"`, want: "good"},
		{head: `* valid-after="20240301120000Z"`, want: "good"},
		{head: `* valid-after="20240301120001Z"`, want: "untrusted"},
		{head: `* valid-before="202403011200Z"`, want: "good"},
		{head: `* valid-before="20240301115959Z"`, want: "untrusted"},
		{head: `* valid-after="20240301Z",valid-before="20240302Z"`, want: "good"},
		{head: `* valid-after="20240302Z",valid-before="20240301Z"`, want: "passed over"},
		{head: `* valid-after="2024-03-01Z"`, want: "passed over"},
		{head: `* valid-after=""`, want: "passed over"},
		{head: "", want: "no key"},
	} {
		k.compare(t, tt.head, question{allowed: "# a file\n\n" + tt.head + " " + key + " comment\n", signature: text}, tt.want, tt.keygens, tt.why)
		k.compare(t, tt.head+", then another line", question{allowed: tt.head + " " + key + "\nana@example.com " + key, signature: text}, "good", "", "")
	}
	k.compare(t, "another key", question{allowed: "* " + authority, signature: text}, "no key", "", "")
	k.compare(t, "with a certificate", question{allowed: "* cert-authority " + authority, signature: certified}, "unsupported", "good", "certificates are not verified")
}

// TestOpenSSHTimesWithoutZone: what a line with such a time allows here,
// ssh-keygen allows on every machine.
func TestOpenSSHTimesWithoutZone(t *testing.T) {
	t.Parallel()
	k := newKeygen(t)
	k.run(t, nil, "-q", "-t", "ed25519", "-N", "", "-f", "ana", "-C", "")
	key := string(k.read(t, "ana.pub"))
	text := k.run(t, payload, "-q", "-Y", "sign", "-n", "git", "-f", "ana")
	good := 0
	for _, options := range []string{`valid-after="20240301"`, `valid-before="202403011200"`, `valid-after="20240301",valid-before="20240303"`} {
		for hours := -50; hours <= 50; hours += 5 {
			q := question{allowed: "* " + options + " " + key, signature: text, payload: payload, principal: "ana@example.com", at: asked.Add(time.Duration(hours) * time.Hour)}
			if answer(t, q) != "good" {
				continue
			}
			good++
			for _, q.zone = range []string{"Etc/GMT+12", "UTC", "Etc/GMT-14"} {
				if got := k.ask(t, q); got != "good" {
					t.Errorf("%s at %s in %s: ssh-keygen says %s", options, q.at, q.zone, got)
				}
			}
		}
	}
	if good < 15 {
		t.Errorf("only %d are good", good)
	}
}

// TestOpenSSHArmor asks ssh-keygen about the armor that is accepted here.
func TestOpenSSHArmor(t *testing.T) {
	t.Parallel()
	k := newKeygen(t)
	signer := ed25519Signer(t)
	for name, text := range armorVariants(string(sign(t, signer, "git"))) {
		if name == "CRLF" { // older ones refuse it
			continue
		}
		k.compare(t, name, question{allowed: "* " + line(signer), signature: []byte(text)}, "good", "", "")
	}
}

// softKey is a security key in software.
type softKey struct {
	ed          ed25519.PrivateKey
	ec          *ecdsa.PrivateKey
	application string
}

func (k softKey) keyType() string {
	if k.ec != nil {
		return ssh.KeyAlgoSKECDSA256
	}
	return ssh.KeyAlgoSKED25519
}

func (k softKey) public(t testing.TB) []byte {
	t.Helper()
	if k.ec == nil {
		return ssh.Marshal(struct{ Type, Key, Application string }{k.keyType(), string(k.ed.Public().(ed25519.PublicKey)), k.application})
	}
	point, err := k.ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return ssh.Marshal(struct{ Type, Curve, Key, Application string }{k.keyType(), "nistp256", string(point), k.application})
}

func (k softKey) line(t testing.TB) string {
	return k.keyType() + " " + base64.StdEncoding.EncodeToString(k.public(t))
}

// touch says how a security key signs.
type touch struct {
	flags   byte
	counter uint32
	// browser makes a signature as a browser asks for it.
	browser    bool
	origin     string
	clientData func(string) string // changes it
	extensions string

	// What is written into the signature instead of what was signed.
	writtenFlags *byte
	after        string
	namespace    string
}

// sign makes an SSH signature over payload (PROTOCOL.sshsig, PROTOCOL.u2f).
func (k softKey) sign(t testing.TB, how touch) []byte {
	t.Helper()
	namespace := "git"
	if how.namespace != "" {
		namespace = how.namespace
	}
	sum := sha512.Sum512(payload)
	signed := append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Hash, Sum string }{namespace, "", "sha512", string(sum[:])})...)
	message, format, tail := signed, k.keyType(), ""
	if how.browser {
		clientData := `{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(signed) + `","origin":"` + how.origin + `","crossOrigin":false}`
		if how.clientData != nil {
			clientData = how.clientData(clientData)
		}
		message, format = []byte(clientData), "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
		tail = string(ssh.Marshal(struct{ Origin, ClientData, Extensions string }{how.origin, clientData, how.extensions}))
	}
	application, digest := sha256.Sum256([]byte(k.application)), sha256.Sum256(message)
	counter := binary.BigEndian.AppendUint32(nil, how.counter)
	over := slices.Concat(application[:], []byte{how.flags}, counter, []byte(how.extensions), digest[:])
	var numbers []byte
	if k.ec != nil {
		sum := sha256.Sum256(over)
		r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		numbers = ssh.Marshal(struct{ R, S *big.Int }{r, s})
	} else {
		numbers = ed25519.Sign(k.ed, over)
	}
	flags := how.flags
	if how.writtenFlags != nil {
		flags = *how.writtenFlags
	}
	signature := slices.Concat(ssh.Marshal(struct{ Format, Numbers string }{format, string(numbers)}), []byte{flags}, counter, []byte(tail), []byte(how.after))
	return []byte(armor(slices.Concat([]byte("SSHSIG\x00\x00\x00\x01"), ssh.Marshal(struct{ Key, Namespace, Reserved, Hash, Signature string }{
		string(k.public(t)), namespace, "", "sha512", string(signature),
	}))))
}

func softKeys(t testing.TB) (ed, ec softKey) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return softKey{ed: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), application: "ssh:"}, softKey{ec: private, application: "ssh:git"}
}

type touchCase struct {
	name    string
	how     touch
	want    string
	keygens string
	why     string
}

func touchCases() []touchCase {
	flag := func(f byte) *byte { return &f }
	const inBrowser = "https://example.com"
	cases := []touchCase{
		{name: "flags taken for others", how: touch{flags: 0, writtenFlags: flag(1)}, want: "bad"},
		{name: "a touch taken away", how: touch{flags: 1, writtenFlags: flag(0)}, want: "bad"},
		{name: "bytes after the counter", how: touch{flags: 1, after: "x"}, want: "unsupported"},
		{name: "a high counter", how: touch{flags: 1, counter: 1<<32 - 1}, want: "good"},
		{name: "for files", how: touch{flags: 1, namespace: "file"}, want: "unsupported"},
		{name: "browser", how: touch{browser: true, origin: inBrowser, flags: 1}, want: "good"},
		{name: "browser, no touch", how: touch{browser: true, origin: inBrowser}, want: "good"},
		{name: "browser, verified", how: touch{browser: true, origin: inBrowser, flags: 5}, want: "good"},
		{name: "browser, extensions", how: touch{browser: true, origin: inBrowser, flags: 0x81, extensions: "\xa1\x61x\xf5"}, want: "good"},
		{name: "browser, extensions without their flag", how: touch{browser: true, origin: inBrowser, flags: 1, extensions: "\xa1\x61x\xf5"}, want: "unsupported"},
		{name: "browser, the flag without extensions", how: touch{browser: true, origin: inBrowser, flags: 0x81}, want: "unsupported"},
		{name: "browser, attested data", how: touch{browser: true, origin: inBrowser, flags: 0x41}, want: "unsupported"},
		{name: "browser, a quote in the origin", how: touch{browser: true, origin: `https://"`, flags: 1}, want: "unsupported"},
		{name: "browser, flags taken for others", how: touch{browser: true, origin: inBrowser, flags: 1, writtenFlags: flag(0)}, want: "bad"},
		{name: "browser, bytes after it", how: touch{browser: true, origin: inBrowser, flags: 1, after: "x"}, want: "unsupported"},
		{name: "browser, another challenge", how: touch{browser: true, origin: inBrowser, flags: 1, clientData: func(s string) string {
			return strings.Replace(s, `"challenge":"U`, `"challenge":"V`, 1)
		}}, want: "bad", keygens: "no", why: "ssh-keygen says so in other words"},
		{name: "browser, another order", how: touch{browser: true, origin: inBrowser, flags: 1, clientData: func(s string) string {
			return strings.Replace(s, `{"type":"webauthn.get",`, `{`, 1)
		}}, want: "unsupported"},
		{name: "browser, another type", how: touch{browser: true, origin: inBrowser, flags: 1, clientData: func(s string) string {
			return strings.Replace(s, `webauthn.get`, `webauthn.new`, 1)
		}}, want: "unsupported"},
		{name: "browser, another origin", how: touch{browser: true, origin: inBrowser, flags: 1, clientData: func(s string) string {
			return strings.Replace(s, `https`, `http`, 1)
		}}, want: "unsupported"},
	}
	for f := range 256 {
		cases = append(cases, touchCase{name: fmt.Sprintf("flags %#02x", f), how: touch{flags: byte(f), counter: 7}, want: "good"})
	}
	return cases
}

// TestSecurityKeys: signatures by security keys verify with all flags, and say
// whether somebody touched the key.
func TestSecurityKeys(t *testing.T) {
	t.Parallel()
	ed, ec := softKeys(t)
	for _, key := range []softKey{ed, ec} {
		for _, c := range touchCases() {
			if c.how.browser && key.ec == nil {
				continue
			}
			text := key.sign(t, c.how)
			if got := answer(t, question{allowed: "* " + key.line(t), signature: text, payload: payload, principal: "ana", at: asked}); got != c.want {
				t.Errorf("%s, %s: %s, want %s", key.keyType(), c.name, got, c.want)
			}
			if c.want != "good" {
				continue
			}
			s, err := sshsig.ParseSignature(text)
			if err != nil {
				t.Fatal(err)
			}
			if is, touched := s.SecurityKey(); !is || touched != (c.how.flags&1 != 0) {
				t.Errorf("%s, %s: security key %v, touched %v", key.keyType(), c.name, is, touched)
			}
			if s.Verify(payload[1:]) == nil {
				t.Errorf("%s, %s: verifies over another payload", key.keyType(), c.name)
			}
		}
	}
	// The application is signed: another one makes another key.
	other := ed
	other.application = "ssh:other"
	if got := answer(t, question{allowed: "* " + other.line(t), signature: ed.sign(t, touch{flags: 1}), payload: payload, principal: "ana", at: asked}); got != "no key" {
		t.Errorf("another application: %s", got)
	}
	plain, err := sshsig.ParseSignature(sign(t, ed25519Signer(t), "git"))
	if err != nil {
		t.Fatal(err)
	}
	if is, touched := plain.SecurityKey(); is || touched {
		t.Errorf("a plain key: security key %v, touched %v", is, touched)
	}
}

// TestOpenSSHSecurityKeys asks ssh-keygen about the same.
func TestOpenSSHSecurityKeys(t *testing.T) {
	t.Parallel()
	k := newKeygen(t)
	ed, ec := softKeys(t)
	for i, c := range touchCases() {
		for _, key := range []softKey{ed, ec} {
			if c.how.browser && key.ec == nil || i > 60 && i%16 > 1 {
				continue
			}
			k.compare(t, key.keyType()+", "+c.name, question{allowed: "* " + key.line(t), signature: key.sign(t, c.how)}, c.want, c.keygens, c.why)
		}
	}
}
