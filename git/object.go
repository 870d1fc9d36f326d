// Package git reads what git stores and speaks git's language back to it: it
// splits commits and tags into signature and signed payload by spans of the
// raw bytes, reads objects and configuration through the git program, and
// writes the status lines that git parses. It judges nothing and it never
// re-encodes an object: the bytes that are verified are the bytes git stores.
package git

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"
)

// ObjectFormat is a repository's hash algorithm, by git's name for it
// (extensions.objectFormat).
type ObjectFormat string

const (
	SHA1   ObjectFormat = "sha1"
	SHA256 ObjectFormat = "sha256"
)

// new returns the hash function that names objects of this format.
func (f ObjectFormat) new() hash.Hash {
	if f == SHA256 {
		return sha256.New()
	}
	return sha1.New()
}

// hexSize is the length of an object id in hexadecimal digits.
func (f ObjectFormat) hexSize() int {
	if f == SHA256 {
		return 2 * sha256.Size
	}
	return 2 * sha1.Size
}

// signatureHeaders are the names of a commit's header with the signature of this
// format, and of the one for the other hash algorithm.
func (f ObjectFormat) signatureHeaders() (own, other string) {
	if f == SHA256 {
		return "gpgsig-sha256", "gpgsig"
	}
	return "gpgsig", "gpgsig-sha256"
}

// formatOf returns the format whose ids are as long as id.
func formatOf(id string) (ObjectFormat, bool) {
	for _, f := range []ObjectFormat{SHA1, SHA256} {
		if isID([]byte(id), f) {
			return f, true
		}
	}
	return "", false
}

// isID reports whether b is a full object id in lower-case hexadecimal.
func isID(b []byte, f ObjectFormat) bool {
	if len(b) != f.hexSize() {
		return false
	}
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ObjectType is the type git keeps in an object's header. Only commits and
// tags can be signed.
type ObjectType string

const (
	Commit ObjectType = "commit"
	Tag    ObjectType = "tag"
)

const signable = "a commit or tag"

// Object is a commit or tag split into spans of its raw bytes. Nothing in it
// may be modified: its accessors return parts of Raw where they can.
type Object struct {
	Format ObjectFormat
	Type   ObjectType
	Raw    []byte // as `git cat-file` prints it, without the "commit 123\0" header

	spans     []span // of Raw, in order, accounting for every byte
	body      int    // offset of the message, behind the blank line
	ident     []byte // value of committer or tagger; nil in a tag that has none
	mergetags []span // the mergetag headers of a commit, name and all
	target    string // of a tag
	targetTyp string // of a tag
	tagName   string // of a tag
}

// span is a part of Raw with one role, from start up to but not including end.
type span struct {
	role       role
	start, end int
}

type role uint8

const (
	signed         role = iota // part of the payload
	ownSignature               // the signature over this object: a header of a commit, the end of a tag
	otherSignature             // a header with the signature for the other hash algorithm
)

// ParseObject splits the raw bytes of a commit or tag as git does when it
// verifies its signature. Raw is kept, not copied.
//
// A commit's signature is its gpgsig header in a SHA-1 repository and its
// gpgsig-sha256 header in a SHA-256 one; both headers are absent from the
// payload. A tag's signature is everything from the last line that begins an
// armor to the end; a signature for the other hash algorithm may stand in a
// header, which is absent from the payload too.
//
// What git, or another reader, could understand in two ways is refused with an
// *AmbiguousError: a header twice or out of its place, a header block with a
// NUL in it or without an end. An object larger than MaxObjectSize is refused
// with a *SizeError. Bytes of the message are never a reason to refuse: it may
// hold NUL, CR, any encoding, and need not end in a newline.
func ParseObject(format ObjectFormat, typ ObjectType, raw []byte) (*Object, error) {
	if format != SHA1 && format != SHA256 {
		return nil, fmt.Errorf("object format %q: neither %q nor %q", format, SHA1, SHA256)
	}
	if len(raw) > MaxObjectSize {
		return nil, &SizeError{What: string(typ), Size: int64(len(raw)), Max: MaxObjectSize}
	}
	o := &Object{Format: format, Type: typ, Raw: raw}
	var err error
	switch typ {
	case Commit:
		err = o.parseCommit()
	case Tag:
		err = o.parseTag()
	default:
		err = &TypeError{Type: string(typ), Want: signable}
	}
	if err != nil {
		return nil, err
	}
	return o, nil
}

// ID returns the object's id under its own format in lower-case hexadecimal,
// computed over the header that git puts before the raw bytes, and them.
func (o *Object) ID() string { return objectID(o.Format, string(o.Type), o.Raw) }

func objectID(format ObjectFormat, typ string, raw []byte) string {
	h := format.new()
	h.Write([]byte(typ + " " + strconv.Itoa(len(raw)) + "\x00"))
	h.Write(raw)
	return hex.EncodeToString(h.Sum(nil))
}

// Payload returns the bytes that the signature is made over: exactly what git
// hands to the verifying program on its standard input. For an unsigned object
// it is what would be signed.
func (o *Object) Payload() []byte {
	first := o.spans[0]
	if len(o.spans) == 1 || (len(o.spans) == 2 && o.spans[1].role != signed) {
		return o.Raw[first.start:first.end:first.end]
	}
	payload := make([]byte, 0, len(o.Raw))
	for _, s := range o.spans {
		if s.role == signed {
			payload = append(payload, o.Raw[s.start:s.end]...)
		}
	}
	return payload
}

// IsSigned says whether there is a Signature.
func (o *Object) IsSigned() bool {
	return slices.ContainsFunc(o.spans, func(s span) bool { return s.role == ownSignature })
}

// Signature returns the signature as git hands it to the verifying program: of
// a commit the value of its header without the space that begins each
// continuation line, of a tag the rest of the object from the armor's first
// line on. It is nil when the object is unsigned.
func (o *Object) Signature() []byte {
	for _, s := range o.spans {
		if s.role != ownSignature {
			continue
		}
		if o.Type == Commit {
			return unfold(o.Raw[s.start:s.end])
		}
		return o.Raw[s.start:s.end:s.end]
	}
	return nil
}

// Scheme returns the kind of the signature.
func (o *Object) Scheme() Scheme { return SchemeOf(o.Signature()) }
