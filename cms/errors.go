package cms

import "fmt"

// MalformedError says that bytes are not what docs/format.md calls a signature:
// the form itself is broken. A verifier's verdict for it is bad.
type MalformedError struct {
	Field  string // the ASN.1, protobuf or armor field, dotted from the outside
	Offset int    // bytes from the start of what was parsed to the field; 0 also when it is not known
	Reason string
}

func (e *MalformedError) Error() string {
	return "malformed signature: " + place(e.Field, e.Offset) + ": " + e.Reason
}

// UnsupportedError says that bytes are sound as far as they were read, and of
// a form that this package does not judge. A verifier's verdict for it is
// unknown.
type UnsupportedError struct {
	Field  string // as MalformedError.Field
	Offset int    // as MalformedError.Offset
	Reason string
}

func (e *UnsupportedError) Error() string {
	return "unsupported form of signature: " + place(e.Field, e.Offset) + ": " + e.Reason
}

func place(field string, offset int) string {
	if offset == 0 {
		return field
	}
	return fmt.Sprintf("%s at byte %d", field, offset)
}
