package signer

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// What Fulcio writes into certificates (Fulcio's docs/oid-info.md, RFC 6962 §3.3).
var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidIssuerV1       = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}
	oidIssuerV2       = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}
	oidOtherName      = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 7}
	oidTokenSubject   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 24}
	oidSCTList        = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
)

// checkCertificate checks that a certificate is for this key and the holder of this
// token, is for code signing, and is valid at now, as far as the local clock can tell.
// The verifier checks who issued it.
func checkCertificate(c *x509.Certificate, key *ecdsa.PublicKey, t *idToken, now time.Time) error {
	public, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || !public.Equal(key) {
		return errors.New("the certificate is for another key")
	}
	switch {
	case c.IsCA:
		return errors.New("the certificate belongs to an authority")
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageCodeSigning):
		return errors.New("the certificate is not for code signing")
	case c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return errors.New("the certificate is not for signatures")
	case c.NotAfter.Before(c.NotBefore):
		return fmt.Errorf("the certificate is never valid: from %s to %s", c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
	case now.Add(clockSkew).Before(c.NotBefore), now.Add(-clockSkew).After(c.NotAfter):
		return fmt.Errorf("the certificate is valid from %s to %s, but the local time is %s",
			c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if err := checkIssuer(c, t); err != nil {
		return err
	}
	return checkName(c, t)
}

// checkName checks the certificate's name against the token's claims.
func checkName(c *x509.Certificate, t *idToken) error {
	name, err := onlyName(c)
	if err != nil {
		return err
	}
	subject, err := stringExtension(c, oidTokenSubject)
	if err != nil {
		return err
	}
	if subject != nil && *subject != t.subject {
		return fmt.Errorf("the certificate is for the subject %q, the token for %q", *subject, t.subject)
	}
	names, named := t.identities()
	if name.matches(names, t) {
		return nil
	}
	if !named && subject != nil {
		// The operator's own template made the name, and the certificate's subject
		// is the token's.
		return nil
	}
	want := make([]string, len(names))
	for i, n := range names {
		want[i] = n.String()
	}
	return fmt.Errorf("the certificate is for %s, the token for %s", name, strings.Join(want, " or "))
}

// checkIssuer checks the issuer in the certificate, which contains it in two forms,
// against the token's.
func checkIssuer(c *x509.Certificate, t *idToken) error {
	issuer, err := stringExtension(c, oidIssuerV2)
	if err != nil {
		return err
	}
	// The first form is the bare text, without a DER type.
	if raw := extension(c, oidIssuerV1); raw != nil {
		v1 := string(raw)
		if issuer != nil && *issuer != v1 {
			return fmt.Errorf("the certificate names two issuers, %q and %q", *issuer, v1)
		}
		issuer = &v1
	}
	if issuer == nil {
		return errors.New("the certificate names no issuer")
	}
	if want := t.issuers(); !slices.Contains(want, *issuer) {
		return fmt.Errorf("the certificate names the issuer %q, the token %q", *issuer, strings.Join(want, `" or "`))
	}
	return nil
}

// extension returns the value of an extension, or nil.
func extension(c *x509.Certificate, oid asn1.ObjectIdentifier) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(oid) {
			return e.Value
		}
	}
	return nil
}

// stringExtension returns the UTF8String in an extension, or nil.
func stringExtension(c *x509.Certificate, oid asn1.ObjectIdentifier) (*string, error) {
	raw := extension(c, oid)
	if raw == nil {
		return nil, nil
	}
	s := cryptobyte.String(raw)
	var text cryptobyte.String
	if !s.ReadASN1(&text, casn1.UTF8String) || !s.Empty() {
		return nil, fmt.Errorf("the certificate's extension %s is not a UTF8String", oid)
	}
	value := string(text)
	return &value, nil
}

// onlyName returns the one subject alternative name of a certificate. It returns an
// error for a second one, which policies would not see.
func onlyName(c *x509.Certificate) (subjectAlternativeName, error) {
	raw := cryptobyte.String(extension(c, oidSubjectAltName))
	var names, value cryptobyte.String
	var tag casn1.Tag
	if !raw.ReadASN1(&names, casn1.SEQUENCE) || !raw.Empty() || !names.ReadAnyASN1(&value, &tag) {
		return subjectAlternativeName{}, errors.New("the certificate has no subject alternative name")
	}
	if !names.Empty() {
		return subjectAlternativeName{}, errors.New("the certificate has more than one subject alternative name")
	}
	switch tag {
	case casn1.Tag(sanEmail).ContextSpecific():
		return subjectAlternativeName{sanEmail, string(value)}, nil
	case casn1.Tag(sanURI).ContextSpecific():
		return subjectAlternativeName{sanURI, string(value)}, nil
	case casn1.Tag(sanOtherName).ContextSpecific().Constructed():
		var oid asn1.ObjectIdentifier
		var explicit, text cryptobyte.String
		if value.ReadASN1ObjectIdentifier(&oid) && oid.Equal(oidOtherName) &&
			value.ReadASN1(&explicit, casn1.Tag(0).ContextSpecific().Constructed()) && value.Empty() &&
			explicit.ReadASN1(&text, casn1.UTF8String) && explicit.Empty() {
			return subjectAlternativeName{sanOtherName, string(text)}, nil
		}
	}
	return subjectAlternativeName{}, errors.New("the certificate's subject alternative name is neither an e-mail address, a URI nor a user name")
}

// signingTime returns now, clamped into the certificate's validity window: a claim by
// the signer that proves nothing, but that readers expect to be inside the window. off
// is how far the local clock is outside it, or 0.
func signingTime(c *x509.Certificate, now time.Time) (at time.Time, off time.Duration) {
	now = now.UTC().Truncate(time.Second)
	switch {
	case now.Before(c.NotBefore):
		return c.NotBefore, now.Sub(c.NotBefore)
	case now.After(c.NotAfter):
		return c.NotAfter, now.Sub(c.NotAfter)
	}
	return now, 0
}

// hasSCT reports whether the certificate contains a certificate timestamp.
func hasSCT(c *x509.Certificate) bool {
	return extension(c, oidSCTList) != nil
}
