package verifier_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"testing"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
)

// usernameExtension is a subject alternative name as Fulcio writes usernames.
func usernameExtension(t testing.TB, username string) pkix.Extension {
	t.Helper()
	name, err := asn1.MarshalWithParams(username, "utf8,explicit,tag:0")
	if err != nil {
		t.Fatal(err)
	}
	oid, err := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 7})
	if err != nil {
		t.Fatal(err)
	}
	other, err := asn1.Marshal(asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: append(oid, name...)})
	if err != nil {
		t.Fatal(err)
	}
	names, err := asn1.Marshal(asn1.RawValue{Tag: 16, IsCompound: true, Bytes: other})
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Critical: true, Value: names}
}

// TestIdentityIsTheCertificates reads each form of name and issuer that Fulcio
// writes.
func TestIdentityIsTheCertificates(t *testing.T) {
	t.Parallel()
	const issuer = "https://accounts.example.com"
	username := func(c *x509.Certificate) {
		c.EmailAddresses = nil
		c.ExtraExtensions = append(c.ExtraExtensions, usernameExtension(t, "ana!example.com"))
	}
	for _, tt := range []struct {
		name string
		leaf func(*x509.Certificate)
		want fulcio.CertificateIdentity
	}{
		{"e-mail", func(*x509.Certificate) {}, fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: issuer, Kind: fulcio.Email}},
		{"URI", func(c *x509.Certificate) {
			c.EmailAddresses, c.URIs = nil, []*url.URL{{Scheme: "https", Host: "example.com", Path: "/acme/app/.github/workflows/release.yml@refs/heads/main"}}
		}, fulcio.CertificateIdentity{SubjectAlternativeName: "https://example.com/acme/app/.github/workflows/release.yml@refs/heads/main", Issuer: issuer, Kind: fulcio.URI}},
		{"username", username, fulcio.CertificateIdentity{SubjectAlternativeName: "ana!example.com", Issuer: issuer, Kind: fulcio.Username}},
		{"issuer as bytes alone", func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[:1] }, fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: issuer, Kind: fulcio.Email}},
		{"issuer in DER alone", func(c *x509.Certificate) { c.ExtraExtensions = c.ExtraExtensions[1:] }, fulcio.CertificateIdentity{SubjectAlternativeName: "ana@example.com", Issuer: issuer, Kind: fulcio.Email}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := private()
			r := newVerifier(t, nil, i.root(t)).Verify(payload, i.sign(t, signing{kind: v1, payload: payload, leaf: tt.leaf}))
			if r.Verdict != verifier.Untrusted || r.Identity != tt.want {
				t.Errorf("%v (%s), identity %+v, want %+v", r.Verdict, r.Reason, r.Identity, tt.want)
			}
		})
	}
}
