package openpgp

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is a public key with its names and subkeys, merged from all files of its
// keyring. It is safe for parallel use.
type Key struct {
	ring    *Keyring
	files   []string
	refused error // a file that holds the key is refused

	primary *component
	names   []*component
	subkeys []*component

	misplaced *component   // holds the key's own signatures that follow nothing known
	foreign   []*signature // key revocations in its block that name another key

	once    sync.Once // settles the components
	guesses int
}

// statement is a proven signature by which a key gives itself a name, a subkey,
// or its properties.
type statement struct {
	*signature
	// limits: the signature may only narrow what another one gives. It is not
	// acceptable, or cannot be verified here.
	limits bool
	// back: the subkey has signed that it belongs to the key.
	back bool
}

// revocation is a signature that takes a component away and is not disproven.
type revocation struct {
	*signature
	verified bool
	// hard: it counts for all times, not only from its date on.
	hard bool
}

// Fingerprint returns the primary key's, in upper-case hexadecimal.
func (k *Key) Fingerprint() string { return fingerprint(k.primary) }

func fingerprint(c *component) string { return strings.ToUpper(hex.EncodeToString(c.fingerprint)) }

// Files returns the names of the files that hold the key.
func (k *Key) Files() []string { return slices.Clone(k.files) }

// settle verifies the key's signatures about itself, once: the first time that
// somebody asks about the key.
func (k *Key) settle() {
	k.once.Do(func() {
		if k.primary.weak != nil || k.refused != nil {
			return
		}
		for _, c := range k.components() {
			for _, s := range c.signatures {
				k.place(s, c)
			}
		}
		for _, s := range k.misplaced.signatures {
			k.place(s, nil)
		}
		for _, s := range k.ring.stray[keyID(k.primary.fingerprint)] {
			k.place(s, nil)
		}
		k.placeForeign()
		for _, c := range k.components() {
			slices.Reverse(c.statements) // of two in one second the last counts, as for gpg
			slices.SortStableFunc(c.statements, func(a, b *statement) int { return b.created.Compare(a.created) })
		}
		if k.guesses > maxGuesses {
			k.refused = &RefusedError{k.files[0], fmt.Errorf("key %s: too many signatures at places where they do not belong", k.Fingerprint())}
		}
	})
}

// components returns the key's parts.
func (k *Key) components() []*component {
	return slices.Concat([]*component{k.primary}, k.names, k.subkeys)
}

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
		if c == follows || !fits(c) || !s.mayBeOver(k.over(c)) {
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
	if s.unverifiable() == nil || follows != nil || !s.isRevocation() {
		return
	}
	for _, c := range k.components() {
		if fits(c) {
			c.add(s, undecided)
		}
	}
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
		if s.mayBeOver(own) && s.prove(k.primary.public, own) == proven {
			k.primary.add(s, proven)
		}
	}
	for _, maker := range k.revokers() {
		for _, s := range k.ring.revocations[keyID(maker)] {
			if s.unverifiable() == nil && !s.mayBeOver(own) {
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
		return fmt.Errorf("%w: the key has no name that it signed itself", ErrNotValid)
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
	if name, weak := weakHashNames[s.hash]; weak && s.hash != 2 {
		return errors.New(name)
	}
	if err := s.unverifiable(); err != nil {
		return err
	}
	return errors.New("the key that made it is in no key file")
}

// UserIDs returns the names that the key gives itself at a time, the primary one
// first. They are as the file has them: escape them before printing.
func (k *Key) UserIDs(at time.Time) []string {
	k.settle()
	type name struct {
		text    string
		primary bool
		created time.Time
	}
	var names []name
	for _, c := range k.names {
		if s := c.nameAt(at); s != nil {
			primary := s.subpacket(subPrimaryUserID)
			names = append(names, name{*c.name, len(primary) == 1 && primary[0] != 0, s.created})
		}
	}
	slices.SortFunc(names, func(a, b name) int {
		switch {
		case a.primary != b.primary && a.primary:
			return -1
		case a.primary != b.primary:
			return 1
		}
		return cmp.Or(b.created.Compare(a.created), strings.Compare(a.text, b.text))
	})
	var texts []string
	for _, n := range names {
		texts = append(texts, n.text)
	}
	return texts
}

// Address returns the e-mail address of a user id, "Ana <ana@example.com>" or
// the bare address, empty if it has none that every reader would read.
func Address(userID string) string {
	address := userID
	if open := strings.IndexByte(userID, '<'); open >= 0 {
		inside, ok := strings.CutSuffix(userID[open+1:], ">")
		if !ok || strings.ContainsAny(inside, "<>") {
			return ""
		}
		address = inside
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return ""
	}
	return address
}
