package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"testing"
)

// algorithmIdentifier returns an AlgorithmIdentifier, with NULL parameters when
// null.
func algorithmIdentifier(o ObjectIdentifier, null bool) *node {
	n := compound(0x30, value(0x06, string(o)))
	if null {
		n.add(value(0x05, ""))
	}
	return n
}

// signAs makes a signature with other algorithms than git-seal's.
func signAs(t testing.TB, key crypto.Signer, hash crypto.Hash, digestAlg, sigAlg *node) []byte {
	t.Helper()
	cert := newCertificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "corporate"}}, nil, key.Public(), key)
	m := takeMessageApart(t, newTestSigner(t).sign(t, true, false, false, testPayload))
	m.digestAlgorithms.children = []*node{digestAlg}
	m.certificates.children = []*node{{raw: cert.Raw}}
	m.signerInfo.children[1] = compound(0x30, &node{raw: cert.RawIssuer}, value(0x02, string(cert.SerialNumber.Bytes())))
	if cert.SerialNumber.Bytes()[0] >= 0x80 {
		m.signerInfo.children[1] = compound(0x30, &node{raw: cert.RawIssuer}, value(0x02, "\x00"+string(cert.SerialNumber.Bytes())))
	}
	m.signerInfo.children[2], m.signerInfo.children[4] = digestAlg, sigAlg
	m.signerInfo.remove(6)
	w := hash.New()
	w.Write([]byte(testPayload))
	m.signedAttrs.at(2, 1, 0).content = w.Sum(nil)
	signed := compound(0x31, m.signedAttrs.children...).bytes()
	var opts crypto.SignerOpts = hash
	if _, ok := key.(ed25519.PrivateKey); ok {
		opts = crypto.Hash(0)
	} else {
		w.Reset()
		w.Write(signed)
		signed = w.Sum(nil)
	}
	sig, err := key.Sign(rand.Reader, signed, opts)
	if err != nil {
		t.Fatal(err)
	}
	m.signerInfo.at(5).content = sig
	return m.contentInfo.bytes()
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCheckSignatureOfOtherAuthorities(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p224, p256, p384, p521 := ecKey(t, elliptic.P224()), ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), ecKey(t, elliptic.P521())
	const pss = ObjectIdentifier("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
	for _, test := range []struct {
		name       string
		key        crypto.Signer
		hash       crypto.Hash
		digest     ObjectIdentifier
		digestNull bool
		sig        ObjectIdentifier
		sigNull    bool
		want       string // of CheckSignature: "good", "unsupported", "bad"
	}{
		{"P-256", p256, crypto.SHA256, oidSHA256, false, oidECDSAWithSHA256, false, "good"},
		{"P-256 by its key's algorithm", p256, crypto.SHA256, oidSHA256, false, oidECPublicKey, false, "good"},
		{"P-256 with SHA-512", p256, crypto.SHA512, oidSHA512, false, oidECDSAWithSHA512, false, "good"},
		{"P-384", p384, crypto.SHA384, oidSHA384, false, oidECDSAWithSHA384, false, "good"},
		{"P-521", p521, crypto.SHA512, oidSHA512, true, oidECDSAWithSHA512, false, "good"},
		{"P-224", p224, crypto.SHA256, oidSHA256, false, oidECDSAWithSHA256, false, "unsupported"},
		{"ECDSA with NULL", p256, crypto.SHA256, oidSHA256, false, oidECDSAWithSHA256, true, "unsupported"},
		{"RSA", rsaKey, crypto.SHA256, oidSHA256, false, oidRSA, false, "good"},
		{"RSA with NULL", rsaKey, crypto.SHA256, oidSHA256, true, oidRSA, true, "good"},
		{"RSA with SHA-256", rsaKey, crypto.SHA256, oidSHA256, false, oidSHA256WithRSA, true, "good"},
		{"RSA with SHA-384", rsaKey, crypto.SHA384, oidSHA384, false, oidSHA384WithRSA, true, "good"},
		{"RSA with SHA-512", rsaKey, crypto.SHA512, oidSHA512, false, oidSHA512WithRSA, false, "good"},
		{"RSASSA-PSS", rsaKey, crypto.SHA256, oidSHA256, false, pss, false, "unsupported"},
		{"SHA-1", rsaKey, crypto.SHA1, "\x2b\x0e\x03\x02\x1a", false, oidRSA, false, "unsupported"},
		{"Ed25519", edKey, crypto.SHA512, oidSHA512, false, oidEd25519, false, "good"},
		{"Ed25519 with NULL", edKey, crypto.SHA512, oidSHA512, false, oidEd25519, true, "unsupported"},
		{"RSA's algorithm for an EC key", p256, crypto.SHA256, oidSHA256, false, oidRSA, false, "bad"},
		{"ECDSA's algorithm for an RSA key", rsaKey, crypto.SHA256, oidSHA256, false, oidECPublicKey, false, "bad"},
		{"RSA's algorithm for an Ed25519 key", edKey, crypto.SHA512, oidSHA512, false, oidRSA, false, "bad"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sd, err := Parse(signAs(t, test.key, test.hash, algorithmIdentifier(test.digest, test.digestNull), algorithmIdentifier(test.sig, test.sigNull)))
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(sd.CheckSignature()); got != test.want {
				t.Errorf("%s (%v), want %s", got, sd.CheckSignature(), test.want)
			}
			if test.want != "good" {
				return
			}
			if err := sd.CheckDigest([]byte(testPayload)); err != nil {
				t.Error(err)
			}
			if err := sd.CheckDigest([]byte(testPayload + "\n")); outcome(err) != "bad" {
				t.Errorf("a final newline added: %v", err)
			}
			sd.SignerInfo.Signature[len(sd.SignerInfo.Signature)-1] ^= 1
			if err := sd.CheckSignature(); outcome(err) != "bad" {
				t.Errorf("a bit of the signature flipped: %v", err)
			}
			profile := test.name == "P-256"
			if err := sd.CheckProfile(); (err == nil) != profile || err != nil && outcome(err) != "unsupported" {
				t.Errorf("CheckProfile: %v", err)
			}
		})
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "good"
	case errors.As(err, new(*UnsupportedError)):
		return "unsupported"
	}
	return "bad"
}

// A key that costs a minute to verify with is refused unverified.
func TestCheckSignatureRefusesHugeModulus(t *testing.T) {
	t.Parallel()
	key := &rsa.PublicKey{E: 65537, N: rsaCertificate(t).PublicKey.(*rsa.PublicKey).N}
	n := *key.N
	key.N = n.Lsh(&n, maxModulus)
	sd := &SignedData{Certificate: &x509.Certificate{PublicKey: key}, SignerInfo: SignerInfo{
		DigestAlgorithm: AlgorithmIdentifier{Algorithm: oidSHA256}, SignatureAlgorithm: AlgorithmIdentifier{Algorithm: oidRSA}, Signature: []byte{1},
	}}
	if err := sd.CheckSignature(); outcome(err) != "unsupported" {
		t.Error(err)
	}
}

// Further certificates are stored, compared with nothing and used for nothing.
func TestOtherCertificatesAreIgnored(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	m := takeMessageApart(t, s.sign(t, true, false, false, testPayload))
	m.certificates.insert(0, compound(0x30)) // no certificate at all
	m.certificates.add(&node{raw: newCertificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: string(make([]byte, 999))}}, nil, s.caKey.Public(), s.caKey).Raw})
	sd, err := Parse(m.contentInfo.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkAll(sd, []byte(testPayload)); err != nil {
		t.Error(err)
	}
	if !sd.Certificate.Equal(s.leaf) || len(sd.OtherCertificates) != 2 {
		t.Errorf("certificate %v, %d others", sd.Certificate.Subject, len(sd.OtherCertificates))
	}
	m.certificates.swap(0, 2)
	if sd, err = Parse(m.contentInfo.bytes()); err != nil || outcome(sd.CheckProfile()) != "unsupported" {
		t.Errorf("certificates out of order: %v", err)
	}
}
