package policy_test

import (
	"encoding/base64"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

// sshLine is a key in allowed signers.
var sshLine = "ssh-ed25519 " + base64.StdEncoding.EncodeToString(append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), make([]byte, 32)...)) + "\n"

// withFiles reads a policy with its key files.
func withFiles(t testing.TB, keys string, files map[string]string) *policy.Policy {
	t.Helper()
	p := policytest.Parse(t, policytest.One("")+keys)
	if err := p.ReadKeys(func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKeyWarnings(t *testing.T) {
	t.Parallel()
	p := withFiles(t, "keys: {openpgp: [a.asc, b.asc], ssh: {file: allowed, committers: {ana: [a@example.com], bob: [b@example.com]}}, forge: {openpgp: [a.asc], ssh: none}}\n", map[string]string{
		"a.asc": "\xfc\x01x\x99\x00\x0c\x03\x00\x00\x00\x00\x00\x00\x01\x00\x01\x01\x01", "b.asc": "hello\n",
		"allowed": "ANA " + sshLine + "\nx cert-authority " + sshLine + `y valid-after="20240101" ` + sshLine, "none": "",
	})
	var words []string
	for _, w := range p.KeyWarnings() {
		words = append(words, w.String())
		if w.Refused != strings.Contains(w.String(), "is refused: ") {
			t.Errorf("%+v", w)
		}
	}
	want := []string{
		"key file allowed, line 3: passed over: option cert-authority: ",
		"key file allowed, line 4: a time without a zone",
		`key file allowed: no line has the principal "bob"`,
		"key file none is refused: no signer",
		"key file a.asc: a packet of type 60 is passed over",
		"key file a.asc: a key of an old or unknown version is passed over",
		"key file b.asc is refused: it contains no key",
	}
	if !slices.EqualFunc(words, want, strings.HasPrefix) {
		t.Errorf("%q, want %q", words, want)
	}
	if w, refused := p.RefusedSSH(); !refused || w.File != "none" {
		t.Errorf("%+v, %v", w, refused)
	}
	if files := p.AllowedSigners(); len(files) != 1 || files[0].Forge || files[0].File.Name != "allowed" {
		t.Errorf("%+v", files)
	}
	if p := withFiles(t, "keys: {ssh: allowed}\n", map[string]string{"allowed": "a " + sshLine}); len(p.KeyWarnings()) != 0 {
		t.Errorf("%+v", p.KeyWarnings())
	}
}

// TestOpenPGPFile: a key that is in several files has the committers of all, and
// is the forge's if one of them is the forge's.
func TestOpenPGPFile(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, policytest.One("")+"keys: {openpgp: [{file: a, committers: [a@example.com]}, {file: b, committers: [b@example.com]}, c], forge: {openpgp: [f, {file: c, committers: [c@example.com]}]}}\n")
	for _, tt := range []struct {
		names      []string
		name       string
		committers string
		forge      bool
	}{
		{[]string{"a"}, "a", "a@example.com", false},
		{[]string{"b", "a"}, "a", "a@example.com b@example.com", false},
		{[]string{"a", "c"}, "c", "c@example.com", true},
		{[]string{"f", "a"}, "f", "", true},
	} {
		file, forge := p.OpenPGPFile(tt.names)
		if file.Name != tt.name || strings.Join(file.Committers, " ") != tt.committers || forge != tt.forge {
			t.Errorf("%q: %+v, %v", tt.names, file, forge)
		}
	}
}

func TestPrincipals(t *testing.T) {
	t.Parallel()
	f := policy.SSHFile{Committers: map[string][]string{"ana": {"ana@example.com", "a@example.com"}, "team": {"ANA@example.com"}, "bob": {"bob@example.com"}}}
	for address, want := range map[string][]string{
		"Ana@example.com": {"Ana@example.com", "ana", "team"}, "bob@example.com": {"bob@example.com", "bob"}, "eve@example.com": {"eve@example.com"}, "": nil,
	} {
		if got := f.Principals(address); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// TestSSHFileWords: what a file of allowed signers needs is said in words, and a
// change of it as a change of the policy.
func TestSSHFileWords(t *testing.T) {
	t.Parallel()
	parse := func(ssh string) *policy.Policy {
		return policytest.Parse(t, policytest.One("")+"keys: {ssh: "+ssh+"}\n")
	}
	plain, full := parse("a"), parse("{file: a, touch: required, committers: {ana: [a@example.com, b@example.com]}}")
	words := strings.Join(full.Describe(), "\n")
	for _, want := range []string{"Whoever a allows may sign with SSH", "    only with a security key that somebody touched", `    where "ana" may have the address a@example.com or b@example.com`} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not in %s", want, words)
		}
	}
	if lines := plain.Diff(full); len(lines) != 2 || !strings.Contains(lines[1], "touched") {
		t.Errorf("%q", lines)
	}
	if lines := plain.Diff(parse("{file: a}")); len(lines) != 0 {
		t.Errorf("%q", lines)
	}
	if keys := full.Keys(); !keys.SSH.TouchRequired || !slices.Equal(keys.SSH.Committers["ana"], []string{"a@example.com", "b@example.com"}) {
		t.Errorf("%+v", keys)
	}
	forge := policytest.Parse(t, policytest.One("")+"keys: {forge: {ssh: {file: f, touch: required}}}\n")
	if words := strings.Join(forge.Describe(), "\n"); !strings.Contains(words, "The forge signs with the SSH keys in f\n    only with") {
		t.Errorf("%s", words)
	}
}

// TestAddKeepsKeys: an identity is added without a change to the keys.
func TestAddKeepsKeys(t *testing.T) {
	t.Parallel()
	p := policytest.Parse(t, policytest.One("")+"keys: {ssh: {file: a, touch: required, committers: {ana: [a@example.com]}}}\n")
	text, err := p.Add(policy.Identity{Name: "B", Subject: "b@example.com", Issuer: "https://accounts.example.com"})
	if err != nil || !strings.Contains(string(text), "touch: required") {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := policy.Parse("p", text); err != nil {
		t.Error(err)
	}
}

// TestPolicyOfKeys: a policy may have keys and no identities, and gets some.
func TestPolicyOfKeys(t *testing.T) {
	t.Parallel()
	id := policy.Identity{Name: "B", Subject: "b@example.com", Issuer: "https://accounts.example.com"}
	for _, text := range []string{"version: 1\nkeys: {ssh: a}\n", "version: 1\nkeys:\n  ssh: a", "version: 1\r\nkeys: {ssh: a}\r\n"} {
		p := policytest.Parse(t, text)
		if len(p.Identities()) != 0 || p.Keys().SSH.Name != "a" {
			t.Errorf("%q: %+v", text, p.Identities())
		}
		added, err := p.Add(id)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if again := policytest.Parse(t, string(added)); len(again.Identities()) != 1 || again.Keys().SSH.Name != "a" {
			t.Errorf("%q", added)
		}
	}
	if _, err := policytest.Parse(t, "{version: 1, keys: {ssh: a}}\n").Add(id); err == nil {
		t.Error("added to a policy in brackets")
	}
}
