// Package openpgp verifies OpenPGP signatures over commits and tags (RFC 9580)
// with the keys in files that a policy names. It uses no key server, no web of
// trust and no clock: a key counts because its file is named, and an OpenPGP
// signature proves no time.
//
// Public keys and the mathematics of signatures are ProtonMail's library's.
// Which signatures a key carries about itself, and what they mean, is decided
// here, because the library drops revocations that it does not expect. The rule
// is: what gives trust (a name, a subkey, an expiry) counts when it is proven;
// what takes trust away (a revocation) counts unless it is disproven.
package openpgp

import (
	"errors"
	"fmt"
)

// ErrNoKey is returned when no key of the keyring is the one that a signature
// names.
var ErrNoKey = errors.New("no such key")

// ErrSignature is returned when a key that the signature names did not make it
// over these bytes.
var ErrSignature = errors.New("signature does not verify")

// ErrRevoked is returned when a key, or the subkey that signed, is revoked in
// the key files: always if the revocation says "compromised" or gives no reason,
// otherwise from the date of the revocation on.
var ErrRevoked = errors.New("key is revoked")

// ErrNotValid is returned when a key may not sign at a time: it was not created
// yet, had expired, or is not for signing.
var ErrNotValid = errors.New("key is not valid for signing at that time")

// UnsupportedError is returned for a signature that cannot be read or that
// proves nothing, for example because its hash function or its key is too weak.
type UnsupportedError struct{ What string }

func (e *UnsupportedError) Error() string { return e.What }

func unsupported(format string, args ...any) error {
	return &UnsupportedError{fmt.Sprintf(format, args...)}
}

// RefusedError is returned for a signature that may be by a key of a file that
// could not be read as a whole: it may hold a revocation that was not seen.
type RefusedError struct {
	File string
	Err  error
}

func (e *RefusedError) Error() string { return fmt.Sprintf("key file %s: %v", e.File, e.Err) }
func (e *RefusedError) Unwrap() error { return e.Err }
