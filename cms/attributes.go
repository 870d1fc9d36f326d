package cms

import (
	"bytes"
	"crypto"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// parseAttributes reads a SET OF Attribute under a context tag: at least one,
// each type once, each with at least one value. It reports whether they stand
// in DER order.
func parseAttributes(set element, field string) (attrs []attribute, sorted bool, err error) {
	r := newReader(set, field)
	sorted = true
	var last element
	for !r.empty() {
		at := *r
		e, err := r.read("Attribute", asn1.SEQUENCE)
		if err != nil {
			return nil, false, err
		}
		if len(attrs) == maxAttributes {
			return nil, false, at.malformed("Attribute", "more than %d", maxAttributes)
		}
		a, err := parseAttribute(e, field+".Attribute")
		if err != nil {
			return nil, false, err
		}
		for _, other := range attrs {
			if other.typ == a.typ {
				return nil, false, at.malformed("Attribute", "%s stands twice", a.typ)
			}
		}
		sorted = sorted && bytes.Compare(last.full, e.full) < 0
		last = e
		attrs = append(attrs, a)
	}
	if len(attrs) == 0 {
		return nil, false, r.malformed("Attribute", "an empty set")
	}
	return attrs, sorted, nil
}

// parseAttribute reads one Attribute. What is inside its values is for those who
// know its type.
func parseAttribute(e element, field string) (attribute, error) {
	var a attribute
	r := newReader(e, field)
	var err error
	if a.typ, err = r.oid("attrType"); err != nil {
		return a, err
	}
	set, err := r.read("attrValues", asn1.SET)
	if err != nil {
		return a, err
	}
	if err := r.end(); err != nil {
		return a, err
	}
	values := newReader(set, field+".attrValues")
	for !values.empty() {
		v, err := values.any("AttributeValue")
		if err != nil {
			return a, err
		}
		if len(a.values) == maxAttributes {
			return a, values.malformed("AttributeValue", "more than %d", maxAttributes)
		}
		a.values = append(a.values, v)
	}
	if len(a.values) == 0 {
		return a, values.malformed("AttributeValue", "an empty set")
	}
	return a, nil
}

// single returns the one value of an attribute that has just one.
func (a attribute) single(field string) (element, error) {
	if len(a.values) != 1 {
		return element{}, &MalformedError{Field: field, Offset: a.values[1].offset, Reason: "more than one value"}
	}
	return a.values[0], nil
}

func (si *SignerInfo) parseSignedAttrs(set element, contentType ObjectIdentifier) error {
	const field = "SignerInfo.signedAttrs"
	var err error
	if si.signedAttrs, si.signedAttrsSorted, err = parseAttributes(set, field); err != nil {
		return err
	}
	si.SignedAttrs = signedBytes(set)
	seen := make(map[ObjectIdentifier]bool)
	for _, a := range si.signedAttrs {
		switch a.typ {
		case oidContentType, oidMessageDigest, oidSigningTime:
		default:
			si.OtherSignedAttrs = append(si.OtherSignedAttrs, a.typ.String())
			continue
		}
		seen[a.typ] = true
		v, err := a.single(field)
		if err != nil {
			return err
		}
		switch a.typ {
		case oidContentType:
			err = checkContentType(v, contentType)
		case oidMessageDigest:
			err = si.setMessageDigest(v)
		case oidSigningTime:
			si.SigningTime, err = parseTime(v)
		}
		if err != nil {
			return err
		}
	}
	// RFC 5652 §5.3: both must be there when any attribute is.
	if !seen[oidContentType] || !seen[oidMessageDigest] {
		return &MalformedError{Field: field, Offset: set.offset, Reason: "contentType or messageDigest is missing"}
	}
	return nil
}

func checkContentType(v element, want ObjectIdentifier) error {
	if v.tag != asn1.OBJECT_IDENTIFIER || ObjectIdentifier(v.content) != want {
		return &MalformedError{Field: "SignerInfo.signedAttrs.contentType", Offset: v.offset, Reason: fmt.Sprintf("is not eContentType %s", want)}
	}
	return nil
}

func (si *SignerInfo) setMessageDigest(v element) error {
	bad := func(format string, args ...any) error {
		return &MalformedError{Field: "SignerInfo.signedAttrs.messageDigest", Offset: v.offset, Reason: fmt.Sprintf(format, args...)}
	}
	if v.tag != asn1.OCTET_STRING {
		return bad("tag 0x%02x is not an octet string", uint8(v.tag))
	}
	if h, ok := digests[si.DigestAlgorithm.Algorithm]; ok && len(v.content) != h.Size() {
		return bad("%d bytes, want %d", len(v.content), h.Size())
	}
	si.MessageDigest = v.content
	return nil
}

// digests are the digest algorithms that are computed here.
var digests = map[ObjectIdentifier]crypto.Hash{
	oidSHA256: crypto.SHA256,
	oidSHA384: crypto.SHA384,
	oidSHA512: crypto.SHA512,
}

// parseTime reads a Time as RFC 5652 §11.3 and DER have it: UTCTime for 1950
// to 2049, GeneralizedTime for other years, both to the second and in UTC.
func parseTime(v element) (time.Time, error) {
	bad := func(reason string) (time.Time, error) {
		return time.Time{}, &MalformedError{Field: "SignerInfo.signedAttrs.signingTime", Offset: v.offset, Reason: reason}
	}
	const layout = "20060102150405Z"
	text := string(v.content)
	switch v.tag {
	case asn1.UTCTime:
		century := "20"
		if text >= "5" {
			century = "19"
		}
		text = century + text
	case asn1.GeneralizedTime:
		if text >= "1950" && text < "2050" {
			return bad("a GeneralizedTime in the years of UTCTime")
		}
	default:
		return bad(fmt.Sprintf("tag 0x%02x is not a time", uint8(v.tag)))
	}
	t, err := time.Parse(layout, text)
	if err != nil || t.Format(layout) != text {
		return bad(fmt.Sprintf("%q is not a DER time", v.content))
	}
	return t, nil
}

func (si *SignerInfo) parseUnsignedAttrs(set element) error {
	const field = "SignerInfo.unsignedAttrs"
	var err error
	if si.unsignedAttrs, si.unsignedAttrsSorted, err = parseAttributes(set, field); err != nil {
		return err
	}
	for _, a := range si.unsignedAttrs {
		known := a.typ == oidLogEntry && a.values[0].tag == asn1.OCTET_STRING ||
			a.typ == oidTimeStampToken && a.values[0].tag == asn1.SEQUENCE
		if !known {
			si.UnknownUnsignedAttrs = append(si.UnknownUnsignedAttrs, a.typ.String())
			continue
		}
		v, err := a.single(field)
		if err != nil {
			return err
		}
		limit := maxLogEntry
		if a.typ == oidTimeStampToken {
			limit = maxToken
			si.TimeStampToken = v.full
		} else {
			si.LogEntry = v.content
		}
		if len(v.full) > limit {
			return &MalformedError{Field: field, Offset: v.offset, Reason: fmt.Sprintf("%s is longer than %d bytes", a.typ, limit)}
		}
	}
	return nil
}
