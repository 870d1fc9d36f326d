// Package trust parses Sigstore trusted roots strictly, and verifies certificates and
// timestamps by them. Its authorities are made for verifying many objects: they verify a
// certificate path once, and every validity window each time.
//
// The package fetches nothing and stores nothing on disk. Package verifier decides whether a
// signature is good, by one root alone: it never mixes evidence across roots.
package trust

import (
	"crypto/x509"
	"time"
)

// Limits of what is read from outside or remembered. More is refused or dropped before it
// costs anything.
const (
	// maxRootSize limits a trusted_root.json. The largest in public use has 32 KiB.
	maxRootSize = 1 << 20
	// maxAuthorities limits the logs and the authorities of one root, of each kind: every
	// one may be tried for each object. Public roots have at most six.
	maxAuthorities = 64
	// maxPathLength limits the certificates of one authority.
	maxPathLength = 8
	// maxRememberedLeaves limits the leaf certificates that an authority remembers as its
	// own, 32 bytes each: tools that cache a certificate sign many objects in its ten
	// minutes.
	maxRememberedLeaves = 4096
)

// Window is the validity window of a key or an authority, both ends included. A zero end is
// open.
type Window struct {
	Start, End time.Time
}

// Contains reports whether t is in the window.
func (w Window) Contains(t time.Time) bool {
	return (w.Start.IsZero() || !t.Before(w.Start)) && (w.End.IsZero() || !t.After(w.End))
}

// validAt reports whether every certificate is valid at t.
func validAt(certs []*x509.Certificate, t time.Time) bool {
	for _, c := range certs {
		if !(Window{c.NotBefore, c.NotAfter}).Contains(t) {
			return false
		}
	}
	return true
}
