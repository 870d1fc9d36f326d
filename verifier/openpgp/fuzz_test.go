package openpgp_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// FuzzParseSignature checks that reading a signature never panics; that what is
// refused is unsupported; that what is read verifies over no other payload; and
// that what verifies is by the key that signed, at the signed time.
func FuzzParseSignature(f *testing.F) {
	ring := openpgp.ParseKeyring(named(block(nil, nil, nil)))
	key := ring.Keys()[0]
	text := armored(f, "PGP SIGNATURE", ana.signature(overBytes, payload, born, recipe{}))
	f.Add(text)
	f.Add(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	f.Add(append(slices.Clone(text), text...))
	f.Add([]byte(strings.Replace(string(text), "\n\n", "\nVersion: 1\n\n", 1)))
	f.Add(armored(f, "PGP SIGNATURE", nil))
	f.Add(armored(f, "PGP SIGNATURE", block(nil, nil, nil)))
	f.Add(append(slices.Clone(text), timestamps...))
	f.Add([]byte("-----BEGIN PGP SIGNATURE-----\n\n=twTO\n-----END PGP SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := openpgp.ParseSignature(text)
		if err != nil {
			if !errors.As(err, new(*openpgp.UnsupportedError)) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if _, err := ring.Verify(s, append(slices.Clone(payload), 'x')); err == nil {
			t.Fatal("verifies over another payload")
		}
		if signers, err := ring.Verify(s, payload); err == nil && (len(signers) != 1 || signers[0].Fingerprint() != key.Fingerprint() || !s.CreationTime().Equal(born)) {
			t.Fatalf("by %v at %s", signers, s.CreationTime())
		}
	})
}

// FuzzParseKeyring checks that reading a key file never panics; that a file gives
// keys or a warning; that each key has a fingerprint and always the same names;
// and that nothing appended to a key makes somebody else's name or signature its
// own, or undoes its revocation.
func FuzzParseKeyring(f *testing.F) {
	revocation := bob.signature(revokesKey, bob.hashed(), born, recipe{})
	before := slices.Concat(bob.primary(), revocation, block(nil, nil, nil))
	by := func(m made) *openpgp.Signature {
		return parse(f, m.signature(overBytes, payload, born, recipe{}))
	}
	anas, bobs := by(ana), by(bob)
	f.Add(block(nil, nil, nil))
	f.Add(armored(f, "PGP PUBLIC KEY BLOCK", bobsBlock(revocation)))
	f.Add(armored(f, "PGP PRIVATE KEY BLOCK", nil))
	f.Add(revocation)
	f.Add(ana.signature(revokesName, ana.named(anaName, 4), born, recipe{hash: 99}))
	f.Add(slices.Concat(name("Bob"), ana.certify("Bob", born, recipe{broken: true})))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := openpgp.ParseKeyring(named(file))
		if len(r.Keys()) == 0 && len(r.Warnings()) == 0 {
			t.Fatal("neither keys nor a warning")
		}
		for _, k := range r.Keys() {
			if k.Fingerprint() == "" || !slices.Equal(k.UserIDs(born), k.UserIDs(born)) {
				t.Fatal("a key without an identity of its own")
			}
		}
		r = openpgp.ParseKeyring(named(slices.Concat(before, file)))
		if got, _ := verdict(r, bobs); got != "revoked" && got != "refused" {
			t.Fatalf("a revoked key is %s", got)
		}
		signers, err := r.Verify(anas, payload)
		if err != nil || len(signers) == 0 {
			t.Fatal(err)
		}
		for _, signer := range signers {
			if ids := signer.Key().UserIDs(born); signer.Fingerprint() == signer.Key().Fingerprint() && len(ids) > 1 {
				t.Fatalf("names %q", ids)
			}
		}
	})
}
