package sshsig_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/verifier/sshsig"
)

// armor is a blob as ssh-keygen writes it.
func armor(blob []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob}))
}

func TestParseAllowedSigners(t *testing.T) {
	t.Parallel()
	key := line(ed25519Signer(t))
	day := func(d int) time.Time { return time.Date(2024, 3, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, text    string
		principals    string
		after, before time.Time
	}{
		{name: "plain", text: "ana@example.com " + key, principals: "ana@example.com"},
		{name: "with a comment", text: "ana@example.com " + key + " Ana's laptop", principals: "ana@example.com"},
		{name: "quoted principals", text: `"ana@example.com,*@b.example.com" ` + key, principals: "ana@example.com,*@b.example.com"},
		{name: "tabs", text: "\tana@example.com\t \t" + key, principals: "ana@example.com"},
		{name: "a negated pattern", text: "*@example.com,!eve@example.com " + key, principals: "*@example.com,!eve@example.com"},
		{name: "CRLF", text: "ana@example.com " + key + "\r", principals: "ana@example.com"},
		{name: "namespaces", text: `ana@example.com namespaces="git,file" ` + key, principals: "ana@example.com"},
		{name: "options in capitals", text: `ana@example.com NameSpaces="git" ` + key, principals: "ana@example.com"},
		{name: "a window", text: `ana@example.com valid-after="20240301Z",valid-before="20240302000000Z" ` + key, principals: "ana@example.com", after: day(1), before: day(2)},
		{name: "minutes", text: `ana@example.com valid-after="202403010000z" ` + key, principals: "ana@example.com", after: day(1)},
	} {
		for _, text := range []string{tt.text, "# head\n\n" + tt.text + "\n \t\n  # foot\n"} {
			a, err := sshsig.ParseAllowedSigners([]byte(text))
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			s := a.Signers()
			if len(s) != 1 || s[0].Principals != tt.principals || !s[0].ValidAfter.Equal(tt.after) || !s[0].ValidBefore.Equal(tt.before) {
				t.Errorf("%s: %+v", tt.name, s)
			}
		}
	}
}

func TestParseAllowedSignersRefuses(t *testing.T) {
	key := line(ed25519Signer(t))
	keyType, blob, _ := strings.Cut(key, " ")
	weak := line(rsaSigner(t, 1024))
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "\n# nothing\n", "no signer"},
		{"principals alone", "ana@example.com", "no key"},
		{"no key", "ana@example.com ssh-ed25519", "no type of key"},
		{"no principals", key, "no key"},
		{"empty quotes", `"" ` + key, "empty pattern"},
		{"open quotes", `"ana@example.com ` + key, "quotes"},
		{"quotes that end in a word", `"ana"@example.com ` + key, "quotes"},
		{"an empty pattern", "ana@example.com, " + key, "empty pattern"},
		{"only negated", "!eve@example.com " + key, "matches nobody"},
		{"negated twice", "a,!!b " + key, "no pattern"},
		{"a certificate authority", "*@example.com cert-authority " + key, "certificates are not judged"},
		{"a certificate authority in capitals", "*@example.com CERT-AUTHORITY " + key, "certificates are not judged"},
		{"among others", `*@example.com namespaces="git",cert-authority ` + key, "certificates are not judged"},
		{"an unknown option", "ana@example.com no-touch-required " + key, "not known"},
		{"an option twice", `ana@example.com namespaces="git",namespaces="file" ` + key, "twice"},
		{"an option without value", "ana@example.com namespaces " + key, "empty pattern"},
		{"an empty value", `ana@example.com namespaces="" ` + key, "no value"},
		{"a value without quotes", "ana@example.com namespaces=git " + key, "is none"},
		{"an escaped quote", `ana@example.com namespaces="a\"b" ` + key, "backslash"},
		{"a comma too many", `ana@example.com namespaces="git", ` + key, "is none"},
		{"no comma", `ana@example.com namespaces="git"valid-after="20240301Z" ` + key, "is none"},
		{"a time without zone", `ana@example.com valid-after="20240301" ` + key, "no zone"},
		{"no time", `ana@example.com valid-after="2024-03-01Z" ` + key, "no time"},
		{"a day that is none", `ana@example.com valid-after="20240230Z" ` + key, "no time"},
		{"the first second", `ana@example.com valid-before="19700101Z" ` + key, "no time"},
		{"an empty window", `ana@example.com valid-after="20240302Z",valid-before="20240301Z" ` + key, "nothing could be signed"},
		{"another type before the key", "ana@example.com ecdsa-sha2-nistp256 " + blob, "stands before it"},
		{"bytes behind the key", "ana@example.com " + keyType + " " + strings.TrimRight(blob, "=") + "AAAA", "key"},
		{"RSA of 1024 bits", "ana@example.com " + weak, "too weak"},
		{"an invisible character", "ana\u202e@example.com " + key, "cannot be seen"},
		{"not UTF-8", "ana\xff@example.com " + key, "cannot be seen"},
		{"NUL", "ana\x00@example.com " + key, "cannot be seen"},
		{"a long line", strings.Repeat("a", 40<<10) + " " + key, "at most"},
		{"a long file", strings.Repeat("#\n", 3<<20), "at most"},
	} {
		a, err := sshsig.ParseAllowedSigners([]byte(tt.text))
		if err == nil || a != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	_, err := sshsig.ParseAllowedSigners([]byte("# one\nana@example.com " + key + "\nbob@example.com cert-authority " + key))
	if at := (*sshsig.LineError)(nil); !errors.As(err, &at) || at.Line != 3 {
		t.Errorf("%v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	signer := ed25519Signer(t)
	const zone = 3600
	at := time.Date(2024, 3, 1, 1, 0, 0, 0, time.FixedZone("", zone)) // midnight in UTC
	for _, tt := range []struct {
		name, principals, options, principal string
		at                                   time.Time
		want                                 string
	}{
		{name: "the name", principals: "ana@example.com", principal: "ana@example.com"},
		{name: "another name", principals: "ana@example.com", principal: "bob@example.com", want: "principals"},
		{name: "no name", principals: "*", principal: "", want: "principals"},
		{name: "another case", principals: "ana@example.com", principal: "Ana@example.com", want: "principals"},
		{name: "a part of the name", principals: "ana@example.com", principal: "dana@example.com", want: "principals"},
		{name: "more than the name", principals: "ana@example.com", principal: "ana@example.com.org", want: "principals"},
		{name: "a star", principals: "*@example.com", principal: "bob@example.com"},
		{name: "a star that is empty", principals: "ana*@example.com", principal: "ana@example.com"},
		{name: "a star too few", principals: "a*b*c", principal: "abcb", want: "principals"},
		{name: "stars that have to move", principals: "*ab*abc", principal: "xabxababc"},
		{name: "a question mark", principals: "b?b@example.com", principal: "bob@example.com"},
		{name: "a question mark for nothing", principals: "bob?", principal: "bob", want: "principals"},
		{name: "taken away", principals: "*@example.com,!eve@*", principal: "eve@example.com", want: "principals"},
		{name: "taken away first", principals: "!eve@*,*@example.com", principal: "eve@example.com", want: "principals"},
		{name: "not taken away", principals: "*@example.com,!eve@*", principal: "ana@example.com"},
		{name: "git's namespace", principals: "*", options: `namespaces="file,g*" `, principal: "a"},
		{name: "another namespace", principals: "*", options: `namespaces="file" `, principal: "a", want: "namespaces"},
		{name: "a namespace taken away", principals: "*", options: `namespaces="*,!git" `, principal: "a", want: "namespaces"},
		{name: "at the first moment", principals: "*", options: `valid-after="20240301Z" `, principal: "a", at: at},
		{name: "before the first moment", principals: "*", options: `valid-after="20240301000001Z" `, principal: "a", at: at, want: "only after"},
		{name: "at the last moment", principals: "*", options: `valid-before="20240301Z" `, principal: "a", at: at},
		{name: "after the last moment", principals: "*", options: `valid-before="20240229235959Z" `, principal: "a", at: at, want: "only before"},
		{name: "at no time", principals: "*", options: `valid-after="20240301Z" `, principal: "a", want: "names none"},
		{name: "a long name", principals: "*", principal: strings.Repeat("a", 2000), want: "principals"},
	} {
		a, err := sshsig.ParseAllowedSigners([]byte(tt.principals + " " + tt.options + line(signer)))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		s := a.Signers()[0]
		err = s.Check(tt.principal, sshsig.Namespace, tt.at)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestOpenSSH: ssh-keygen's signatures verify, and where it lets a line sign for
// a principal at a time, and only there, so do we.
func TestOpenSSH(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("ssh-keygen is not installed")
	}
	dir := t.TempDir()
	run := func(stdin []byte, args ...string) ([]byte, error) {
		cmd := exec.Command(keygen, args...)
		cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), "TZ=UTC"), bytes.NewReader(stdin)
		return cmd.Output()
	}
	for _, algorithm := range []string{"ed25519", "ecdsa", "rsa"} {
		if _, err := run(nil, "-q", "-t", algorithm, "-N", "", "-f", algorithm, "-C", "a comment"); err != nil {
			t.Fatal(err)
		}
		public, err := os.ReadFile(filepath.Join(dir, algorithm+".pub"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := run(payload, "-q", "-Y", "sign", "-n", "git", "-f", algorithm)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sshsig.ParseSignature(text)
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		if err := s.Verify(payload); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "sig"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		for n, head := range []string{
			"ana@example.com", "*@example.com", "*@example.com,!ana@*", `"a*,b*"`, "?na@example.com", `* namespaces="git"`, `* namespaces="file"`,
			`* namespaces="file,g?t"`, `* valid-after="20240301Z"`, `* valid-before="20240301Z"`, `* valid-after="20240301120000Z",valid-before="20240302Z"`, "bob@example.com",
		} {
			allowed := fmt.Sprintf("# a file\n%s %s", head, public)
			if err := os.WriteFile(filepath.Join(dir, "allowed"), []byte(allowed), 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := sshsig.ParseAllowedSigners([]byte(allowed))
			if err != nil {
				t.Errorf("%s: %v", head, err)
				continue
			}
			found := a.Find(s)
			if len(found) != 1 {
				t.Fatalf("%s: %d lines", head, len(found))
			}
			for _, when := range []string{"20240229235959", "20240301000000", "20240301000001", "20240301130000", "20240302000000", "20240303000000"} {
				at, err := time.Parse("20060102150405", when)
				if err != nil {
					t.Fatal(err)
				}
				if n > 0 && algorithm != "ed25519" && when != "20240301000000" {
					continue // what a line says is the same for each key
				}
				_, refused := run(payload, "-q", "-Y", "verify", "-n", "git", "-f", "allowed", "-I", "ana@example.com", "-s", "sig", "-Overify-time="+when+"Z")
				if err := found[0].Check("ana@example.com", "git", at); (err == nil) != (refused == nil) {
					t.Errorf("%s at %s: %v, ssh-keygen %v", head, when, err, refused)
				}
			}
		}
	}
}

// FuzzParseAllowedSigners holds: reading a file never panics; what is read has
// a key and principals in every line, and reads the same from its own lines; no
// line lets nobody sign; and one with a bound allows no unknown time.
func FuzzParseAllowedSigners(f *testing.F) {
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIObHlcqGiBGUDQvsBR4u/eLUAjGWEkTSTSl4pgM1wOzT"
	for _, text := range []string{
		"ana@example.com " + key, `"a,b" ` + key + " comment", `* namespaces="git",valid-after="20240301Z",valid-before="20240302Z" ` + key,
		"*@example.com,!eve@* " + key + "\n# comment\n\nb " + key, "* cert-authority " + key, `* valid-after="20240301" ` + key, "* " + strings.ToUpper(key),
	} {
		f.Add([]byte(text), "ana@example.com")
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, principal string) {
		a, err := sshsig.ParseAllowedSigners(text)
		if err != nil {
			if a != nil {
				t.Fatal("signers beside an error")
			}
			return
		}
		lines := strings.Split(string(text), "\n")
		for _, s := range a.Signers() {
			if s.Line < 1 || s.Line > len(lines) || s.Principals == "" || !strings.HasPrefix(s.Fingerprint(), "SHA256:") {
				t.Fatalf("%+v", s)
			}
			again, err := sshsig.ParseAllowedSigners([]byte(lines[s.Line-1]))
			if err != nil || len(again.Signers()) != 1 || again.Signers()[0].Principals != s.Principals {
				t.Fatalf("%q reads otherwise by itself: %v", lines[s.Line-1], err)
			}
			if s.Check("", sshsig.Namespace, time.Time{}) == nil {
				t.Fatal("nobody may sign")
			}
			if !(s.ValidAfter.IsZero() && s.ValidBefore.IsZero()) && s.Check(principal, sshsig.Namespace, time.Time{}) == nil {
				t.Fatal("an unknown time is allowed")
			}
		}
	})
}
