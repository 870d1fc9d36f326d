package sshsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"slices"
	"strings"
	"testing"

	library "github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/verifier/sshsig"
)

var payload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nno newline at the end")

func newSigner(t testing.TB, key crypto.PrivateKey) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ed25519Signer(t testing.TB) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

func rsaSigner(t testing.TB, bits int) ssh.Signer {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(t, key)
}

func sign(t testing.TB, s ssh.Signer, namespace string) []byte {
	t.Helper()
	sig, err := library.Sign(bytes.NewReader(payload), s, library.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return library.Armor(sig)
}

func line(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

func TestVerify(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, signer := range map[string]ssh.Signer{"ed25519": ed25519Signer(t), "ecdsa": newSigner(t, ec), "rsa": rsaSigner(t, 2048)} {
		text := sign(t, signer, "git")
		s, err := sshsig.ParseSignature(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Verify(payload); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.Namespace() != "git" || s.Fingerprint() != ssh.FingerprintSHA256(signer.PublicKey()) {
			t.Errorf("%s: %q by %s", name, s.Namespace(), s.Fingerprint())
		}
		for _, changed := range [][]byte{append(slices.Clone(payload), '\n'), payload[1:], nil} {
			if err := s.Verify(changed); !errors.Is(err, sshsig.ErrSignature) {
				t.Errorf("%s: %q: %v", name, changed, err)
			}
		}
	}
}

// TestParseSignatureRefuses: nothing of this is bad, because nothing of this says
// that somebody has changed the object.
func TestParseSignatureRefuses(t *testing.T) {
	signer := ed25519Signer(t)
	text := string(sign(t, signer, "git"))
	sig, err := library.Unarmor([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	blob := sig.Marshal()
	// The reserved string stands between the namespace and the hash algorithm.
	at := bytes.Index(blob, []byte("\x00\x00\x00\x03git")) + 7
	reserved := slices.Concat(blob[:at], []byte("\x00\x00\x00\x01x"), blob[at+4:])
	other := bytes.Replace(blob, []byte("sha512"), []byte("sha999"), 1)
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "armor"},
		{"text before the armor", "x\n" + text, "armor"},
		{"no end", strings.Split(text, "-----END")[0], "does not end"},
		{"text after the first line", strings.Replace(text, "-----\n", "-----x\n", 1), "does not begin"},
		{"a header", strings.Replace(text, "-----\n", "-----\nx: y\n\n", 1), "illegal base64"},
		{"not base64", strings.Replace(text, "\n-----END", "!\n-----END", 1), "illegal base64"},
		{"a cut blob", armor(blob[:len(blob)-1]), "does not contain an SSH signature"},
		{"bytes after the blob", armor(append(slices.Clone(blob), 0)), "does not contain an SSH signature"},
		{"a reserved field", armor(reserved), "reserved"},
		{"another version", armor(slices.Concat(blob[:9], []byte{2}, blob[10:])), "version 2"},
		{"another hash function", armor(other), "sha999"},
		{"another form", armor(bytes.ReplaceAll(blob, []byte("ssh-ed25519"), []byte("ssh-ed25518"))), "not supported"},
		{"a signature of another form", armor(append(blob[:len(blob)-83], bytes.Replace(blob[len(blob)-83:], []byte("ssh-ed25519"), []byte("ssh-ed25518"), 1)...)), "of the form"},
		{"too large", text + strings.Repeat("\n", 16<<10), "at most"},
		{"RSA of 1024 bits", string(sign(t, rsaSigner(t, 1024), "git")), "too weak"},
	} {
		_, err := sshsig.ParseSignature([]byte(tt.text))
		if !errors.As(err, new(*sshsig.UnsupportedError)) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// armorVariants are spellings of one armored signature that ssh-keygen accepts.
func armorVariants(text string) map[string]string {
	begin, rest, _ := strings.Cut(text, "\n")
	data, end, _ := strings.Cut(rest, "-----END")
	end = "-----END" + end
	return map[string]string{
		"as it is":              text,
		"CRLF":                  strings.ReplaceAll(text, "\n", "\r\n"),
		"one long line":         begin + "\n" + strings.ReplaceAll(data, "\n", "") + "\n" + end,
		"short lines":           begin + "\n" + data[:7] + "\n" + data[7:] + end,
		"blank lines":           begin + "\n\n" + strings.ReplaceAll(data, "\n", "\n\n") + end,
		"spaces":                begin + "\n" + data[:7] + " \t " + data[7:] + end,
		"blank lines after":     text + "\n \n",
		"no last line feed":     strings.TrimSuffix(text, "\n"),
		"text after it":         text + "hello\n",
		"a second one":          text + text,
		"an OpenTimestamps":     text + "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAQHw\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n",
		"text on the last line": strings.TrimSuffix(text, "\n") + "x\n",
	}
}

// TestParseSignatureAccepts: armor is read as ssh-keygen reads it, which
// TestOpenSSHArmor asks about the same.
func TestParseSignatureAccepts(t *testing.T) {
	t.Parallel()
	for name, text := range armorVariants(string(sign(t, ed25519Signer(t), "git"))) {
		s, err := sshsig.ParseSignature([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := s.Verify(payload); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "text after it" && string(s.After) != "hello" {
			t.Errorf("after the armor: %q", s.After)
		}
	}
}
