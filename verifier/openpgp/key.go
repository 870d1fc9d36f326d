package openpgp

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Key is a public key with its names and subkeys, merged from all files of its
// keyring. It is safe for parallel use.
type Key struct {
	ring    *Keyring
	files   []string
	refused error // a file that contains the key is refused

	primary *component
	names   []*component
	subkeys []*component

	misplaced *component   // has the key's own signatures that follow nothing known
	foreign   []*signature // key revocations in its block that name another key

	once     sync.Once // settles the components
	compared int       // how often a signature's place was looked for
	guesses  int       // and how often the mathematics was asked
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
// a caller asks about the key.
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
		if k.guesses > maxGuesses || k.compared > maxCompared {
			k.refused = &RefusedError{k.files[0], fmt.Errorf("key %s: too many signatures at places where they do not belong", k.Fingerprint())}
		}
	})
}

// components returns the key's parts.
func (k *Key) components() []*component {
	return slices.Concat([]*component{k.primary}, k.names, k.subkeys)
}
