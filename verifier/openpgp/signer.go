package openpgp

import (
	"errors"
	"fmt"
	"time"
)

// Signer is the key or subkey that made a signature.
type Signer struct {
	component *component
}

// Key returns the key that the signer is, or is a subkey of.
func (s Signer) Key() *Key { return s.component.key }

// Fingerprint returns that of the key or subkey that signed, in upper-case
// hexadecimal.
func (s Signer) Fingerprint() string { return fingerprint(s.component) }

// Check says whether the key could sign at a time. The error is *RefusedError,
// ErrRevoked or ErrNotValid. The time in a signature is a claim of its maker.
func (s Signer) Check(at time.Time) error {
	c, k := s.component, s.component.key
	k.settle()
	if k.refused != nil {
		return k.refused
	}
	if err := revokedError("key", k.primary.revoked(at)); err != nil {
		return err
	}
	if err := revokedError("subkey", c.revoked(at)); c != k.primary && err != nil {
		return err
	}
	primary, ok := k.primaryAt(at)
	if !ok {
		return fmt.Errorf("%w: the key has no name %s", ErrNotValid, k.withoutNames())
	}
	if c == k.primary {
		return primary.check("key", c.public, at)
	}
	primary.hasFlags = false // it need not sign objects itself
	if err := primary.check("key", k.primary.public, at); err != nil {
		return err
	}
	binding := c.newest()
	if binding == nil || binding.expired(at) {
		return fmt.Errorf("%w: the key has not signed that the subkey is its own", ErrNotValid)
	}
	var sub properties
	sub.take(binding)
	sub.narrow(binding, c.statements)
	if err := sub.check("subkey", c.public, at); err != nil {
		return err
	}
	if !binding.back {
		return fmt.Errorf("%w: the subkey has not signed that it belongs to the key", ErrNotValid)
	}
	return nil
}

// withoutNames says why a key has no name.
func (k *Key) withoutNames() string {
	for _, c := range k.names {
		for _, s := range c.statements {
			if s.unverifiable != nil {
				return fmt.Sprintf("with a signature that can be verified (%v)", s.unverifiable)
			}
		}
	}
	return "that it signed itself"
}

func revokedError(what string, r *revocation) error {
	switch {
	case r == nil:
		return nil
	case !r.verified:
		return fmt.Errorf("%w: the %s has a revocation that cannot be verified here (%v), so it counts", ErrRevoked, what, r.whyUnverified())
	}
	return fmt.Errorf("%w: the %s, on %s", ErrRevoked, what, r.created.Format(time.DateOnly))
}

// whyUnverified says why the signature cannot be verified.
func (s *signature) whyUnverified() error {
	if s.unverifiable != nil {
		return s.unverifiable
	}
	return errors.New("the key that made it is in no key file")
}
