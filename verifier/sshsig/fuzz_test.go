package sshsig_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"github.com/git-seal/git-seal/verifier/sshsig"
)

// FuzzParseSignature checks that reading a signature never panics; that what is
// refused is unsupported; and that what is read verifies over no other payload.
func FuzzParseSignature(f *testing.F) {
	signer := newSigner(f, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
	text := sign(f, signer, "git")
	f.Add(text)
	f.Add(sign(f, signer, "file"))
	f.Add(append(slices.Clone(text), text...))
	f.Add([]byte(armor(nil)))
	f.Add([]byte(armor([]byte("SSHSIG\x00\x00\x00\x01"))))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := sshsig.ParseSignature(text)
		if err != nil {
			if !errors.As(err, new(*sshsig.UnsupportedError)) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if s.Verify(append(slices.Clone(payload), 'x')) == nil {
			t.Fatal("verifies over another payload")
		}
	})
}
