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
	for _, tt := range []struct {
		name, text  string
		unsupported bool
	}{
		{"empty", "", false},
		{"text before the armor", "x\n" + text, false},
		{"text behind the armor", text + "x\n", false},
		{"a second armor", text + text, false},
		{"no end", strings.Split(text, "-----END")[0], false},
		{"a header", strings.Replace(text, "-----\n", "-----\nx: y\n\n", 1), false},
		{"a cut blob", armor(blob[:len(blob)-1]), false},
		{"bytes behind the blob", armor(append(slices.Clone(blob), 0)), false},
		{"a reserved field", armor(reserved), false},
		{"another version", armor(slices.Concat(blob[:9], []byte{2}, blob[10:])), false},
		{"too large", text + strings.Repeat("\n", 16<<10), false},
		{"RSA of 1024 bits", string(sign(t, rsaSigner(t, 1024), "git")), true},
	} {
		_, err := sshsig.ParseSignature([]byte(tt.text))
		malformed, unsupported := errors.As(err, new(*sshsig.MalformedError)), errors.As(err, new(*sshsig.UnsupportedError))
		if err == nil || malformed == tt.unsupported || unsupported != tt.unsupported {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for name, variant := range map[string]string{
		"CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "blank lines behind": text + "\n \n", "no last line": strings.TrimSuffix(text, "\n"),
	} {
		if _, err := sshsig.ParseSignature([]byte(variant)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
