package cms

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// element is one DER value: its tag, its content octets, and where it stands.
type element struct {
	tag     asn1.Tag
	content []byte
	full    []byte // tag, length and content
	offset  int    // of the tag, from the start of what is parsed
}

// header is the number of tag and length octets.
func (e element) header() int { return len(e.full) - len(e.content) }

// reader walks the values of one constructed DER value. cryptobyte enforces
// definite lengths in their shortest form and tags of one octet; reader adds
// offsets, names for errors, and the rules that cryptobyte leaves to callers.
type reader struct {
	rest   cryptobyte.String
	offset int
	field  string // of the constructed value; errors name fields below it
}

func newReader(e element, field string) *reader {
	return &reader{rest: e.content, offset: e.offset + e.header(), field: field}
}

func (r *reader) name(field string) string {
	if r.field == "" {
		return field
	}
	return r.field + "." + field
}

func (r *reader) malformed(field, format string, args ...any) error {
	return &MalformedError{Field: r.name(field), Offset: r.offset, Reason: fmt.Sprintf(format, args...)}
}

func (r *reader) empty() bool { return r.rest.Empty() }

// peek says whether the next value has tag.
func (r *reader) peek(tag asn1.Tag) bool { return r.rest.PeekASN1Tag(tag) }

// any reads the next value, whatever its tag.
func (r *reader) any(field string) (element, error) {
	if r.empty() {
		return element{}, r.malformed(field, "missing")
	}
	var full cryptobyte.String
	var tag asn1.Tag
	before := r.rest
	if !r.rest.ReadAnyASN1Element(&full, &tag) {
		return element{}, r.malformed(field, "not a DER value: tag or length is wrong, or it ends early")
	}
	e := element{tag: tag, full: before[:len(full)], offset: r.offset}
	var content cryptobyte.String
	full.ReadAnyASN1(&content, &tag)
	e.content = content
	r.offset += len(e.full)
	return e, nil
}

// read reads the next value, which must have tag.
func (r *reader) read(field string, tag asn1.Tag) (element, error) {
	if !r.empty() && !r.peek(tag) {
		return element{}, r.malformed(field, "tag 0x%02x, want 0x%02x", r.rest[0], uint8(tag))
	}
	return r.any(field)
}

// end refuses what is left.
func (r *reader) end() error {
	if r.empty() {
		return nil
	}
	return &MalformedError{Field: r.field, Offset: r.offset, Reason: fmt.Sprintf("%d trailing bytes", len(r.rest))}
}

// oid reads an OBJECT IDENTIFIER.
func (r *reader) oid(field string) (ObjectIdentifier, error) {
	at := *r
	e, err := r.read(field, asn1.OBJECT_IDENTIFIER)
	if err != nil {
		return "", err
	}
	if o := ObjectIdentifier(e.content); o.valid() {
		return o, nil
	}
	return "", at.malformed(field, "not a DER object identifier")
}

// integer reads an INTEGER and returns its content octets.
func (r *reader) integer(field string) ([]byte, error) {
	at := *r
	e, err := r.read(field, asn1.INTEGER)
	if err != nil {
		return nil, err
	}
	if !minimalInteger(e.content) {
		return nil, at.malformed(field, "not a DER integer")
	}
	return e.content, nil
}

// version reads an INTEGER from 0 to 127, which every CMS version is.
func (r *reader) version(field string) (int, error) {
	at := *r
	v, err := r.integer(field)
	if err != nil {
		return 0, err
	}
	if len(v) != 1 || v[0] > 127 {
		return 0, at.malformed(field, "not a version number")
	}
	return int(v[0]), nil
}

func minimalInteger(b []byte) bool {
	if len(b) < 2 {
		return len(b) == 1
	}
	return !(b[0] == 0x00 && b[1] < 0x80) && !(b[0] == 0xff && b[1] >= 0x80)
}

// checkDER walks the value e and everything in it, and refuses what no DER
// encoder writes: lengths and integers that are not minimal, booleans other
// than 00 and ff, broken object identifiers, constructed strings, and
// nesting deeper than maxDepth. It does not ask
// for the order of a SET OF, since a SET is not told from a SET OF by its tag.
func checkDER(e element, field string, depth int) error {
	bad := func(reason string) error {
		return &MalformedError{Field: field, Offset: e.offset, Reason: reason}
	}
	if depth > maxDepth {
		return bad(fmt.Sprintf("nested deeper than %d", maxDepth))
	}
	constructed := e.tag&0x20 != 0
	if e.tag&0xc0 == 0 { // universal
		number := e.tag &^ 0x20
		if (number == asn1.SEQUENCE&^0x20 || number == asn1.SET&^0x20) != constructed {
			return bad(fmt.Sprintf("tag 0x%02x is not DER", uint8(e.tag)))
		}
		switch number {
		case 0:
			return bad("end-of-contents octets")
		case asn1.BOOLEAN:
			if len(e.content) != 1 || e.content[0] != 0 && e.content[0] != 0xff {
				return bad("not a DER boolean")
			}
		case asn1.INTEGER, asn1.ENUM:
			if !minimalInteger(e.content) {
				return bad("not a DER integer")
			}
		case asn1.NULL:
			if len(e.content) != 0 {
				return bad("not a DER null")
			}
		case asn1.OBJECT_IDENTIFIER:
			if !ObjectIdentifier(e.content).valid() {
				return bad("not a DER object identifier")
			}
		case asn1.BIT_STRING:
			if !derBitString(e.content) {
				return bad("not a DER bit string")
			}
		}
	}
	if !constructed {
		return nil
	}
	r := newReader(e, field)
	for !r.empty() {
		inner, err := r.any("value")
		if err != nil {
			return err
		}
		if err := checkDER(inner, field, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// derBitString says whether b begins with a count of unused bits that exist
// and are zero (X.690 §11.2.1).
func derBitString(b []byte) bool {
	if len(b) == 0 || b[0] > 7 || len(b) == 1 && b[0] != 0 {
		return false
	}
	return b[len(b)-1]&(1<<b[0]-1) == 0 || len(b) == 1
}
