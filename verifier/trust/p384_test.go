package trust

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/root"
)

// oneShotKey is key on oneShotP384, as certificates have it.
func oneShotKey(t *testing.T, key *ecdsa.PublicKey) *ecdsa.PublicKey {
	t.Helper()
	one, ok := oneShotCertificate(&x509.Certificate{PublicKey: key}).PublicKey.(*ecdsa.PublicKey)
	if !ok || one.Curve != oneShot() {
		t.Fatalf("key on %T", one.Curve)
	}
	return one
}

// TestOneShotP384AgreesWithTheStandardCurve flips every bit of a signature.
func TestOneShotP384AgreesWithTheStandardCurve(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one := oneShotKey(t, &key.PublicKey)
	digest := sha512.Sum384([]byte("a certificate"))
	for _, digest := range [][]byte{digest[:], make([]byte, 48), digest[:20], append(digest[:], 1)} {
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		if !ecdsa.VerifyASN1(one, digest, signature) {
			t.Errorf("a good signature of %x fails", digest)
		}
		if other := append([]byte{digest[0] ^ 1}, digest[1:]...); ecdsa.VerifyASN1(one, other, signature) {
			t.Errorf("the signature of %x passes for %x", digest, other)
		}
	}
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(signature) * 8 {
		flipped := append([]byte(nil), signature...)
		flipped[i/8] ^= 1 << (i % 8)
		if ecdsa.VerifyASN1(one, digest[:], flipped) {
			t.Errorf("passes with bit %d flipped", i)
		}
	}
}

// TestOneShotP384Multiplies compares multiples of the generator with the public
// keys that crypto/ecdh makes, those at the ends of the group among them.
func TestOneShotP384Multiplies(t *testing.T) {
	t.Parallel()
	one := oneShot()
	n, g := one.params.N, []*big.Int{one.params.Gx, one.params.Gy}
	for _, test := range []struct {
		name string
		k    *big.Int
		want []*big.Int
	}{
		{"zero", new(big.Int), []*big.Int{new(big.Int), new(big.Int)}},
		{"the order", n, []*big.Int{new(big.Int), new(big.Int)}},
		{"one", big.NewInt(1), g},
		{"one more than the order", new(big.Int).Add(n, big.NewInt(1)), g},
	} {
		if x, y := one.ScalarBaseMult(test.k.Bytes()); x.Cmp(test.want[0]) != 0 || y.Cmp(test.want[1]) != 0 {
			t.Errorf("%s: %x, %x", test.name, x, y)
		}
	}
	scalars := []*big.Int{big.NewInt(1), big.NewInt(2), new(big.Int).Sub(n, big.NewInt(1))}
	for range 50 {
		k, err := rand.Int(rand.Reader, n)
		if err != nil {
			t.Fatal(err)
		}
		scalars = append(scalars, k)
	}
	for _, k := range scalars {
		key, err := ecdh.P384().NewPrivateKey(k.FillBytes(make([]byte, 48)))
		if err != nil {
			t.Fatal(err)
		}
		x, y := one.ScalarBaseMult(k.Bytes())
		point := append([]byte{4}, append(x.FillBytes(make([]byte, 48)), y.FillBytes(make([]byte, 48))...)...)
		if !bytes.Equal(point, key.PublicKey().Bytes()) {
			t.Errorf("%x times the generator: %x, want %x", k, point, key.PublicKey().Bytes())
		}
	}
}

// TestFirstPathUnderP384 verifies leaves of an authority with P-384 keys: the
// first of a process, the next, and one whose signature does not hold, before
// and after them.
func TestFirstPathUnderP384(t *testing.T) {
	t.Parallel()
	rootCert, rootKey := issueOn(t, elliptic.P384(), nil, nil, authority)
	issuing, issuingKey := issueOn(t, elliptic.P384(), rootCert, rootKey, authority)
	ca := newCertificateAuthority(&root.FulcioCertificateAuthority{Root: rootCert, Intermediates: []*x509.Certificate{issuing}})
	forged := func() {
		t.Helper()
		_, strangersKey := issueOn(t, elliptic.P384(), nil, nil, authority)
		leaf, _ := issueOn(t, elliptic.P256(), withKey(issuing, strangersKey), strangersKey, leafFor("eve@example.com"))
		if path, err := ca.VerifyPath(leaf, begin); err == nil {
			t.Errorf("a certificate that the authority did not sign passes: %v", path)
		}
	}
	forged()
	for range 2 {
		leaf, _ := issueOn(t, elliptic.P256(), issuing, issuingKey, leafFor("ana@example.com"))
		path, err := ca.VerifyPath(leaf, begin)
		if err != nil {
			t.Fatal(err)
		}
		if len(path) != 3 || path[0] != leaf || path[1] != issuing || path[2] != rootCert {
			t.Errorf("path %v is not of the authority's own certificates", path)
		}
		forged()
	}
}

// TestFirstPathVerifiesTheAuthorityItself holds that an issuing certificate that
// its root did not sign makes no path.
func TestFirstPathVerifiesTheAuthorityItself(t *testing.T) {
	t.Parallel()
	rootCert, _ := issueOn(t, elliptic.P384(), nil, nil, authority)
	_, strangersKey := issueOn(t, elliptic.P384(), nil, nil, authority)
	issuing, issuingKey := issueOn(t, elliptic.P384(), withKey(rootCert, strangersKey), strangersKey, authority)
	ca := newCertificateAuthority(&root.FulcioCertificateAuthority{Root: rootCert, Intermediates: []*x509.Certificate{issuing}})
	leaf, _ := issueOn(t, elliptic.P256(), issuing, issuingKey, leafFor("ana@example.com"))
	for range 2 {
		if path, err := ca.VerifyPath(leaf, begin); err == nil {
			t.Errorf("passes: %v", path)
		}
	}
}

// issueOn is issue for a key on a curve of the caller's choice, valid for ten days.
func issueOn(t *testing.T, curve elliptic.Curve, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, key, parent, parentKey, 10, change), key
}

// withKey is cert with another's key: what a forger signs as.
func withKey(cert *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	c := *cert
	c.PublicKey = &key.PublicKey
	return &c
}
