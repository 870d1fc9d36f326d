// Package openpgp checks OpenPGP signatures over commits and tags (RFC 9580) by
// keys that somebody named. It knows no key servers, no web of trust and no
// clock: a key counts because its file was named, and an OpenPGP signature
// proves no time. The packets are read by ProtonMail's library; what that
// passes over, such as a second signature in the same armor, is refused before.
package openpgp

import "fmt"

// MalformedError says that something is not what it says it is.
type MalformedError struct{ Err error }

func (e *MalformedError) Error() string { return e.Err.Error() }
func (e *MalformedError) Unwrap() error { return e.Err }

// UnsupportedError says that something is well-formed, as far as can be told,
// and of a form that proves nothing here: too weak, or not known.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return e.What }

func malformed(format string, args ...any) error {
	return &MalformedError{fmt.Errorf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &UnsupportedError{fmt.Sprintf(format, args...)}
}

// contain turns a panic of the library, which has some on bytes that nobody
// means well with, into a *MalformedError: whatever it was about to say is not
// said.
func contain(err *error) {
	if p := recover(); p != nil {
		*err = malformed("it breaks the library that reads it: %v", p)
	}
}
