package fulcio

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// NameKind is the form of a subject alternative name (RFC 5280, section
// 4.2.1.6).
type NameKind int

// The forms that Fulcio writes. The zero value is none.
const (
	NoName   NameKind = iota
	Email             // rfc822Name
	URI               // uniformResourceIdentifier
	Username          // otherName 1.3.6.1.4.1.57264.1.7, a UTF8String
)

// CertificateIdentity is whom a certificate speaks for: a name, and the
// provider that vouched for it.
type CertificateIdentity struct {
	// SubjectAlternativeName is the certificate's one name, as it stands
	// there: escape it before it meets a terminal.
	SubjectAlternativeName string
	// Issuer is the URL of the OpenID provider.
	Issuer string
	// Kind is the form of the name: only e-mail addresses are compared
	// without regard to case.
	Kind NameKind
}

// Object identifiers of Fulcio (docs/oid-info.md there).
var (
	oidFulcioIssuer   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1} // the bytes are the URL
	oidFulcioIssuerV2 = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8} // DER UTF8String
	oidFulcioUsername = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 7} // otherName
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
)

// MaxNameLength bounds a name or issuer: Fulcio's longest are workflow URLs.
const MaxNameLength = 2048

// IdentityOf reads the one identity of a certificate by Fulcio. Two names, or
// two issuers that differ, are an error: which one had been authorised would
// depend on the reader.
func IdentityOf(cert *x509.Certificate) (CertificateIdentity, error) {
	var id CertificateIdentity
	var err error
	if id.SubjectAlternativeName, id.Kind, err = subjectAlternativeName(cert); err != nil {
		return CertificateIdentity{}, err
	}
	if id.Issuer, err = fulcioIssuer(cert); err != nil {
		return CertificateIdentity{}, err
	}
	return id, nil
}

func subjectAlternativeName(cert *x509.Certificate) (string, NameKind, error) {
	value := Value(cert, oidSubjectAltName)
	if value == nil {
		return "", NoName, errors.New("certificate has no subject alternative name")
	}
	var names, content cryptobyte.String
	var tag cbasn1.Tag
	in := cryptobyte.String(value)
	if !in.ReadASN1(&names, cbasn1.SEQUENCE) || !in.Empty() || !names.ReadAnyASN1(&content, &tag) {
		return "", NoName, errors.New("malformed subject alternative name")
	}
	if !names.Empty() {
		return "", NoName, errors.New("certificate has more than one subject alternative name")
	}
	var kind NameKind
	switch tag {
	case cbasn1.Tag(1).ContextSpecific():
		kind = Email
	case cbasn1.Tag(6).ContextSpecific():
		kind = URI
	case cbasn1.Tag(0).Constructed().ContextSpecific():
		kind = Username
		var oid asn1.ObjectIdentifier
		var wrapped, name cryptobyte.String
		if !content.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidFulcioUsername) ||
			!content.ReadASN1(&wrapped, cbasn1.Tag(0).Constructed().ContextSpecific()) || !content.Empty() ||
			!wrapped.ReadASN1(&name, cbasn1.UTF8String) || !wrapped.Empty() {
			return "", NoName, errors.New("otherName in the certificate is not one of Fulcio's")
		}
		content = name
	default:
		return "", NoName, errors.New("subject alternative name is neither e-mail nor URI nor username")
	}
	name, err := checkName("subject alternative name", content)
	return name, kind, err
}

// fulcioIssuer returns the provider from the extension that is DER, or from
// the older one, or from both when they agree. A certificate by another
// authority has neither, which is no error.
func fulcioIssuer(cert *x509.Certificate) (string, error) {
	v1, v2 := Value(cert, oidFulcioIssuer), Value(cert, oidFulcioIssuerV2)
	if v1 == nil && v2 == nil {
		return "", nil
	}
	if v2 == nil {
		return checkName("issuer", v1)
	}
	var name cryptobyte.String
	in := cryptobyte.String(v2)
	if !in.ReadASN1(&name, cbasn1.UTF8String) || !in.Empty() {
		return "", errors.New("malformed issuer extension")
	}
	if v1 != nil && string(v1) != string(name) {
		return "", fmt.Errorf("certificate names two issuers, %q and %q", v1, []byte(name))
	}
	return checkName("issuer", name)
}

// KindOf is the kind of the names that look like this one: a URI has a scheme,
// an e-mail address a domain behind @, a username (Fulcio's) one behind !.
func KindOf(name string) NameKind {
	if at := strings.LastIndexAny(name, "@!"); at >= 0 && !strings.Contains(name, "://") {
		if name[at] == '@' {
			return Email
		}
		return Username
	}
	return URI
}

func checkName(what string, name []byte) (string, error) {
	if len(name) == 0 || len(name) > MaxNameLength || !utf8.Valid(name) {
		return "", fmt.Errorf("%s is empty, longer than %d bytes, or not UTF-8", what, MaxNameLength)
	}
	return string(name), nil
}

// Value returns the value of the certificate's extension with this id, nil
// when it has none. crypto/x509 refuses certificates with one twice.
func Value(cert *x509.Certificate, id asn1.ObjectIdentifier) []byte {
	for _, e := range cert.Extensions {
		if e.Id.Equal(id) {
			return e.Value
		}
	}
	return nil
}
