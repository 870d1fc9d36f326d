package openpgp

import (
	"bytes"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// over returns what signatures about a component are over.
func (k *Key) over(c *component) signed {
	switch {
	case c.name != nil:
		return signed{key: k.primary.public, userID: c.name}
	case c != k.primary:
		return signed{key: k.primary.public, subkey: c.public}
	}
	return signed{key: k.primary.public}
}

// fits reports whether signatures of a kind are over components of c's kind.
func (k *Key) fits(s *signature, c *component) bool {
	switch {
	case s.kind == packet.SigTypeKeyRevocation || s.kind == packet.SigTypeDirectSignature:
		return c == k.primary
	case s.kind == packet.SigTypeCertificationRevocation || s.isCertification():
		return c.name != nil
	case s.kind == packet.SigTypeSubkeyRevocation || s.kind == packet.SigTypeSubkeyBinding:
		return c != k.primary && c.public != nil
	}
	return false
}

// place finds out what one of the key's own signatures is over: what it follows,
// or else whatever it fits. A revocation that cannot be verified counts for what
// it follows, or else for everything of its kind.
func (k *Key) place(s *signature, follows *component) {
	fits := func(c *component) bool { return k.fits(s, c) }
	if s.kind == packet.SigTypeKeyRevocation || s.kind == packet.SigTypeDirectSignature {
		follows = k.primary
	}
	if follows != nil && fits(follows) {
		if result := s.prove(k.primary.public, k.over(follows)); result != disproven {
			follows.add(s, result)
			return
		}
	} else {
		follows = nil
	}
	for _, c := range k.components() {
		if c == follows || !fits(c) || !k.mayBeOver(s, c) {
			continue
		}
		if k.guesses++; k.guesses > maxGuesses {
			return
		}
		if s.prove(k.primary.public, k.over(c)) == proven {
			c.add(s, proven)
			return
		}
	}
	if s.unverifiable == nil || follows != nil || !s.isRevocation() {
		return
	}
	for _, c := range k.components() {
		if fits(c) {
			c.add(s, undecided)
		}
	}
}

// mayBeOver is signature.mayBeOver, for a bounded number of times.
func (k *Key) mayBeOver(s *signature, c *component) bool {
	k.compared++
	return k.compared <= maxCompared && s.mayBeOver(k.over(c))
}

// add notes a signature about c that is not disproven.
func (c *component) add(s *signature, result proof) {
	if s.isRevocation() {
		c.revocations = append(c.revocations, &revocation{s, result == proven, result != proven || s.isHard()})
		return
	}
	primary := c.key.primary.public
	tooOld := s.created.Before(primary.CreationTime)
	st := &statement{signature: s, limits: result != proven || tooOld || !s.acceptable()}
	if s.kind == packet.SigTypeSubkeyBinding && !st.limits {
		st.back = slices.ContainsFunc(s.embedded(), func(back *signature) bool {
			return back.kind == packet.SigTypePrimaryKeyBinding && back.acceptable() && back.prove(c.public, c.key.over(c)) == proven
		})
	}
	c.statements = append(c.statements, st)
}

// isHard reports whether a revocation counts for all times: it does not say that
// the key was replaced, is no longer used, or that the name is no longer valid.
func (s *signature) isHard() bool {
	reason := s.subpacket(subReason)
	const superseded, retired, nameInvalid = 1, 3, 32
	return len(reason) == 0 || reason[0] != superseded && reason[0] != retired && reason[0] != nameInvalid
}

// placeForeign looks for revocations of the key by keys that it has named for
// that (RFC 9580, section 5.2.3.23), and for its own that name another maker.
func (k *Key) placeForeign() {
	own := k.over(k.primary)
	for _, s := range k.foreign {
		if k.mayBeOver(s, k.primary) && s.prove(k.primary.public, own) == proven {
			k.primary.add(s, proven)
		}
	}
	for _, maker := range k.revokers() {
		for _, s := range k.ring.revocations[keyID(maker)] {
			if s.unverifiable == nil && !k.mayBeOver(s, k.primary) {
				continue
			}
			if k.guesses++; k.guesses > maxGuesses {
				return
			}
			result := k.proveBy(maker, s)
			if result == proven || result == undecided && (s.alone || slices.Contains(k.foreign, s)) {
				k.primary.add(s, result)
			}
		}
	}
}

// proveBy verifies a revocation of the key by another one.
func (k *Key) proveBy(maker []byte, s *signature) proof {
	for _, c := range k.ring.byFingerprint[string(maker)] {
		if c.public != nil {
			return s.prove(c.public, k.over(k.primary))
		}
	}
	return undecided
}

// revokers returns the fingerprints of the keys that may revoke this one.
func (k *Key) revokers() [][]byte {
	var found [][]byte
	for _, c := range slices.Concat([]*component{k.primary}, k.names) {
		for _, s := range c.statements {
			for _, sub := range s.hashed {
				if b := sub.Contents; sub.SubType&^subCritical == subRevoker && len(b) >= 22 && b[0]&0x80 != 0 {
					if fp := b[2:]; !slices.ContainsFunc(found, func(o []byte) bool { return bytes.Equal(o, fp) }) {
						found = append(found, fp)
					}
				}
			}
		}
	}
	return found
}
