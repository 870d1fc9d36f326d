package openpgp

import (
	"bytes"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// File is a file of public keys.
type File struct {
	// Name is what warnings and errors call it.
	Name string
	// Text is the file's contents, as gpg --export writes them, armored or not.
	Text []byte
}

// Warning says what was passed over in a key file.
type Warning struct {
	File   string
	Reason string
	// Refused says that the whole file was: signatures by its keys are undecided.
	Refused bool
}

// Keyring is the keys of some files. Copies of a key are merged, and a
// revocation counts wherever it is found. A Keyring is safe for parallel use.
type Keyring struct {
	keys          []*Key
	byFingerprint map[string][]*component
	byID          map[uint64][]*component
	refused       []*RefusedError
	warnings      []Warning

	// stray are the revocations outside the block of the key that they name as
	// their maker, by that key's id.
	stray  map[uint64][]*signature
	strays int
	// revocations are all revocations of keys, by the id of their maker: that may
	// be another key, which the key has named for that.
	revocations map[uint64][]*signature

	verifyTime time.Duration // what checking all keys takes
	size       int
}

// ParseKeyring reads files of public keys. What it cannot use is passed over
// with a warning: keys that are too weak (DSA, RSA of less than 2048 bits, the
// curve secp256k1), and keys and packets of unknown forms. If what it cannot
// read could be a revocation, or if a limit is exceeded, the file is refused.
func ParseKeyring(files []File) *Keyring {
	r := &Keyring{
		byFingerprint: make(map[string][]*component),
		byID:          make(map[uint64][]*component),
		stray:         make(map[uint64][]*signature),
		revocations:   make(map[uint64][]*signature),
	}
	var parsers []*fileParser
	for _, f := range files {
		p := &fileParser{ring: r, file: f.Name}
		parsers = append(parsers, p)
		before := r.verifyTime
		if err := p.parse(f.Text); err != nil {
			r.verifyTime = before // the keys of a refused file are not checked
			r.refused = append(r.refused, &RefusedError{f.Name, err})
			r.warnings = append(r.warnings, Warning{File: f.Name, Reason: err.Error(), Refused: true})
		}
	}
	for _, p := range parsers {
		for _, id := range p.alone {
			if len(r.byID[id]) == 0 {
				p.warn("a revocation by key %016X, which is in no key file, is passed over", id)
			}
		}
	}
	for _, k := range r.keys {
		for _, refused := range r.refused {
			if slices.Contains(k.files, refused.File) {
				k.refused = refused
				break
			}
		}
	}
	return r
}

// Keys returns the keys whose signatures count, in the order of the files.
func (r *Keyring) Keys() []*Key {
	var keys []*Key
	for _, k := range r.keys {
		if k.primary.weak == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

// Warnings returns what was passed over.
func (r *Keyring) Warnings() []Warning { return slices.Clone(r.warnings) }

// named returns the primary keys and subkeys that a signature names.
func (r *Keyring) named(s *Signature) []*component {
	if found := r.byFingerprint[string(s.raw.key)]; len(found) > 0 {
		return found
	}
	var found []*component
	for _, id := range s.raw.issuers {
		for _, c := range r.byID[id] {
			if !slices.Contains(found, c) {
				found = append(found, c)
			}
		}
	}
	return found
}

// Verify checks the mathematics: it returns the keys that made the signature
// over payload, of those that the signature names. That is one, but for a subkey
// that several keys claim. Whether they may sign, their Check tells.
//
// The error is ErrNoKey, ErrSignature, *UnsupportedError if the key's
// signatures prove nothing, or *RefusedError if a file that was refused may hold
// the key.
func (r *Keyring) Verify(s *Signature, payload []byte) ([]Signer, error) {
	named := r.named(s)
	if len(named) == 0 {
		if len(r.refused) > 0 {
			return nil, r.refused[0]
		}
		return nil, ErrNoKey
	}
	var signers []Signer
	var weak error
	for _, c := range named {
		if c.weak != nil {
			weak = unsupported("the signature is by key %X: %v", c.fingerprint, c.weak)
			continue
		}
		switch s.prove(c.public, payload) {
		case proven:
			signers = append(signers, Signer{c})
		case undecided:
			weak = unsupported("the signature is not of the form that key %X makes", c.fingerprint)
		}
	}
	switch {
	case len(signers) > 0:
		return signers, nil
	case weak != nil:
		return nil, weak
	case s.raw.key != nil && !slices.ContainsFunc(named, func(c *component) bool { return bytes.Equal(c.fingerprint, s.raw.key) }):
		return nil, unsupported("the signature names two keys, %X and %X", s.raw.key, named[0].fingerprint)
	}
	return nil, ErrSignature
}

// component is a part of a key that signatures are over: the primary key, a
// subkey, or a name.
type component struct {
	key         *Key
	public      *packet.PublicKey // nil for a name
	fingerprint []byte
	weak        error // why its signatures prove nothing; nil if they do
	name        *string

	signatures []*signature // the key's own that follow it in the files
	seen       map[string]bool

	// What the key says about it, once it is settled: each list newest first.
	statements  []*statement
	revocations []*revocation
}
