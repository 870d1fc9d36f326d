// Package trust holds what a verifier believes in: Sigstore trusted roots,
// read strictly, with the authorities of each made fit to judge many objects:
// a certificate path is verified once, every validity window each time.
//
// It fetches nothing and keeps nothing on disk. Whether a signature is good is
// decided in package verifier, by one root alone: evidence is never mixed
// across roots.
package trust

import (
	"crypto/x509"
	"time"
)

// Caps on what is read from outside or kept, each refused or dropped before it
// costs anything.
const (
	// maxRootSize bounds a trusted_root.json. The largest in public use has
	// 32 KiB.
	maxRootSize = 1 << 20
	// maxAuthorities bounds the logs and the authorities of one root, each
	// kind: every one may be asked for each object. Public roots have at most
	// six.
	maxAuthorities = 64
	// maxPathLength bounds the certificates of one authority.
	maxPathLength = 8
	// maxRememberedLeaves bounds the leaf certificates that an authority
	// remembers as its own, 32 bytes each: tools that cache a certificate sign
	// many objects in its ten minutes.
	maxRememberedLeaves = 4096
)

// Window is the time in which a key or an authority counts, both ends
// included. A zero end is open.
type Window struct {
	Start, End time.Time
}

// Contains reports whether t lies within the window.
func (w Window) Contains(t time.Time) bool {
	return (w.Start.IsZero() || !t.Before(w.Start)) && (w.End.IsZero() || !t.After(w.End))
}

// validAt reports whether t lies within the validity of every certificate.
func validAt(certs []*x509.Certificate, t time.Time) bool {
	for _, c := range certs {
		if !(Window{c.NotBefore, c.NotAfter}).Contains(t) {
			return false
		}
	}
	return true
}
