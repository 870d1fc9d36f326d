package openpgp_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// FuzzParseSignature holds: reading a signature never panics; what is refused is
// malformed or unsupported; what is read verifies over no other payload, and
// where it verifies over the signed one it is by the key that signed, at the
// signed time.
func FuzzParseSignature(f *testing.F) {
	e := newEntity(f, config(born))
	key := oneKey(f, public(f, e))
	text := armored(f, "PGP SIGNATURE", signed(f, e, born, nil))
	f.Add(text)
	f.Add(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	f.Add(append(slices.Clone(text), text...))
	f.Add([]byte(strings.Replace(string(text), "\n\n", "\nVersion: 1\n\n", 1)))
	f.Add(armored(f, "PGP SIGNATURE", nil))
	f.Add(armored(f, "PGP SIGNATURE", public(f, e)))
	f.Add([]byte("-----BEGIN PGP SIGNATURE-----\n\n=twTO\n-----END PGP SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := openpgp.ParseSignature(text)
		if err != nil {
			if !errors.As(err, new(*openpgp.MalformedError)) && !errors.As(err, new(*openpgp.UnsupportedError)) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if _, err := key.Verify(s, append(slices.Clone(payload), 'x')); err == nil {
			t.Fatal("verifies over another payload")
		}
		if signer, err := key.Verify(s, payload); err == nil && (signer.Fingerprint() != key.Fingerprint() || !s.CreationTime().Equal(born)) {
			t.Fatalf("by %s at %s", signer.Fingerprint(), s.CreationTime())
		}
	})
}

// FuzzParseKeys holds: reading a key file never panics, and what is read has a
// fingerprint and, at no time, a name that changes from one call to the next.
func FuzzParseKeys(f *testing.F) {
	e := newEntity(f, config(born))
	f.Add(public(f, e))
	f.Add(armored(f, "PGP PUBLIC KEY BLOCK", public(f, e)))
	f.Add(armored(f, "PGP PRIVATE KEY BLOCK", nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := openpgp.ParseKeys(file)
		if (err == nil) == (len(keys) == 0) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if k.Fingerprint() == "" || !slices.Equal(k.UserIDs(born), k.UserIDs(born)) {
				t.Fatal("a key without an identity of its own")
			}
		}
	})
}
