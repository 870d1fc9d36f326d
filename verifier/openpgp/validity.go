package openpgp

import (
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

func (r *revocation) countsAt(at time.Time) bool { return r.hard || !at.Before(r.created) }

// revoked returns a revocation that counts at a time. A later statement does not
// undo the revocation of a key.
func (c *component) revoked(at time.Time) *revocation {
	for _, r := range c.revocations {
		if r.countsAt(at) {
			return r
		}
	}
	return nil
}

// newest returns the newest statement that gives something.
func (c *component) newest() *statement {
	for _, s := range c.statements {
		if !s.limits {
			return s
		}
	}
	return nil
}

// inForce returns the newest statement that is not over at a time. It is for the
// primary key: what an older one limits counts again.
func (c *component) inForce(at time.Time) *statement {
	for _, s := range c.statements {
		if !s.limits && !s.expired(at) {
			return s
		}
	}
	return nil
}

// nameAt returns the statement by which a name counts at a time. Of statements
// and revocations the newest counts, because a name may be taken up again.
func (c *component) nameAt(at time.Time) *statement {
	s := c.newest()
	if s == nil || s.expired(at) {
		return nil
	}
	for _, r := range c.revocations {
		if r.countsAt(at) && !r.created.Before(s.created) {
			return nil
		}
	}
	return s
}

// properties are what a key says about its primary key or a subkey.
type properties struct {
	lifetime time.Duration // from the key's creation, zero for ever
	flags    byte          // of RFC 9580, section 5.2.3.29
	hasFlags bool
}

func (p *properties) take(s *statement) {
	if p.lifetime == 0 {
		p.lifetime = s.seconds(subKeyExpires)
	}
	if flags := s.subpacket(subKeyFlags); flags != nil && !p.hasFlags {
		p.hasFlags = true
		if len(flags) > 0 {
			p.flags = flags[0]
		}
	}
}

// narrow applies the statements that only limit and are newer than what gave the
// properties.
func (p *properties) narrow(given *statement, statements []*statement) {
	for _, s := range statements {
		if !s.limits || s.created.Before(given.created) {
			continue
		}
		if lifetime := s.seconds(subKeyExpires); lifetime != 0 && (p.lifetime == 0 || lifetime < p.lifetime) {
			p.lifetime = lifetime
		}
		if flags := s.subpacket(subKeyFlags); len(flags) > 0 {
			if !p.hasFlags {
				p.flags, p.hasFlags = flags[0], true
			}
			p.flags &= flags[0]
		}
	}
}

// primaryAt returns the primary key's properties at a time. Those in a signature
// over the key alone go first, then those with the names, newest first; names
// that are revoked count if there are no others. GnuPG does the same.
func (k *Key) primaryAt(at time.Time) (p properties, ok bool) {
	var given []*statement
	if s := k.primary.inForce(at); s != nil {
		given = append(given, s)
	}
	var valid, all []*statement
	for _, c := range k.names {
		if s := c.nameAt(at); s != nil {
			valid = append(valid, s)
		}
		if s := c.newest(); s != nil {
			all = append(all, s)
		}
	}
	if len(valid) == 0 {
		valid = all
	}
	slices.SortStableFunc(valid, func(a, b *statement) int { return b.created.Compare(a.created) })
	if given = append(given, valid...); len(given) == 0 {
		return p, false
	}
	for _, s := range given {
		p.take(s)
	}
	for _, c := range slices.Concat([]*component{k.primary}, k.names) {
		p.narrow(given[0], c.statements)
	}
	return p, true
}

// check says whether a key with these properties may sign at a time.
func (p properties) check(what string, public *packet.PublicKey, at time.Time) error {
	const sign = 2
	switch {
	case at.Before(public.CreationTime):
		return fmt.Errorf("%w: the %s was created later, at %s", ErrNotValid, what, public.CreationTime.UTC().Format(time.RFC3339))
	case p.lifetime != 0 && at.After(public.CreationTime.Add(p.lifetime)):
		return fmt.Errorf("%w: the %s had expired at %s", ErrNotValid, what, public.CreationTime.Add(p.lifetime).UTC().Format(time.RFC3339))
	case p.hasFlags && p.flags&sign == 0:
		return fmt.Errorf("%w: the %s is not for signing", ErrNotValid, what)
	}
	return nil
}
