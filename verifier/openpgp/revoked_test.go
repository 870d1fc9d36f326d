package openpgp_test

import (
	"slices"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

const day = 24 * time.Hour

const (
	certifies = 1
	signs     = 2
)

// keyCase is a key in some files, and a signature by it.
type keyCase struct {
	name  string
	files [][]byte
	// by makes the signature; the key ana if it is the zero value.
	by   made
	at   time.Time
	want string
	// gpg is gpg's word where it is another one, and why is the reason.
	gpg, why string
}

const (
	anaName = "Ana <ana@example.com>"
	newName = "Ana <ana@new.example.com>"
)

// The keys of these tests: ana has the signing subkey, bob is somebody else.
var (
	ana    = newKey(1, born)
	subkey = newKey(2, born)
	bob    = newKey(3, born)
	carol  = newKey(4, born)
)

// named is ana's name with her signature over it.
func anaNamed(subs ...sub) []byte {
	return slices.Concat(name(anaName), ana.certify(anaName, born, recipe{}, append([]sub{keyFlags(certifies | signs)}, subs...)...))
}

// block is ana's key as gpg exports it, with more packets after its three parts.
func block(afterKey, afterName, afterSubkey []byte) []byte {
	return slices.Concat(ana.primary(), afterKey, anaNamed(), afterName, ana.bind(subkey, born, recipe{}, keyFlags(signs)), afterSubkey)
}

func bobsBlock(after []byte) []byte {
	return slices.Concat(bob.primary(), name("Bob <bob@example.com>"), bob.certify("Bob <bob@example.com>", born, recipe{}, keyFlags(certifies|signs)), after)
}

func files(list ...[]byte) [][]byte { return list }

// revocationCases: a revocation of a key counts wherever it is, however it is
// made, unless it is not the key's.
func revocationCases() []keyCase {
	later := born.Add(100 * day)
	revoke := func(r recipe, subs ...sub) []byte {
		return ana.signature(revokesKey, ana.hashed(), later, r, subs...)
	}
	soft, hard := revoke(recipe{}, reason(1)), revoke(recipe{}, reason(2))
	const soFarGood = "gpg counts a key as revoked for all times, whatever the reason"
	const notRead = "gpg passes over what it does not read; it may be a revocation, so it counts"
	ofSubkey := ana.signature(revokesSubkey, ana.with(subkey), later, recipe{})
	ofName := ana.signature(revokesName, ana.named(anaName, 4), later, recipe{}, reason(32))
	cut := hard[:len(hard)-40]
	cut = packetOf(2, cut[3:])
	cases := []keyCase{
		{name: "nothing", files: files(block(nil, nil, nil)), want: "good"},
		{name: "compromised", files: files(block(hard, nil, nil)), want: "revoked"},
		{name: "no reason", files: files(block(revoke(recipe{}), nil, nil)), want: "revoked"},
		{name: "reason 0", files: files(block(revoke(recipe{}, reason(0)), nil, nil)), want: "revoked"},
		{name: "an unknown reason", files: files(block(revoke(recipe{}, reason(99)), nil, nil)), want: "revoked"},
		{name: "superseded later", files: files(block(soft, nil, nil)), want: "good", gpg: "revoked", why: soFarGood},
		{name: "retired later", files: files(block(revoke(recipe{}, reason(3)), nil, nil)), want: "good", gpg: "revoked", why: soFarGood},
		{name: "superseded before", files: files(block(soft, nil, nil)), at: later, want: "revoked"},
		{name: "after the name", files: files(block(nil, hard, nil)), want: "revoked"},
		{name: "after the subkey", files: files(block(nil, nil, hard)), want: "revoked"},
		{name: "after a subkey, by a signature of the subkey", by: subkey, files: files(block(nil, nil, hard)), want: "revoked"},
		{name: "before the key", files: files(slices.Concat(hard, block(nil, nil, nil))), want: "revoked", gpg: "good", why: "gpg has no key to apply it to when it comes to it"},
		{name: "in a file of its own", files: files(block(nil, nil, nil), hard), want: "revoked"},
		{name: "in a file before it", files: files(hard, block(nil, nil, nil)), want: "revoked", gpg: "good", why: "gpg has no key to apply it to when it imports that file; the files of a policy have no order"},
		{name: "in a second copy", files: files(slices.Concat(block(nil, nil, nil), block(hard, nil, nil))), want: "revoked"},
		{name: "in the first copy", files: files(slices.Concat(block(hard, nil, nil), block(nil, nil, nil))), want: "revoked"},
		{name: "in another file's copy", files: files(block(nil, nil, nil), block(hard, nil, nil)), want: "revoked"},
		{name: "after another key", files: files(slices.Concat(block(nil, nil, nil), bobsBlock(hard))), want: "revoked", gpg: "good", why: "gpg takes it for a signature about the other key; key files are concatenated"},
		{name: "after a key of version 3", files: files(slices.Concat(block(nil, nil, nil), []byte("\x99\x00\x0c\x03\x00\x00\x00\x00\x00\x00\x01\x00\x01\x01\x01"), hard)), want: "revoked", gpg: "good", why: "gpg passes over what follows such a key"},
		{name: "after a photo", files: files(block(nil, slices.Concat(packetOf(17, []byte("\x02\x01x")), hard), nil)), want: "revoked"},
		{name: "after an unknown packet", files: files(block(nil, slices.Concat([]byte("\xfc\x01x"), hard), nil)), want: "revoked"},
		{name: "over SHA-1", files: files(block(revoke(recipe{hash: 2}), nil, nil)), want: "revoked"},
		{name: "over SHA-512", files: files(block(revoke(recipe{hash: 10}), nil, nil)), want: "revoked"},
		{name: "over MD5", files: files(block(revoke(recipe{hash: 1}), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "over an unknown hash", files: files(block(revoke(recipe{hash: 99}), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "over an unknown hash, superseded later", files: files(block(revoke(recipe{hash: 99}, reason(1)), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "over an unknown hash, after another key", files: files(slices.Concat(block(nil, nil, nil), bobsBlock(revoke(recipe{hash: 99})))), want: "revoked", gpg: "good", why: notRead},
		{name: "a critical notation", files: files(block(revoke(recipe{}, criticalNotation()), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "an unknown critical part", files: files(block(revoke(recipe{}, sub{subType: 99 | 0x80}), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "not for others", files: files(block(revoke(recipe{}, sub{subType: 4, contents: []byte{0}}), nil, nil)), want: "revoked", gpg: "good", why: "gpg does not import what is not for others"},
		{name: "limited to a day", files: files(block(revoke(recipe{}, seconds(3, day)), nil, nil)), at: later.Add(9 * day), want: "revoked"},
		{name: "made before the key", files: files(block(ana.signature(revokesKey, ana.hashed(), born.Add(-day), recipe{}), nil, nil)), want: "revoked", gpg: "good", why: "gpg passes over signatures that are older than their key; what takes trust away counts"},
		{name: "of version 3", files: files(block(revoke(recipe{version: 3}), nil, nil)), want: "revoked"},
		{name: "naming nobody", files: files(block(revoke(recipe{silent: true}), nil, nil)), want: "revoked", gpg: "good", why: notRead},
		{name: "naming another", files: files(block(revoke(recipe{issuer: bob.fingerprint()}), nil, nil)), want: "revoked", gpg: "good", why: "gpg believes the key id that stands unsigned in it"},
		{name: "with the wrong first bytes of the hash", files: files(block(revoke(recipe{noTag: true}), nil, nil)), want: "revoked"},
		{name: "cut off", files: files(block(cut, nil, nil)), want: "revoked", gpg: "no key", why: "gpg stops to read the file there"},
		{name: "not the key's", files: files(block(revoke(recipe{broken: true}), nil, nil)), want: "good"},
		{name: "over another key", files: files(block(ana.signature(revokesKey, bob.hashed(), later, recipe{}), nil, nil)), want: "good"},
		{name: "by another key", files: files(slices.Concat(block(bob.signature(revokesKey, ana.hashed(), later, recipe{}), nil, nil), bobsBlock(nil))), want: "good"},
		{name: "by another key, over an unknown hash", files: files(slices.Concat(block(bob.signature(revokesKey, ana.hashed(), later, recipe{hash: 99}), nil, nil), bobsBlock(nil))), want: "good"},
		{name: "of another key", files: files(block(nil, nil, nil), bobsBlock(bob.signature(revokesKey, bob.hashed(), later, recipe{}))), want: "good"},

		{name: "the subkey, signed by the key", files: files(block(nil, nil, ofSubkey)), want: "good"},
		{name: "the subkey", by: subkey, files: files(block(nil, nil, ofSubkey)), want: "revoked"},
		{name: "the subkey, superseded later", by: subkey, files: files(block(nil, nil, ana.signature(revokesSubkey, ana.with(subkey), later, recipe{}, reason(1)))), want: "good", gpg: "revoked", why: soFarGood},
		{name: "the subkey, superseded before", by: subkey, at: later, files: files(block(nil, nil, ana.signature(revokesSubkey, ana.with(subkey), later, recipe{}, reason(1)))), want: "revoked"},
		{name: "the subkey, by a broken signature", by: subkey, files: files(block(nil, nil, ana.signature(revokesSubkey, ana.with(subkey), later, recipe{broken: true}))), want: "good"},
		{name: "the subkey, by somebody else", by: subkey, files: files(block(nil, nil, bob.signature(revokesSubkey, ana.with(subkey), later, recipe{})), bobsBlock(nil)), want: "good"},
		{name: "the subkey, naming nobody", by: subkey, files: files(block(nil, nil, ana.signature(revokesSubkey, ana.with(subkey), later, recipe{silent: true}))), want: "revoked", gpg: "good", why: notRead},
		{name: "the subkey, alone, over an unknown hash", by: subkey, files: files(block(nil, nil, nil), ana.signature(revokesSubkey, ana.with(subkey), later, recipe{hash: 99})), want: "revoked", gpg: "good", why: notRead},
		{name: "another's name, over an unknown hash", files: files(block(nil, nil, nil), bobsBlock(ana.signature(revokesName, bob.named("Bob <bob@example.com>", 4), later, recipe{hash: 99}))), want: "good"},
		{name: "the subkey, after the name", by: subkey, files: files(block(nil, ofSubkey, nil)), want: "revoked"},
		{name: "the subkey, after the key", by: subkey, files: files(block(ofSubkey, nil, nil)), want: "revoked"},
		{name: "the subkey, after another subkey", by: subkey, files: files(slices.Concat(block(nil, nil, nil), ana.bind(carol, born, recipe{}, keyFlags(signs)), ofSubkey)), want: "revoked"},
		{name: "the subkey, in a second copy", by: subkey, files: files(block(nil, nil, nil), block(nil, nil, ofSubkey)), want: "revoked"},
		{name: "the subkey, after another key", by: subkey, files: files(slices.Concat(block(nil, nil, nil), bobsBlock(ofSubkey))), want: "revoked", gpg: "good", why: "gpg takes it for a signature about the other key; key files are concatenated"},
		{name: "the subkey, over an unknown hash", by: subkey, files: files(block(nil, nil, ana.signature(revokesSubkey, ana.with(subkey), later, recipe{hash: 99}))), want: "revoked", gpg: "good", why: notRead},
		{name: "the subkey, bound anew afterwards", by: subkey, files: files(block(nil, nil, slices.Concat(ofSubkey, ana.binding(subkey, later.Add(day), recipe{}, keyFlags(signs))))), want: "revoked"},
		{name: "another subkey", by: subkey, files: files(slices.Concat(block(nil, nil, nil), ana.bind(carol, born, recipe{}, keyFlags(signs)), ana.signature(revokesSubkey, ana.with(carol), later, recipe{}))), want: "good"},

		{name: "the name", files: files(block(nil, ofName, nil)), want: "good"},
		{name: "key and name by a stranger", files: files(block(nil, bob.signature(revokesName, ana.named(anaName, 4), later, recipe{}), nil)), want: "good"},
	}
	for i := range cases {
		cases[i].name = "revoked: " + cases[i].name
	}
	return append(cases, revokerCases(later)...)
}

// revokerCases: a key may name others that revoke it.
func revokerCases(later time.Time) []keyCase {
	revoker := sub{subType: 12, contents: append([]byte{0x80, 22}, bob.fingerprint()...)}
	direct := ana.signature(overKey, ana.hashed(), born, recipe{}, revoker)
	by := func(m made, r recipe) []byte { return m.signature(revokesKey, ana.hashed(), later, r) }
	return []keyCase{
		{name: "revoker: no revocation", files: files(block(direct, nil, nil)), want: "good"},
		{name: "revoker: revoked", files: files(bobsBlock(nil), block(slices.Concat(direct, by(bob, recipe{})), nil, nil)), want: "revoked"},
		{name: "revoker: revoked, the revoker's key is not here", files: files(block(slices.Concat(direct, by(bob, recipe{})), nil, nil)), want: "revoked", gpg: "good", why: "gpg says that the key might be revoked, and goes on"},
		{name: "revoker: revoked, in a file of its own", files: files(bobsBlock(nil), block(direct, nil, nil), by(bob, recipe{})), want: "revoked", gpg: "good", why: "gpg takes it for a revocation of the revoker"},
		{name: "revoker: revoked, after the revoker's key", files: files(block(direct, nil, nil), bobsBlock(by(bob, recipe{}))), want: "revoked", gpg: "good", why: "gpg takes it for a revocation of the revoker"},
		{name: "revoker: revoked, in a file of its own, the revoker's key is not here", files: files(block(direct, nil, nil), by(bob, recipe{})), want: "revoked", gpg: "good", why: "gpg imports no revocation of a key that it does not have"},
		{name: "revoker: not the revoker's", files: files(bobsBlock(nil), block(slices.Concat(direct, by(bob, recipe{broken: true})), nil, nil)), want: "good"},
		{name: "revoker: by somebody else", files: files(bobsBlock(nil), block(slices.Concat(direct, by(carol, recipe{})), nil, nil)), want: "good"},
	}
}

// newestCases: of several signatures of a key about the same thing the newest
// counts.
func newestCases() []keyCase {
	later, much := born.Add(100*day), born.Add(1000*day)
	key := func(afterKey []byte, parts ...[]byte) []byte {
		return slices.Concat(ana.primary(), afterKey, slices.Concat(parts...))
	}
	certify := func(text string, at time.Time, subs ...sub) []byte {
		return ana.certify(text, at, recipe{}, subs...)
	}
	bind := func(at time.Time, subs ...sub) []byte { return ana.binding(subkey, at, recipe{}, subs...) }
	subkeyPacket := packetOf(14, subkey.body)
	direct := func(at time.Time, r recipe, subs ...sub) []byte {
		return ana.signature(overKey, ana.hashed(), at, r, subs...)
	}
	const notGiven = "gpg passes over what it does not take; it would shorten the validity, so it counts"
	cases := []keyCase{
		{name: "no flags", files: files(key(nil, name(anaName), certify(anaName, born))), want: "good"},
		{name: "not for signing", files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(certifies)))), want: "not valid"},
		{name: "empty flags", files: files(key(nil, name(anaName), certify(anaName, born, sub{subType: 27}))), want: "not valid"},
		{name: "flags changed", files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(certifies)), certify(anaName, later, keyFlags(signs)))), want: "good"},
		{name: "flags taken away", files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(signs)), certify(anaName, later, keyFlags(certifies)))), want: "not valid"},
		{name: "expired", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)))), at: later, want: "not valid"},
		{name: "the last second", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)))), at: born.Add(day), want: "good"},
		{name: "the second after", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)))), at: born.Add(day + time.Second), want: "not valid"},
		{name: "before it was made", files: files(key(nil, name(anaName), certify(anaName, born))), at: born.Add(-time.Second), want: "not valid"},
		{name: "extended", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, keyExpires(2000*day)))), at: later, want: "good"},
		{name: "extended, the other way round", files: files(key(nil, name(anaName), certify(anaName, much, keyExpires(2000*day)), certify(anaName, born, keyExpires(day)))), at: later, want: "good"},
		{name: "extended for ever", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much))), at: later, want: "good"},
		{name: "shortened", files: files(key(nil, name(anaName), certify(anaName, born), certify(anaName, much, keyExpires(day)))), at: later, want: "not valid"},
		{name: "shortened with a critical notation", files: files(key(nil, name(anaName), certify(anaName, born), certify(anaName, much, keyExpires(day), criticalNotation()))), at: later, want: "not valid", gpg: "good", why: notGiven},
		{name: "shortened with a critical notation, long before", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day), criticalNotation()), certify(anaName, much))), at: later, want: "good"},
		{name: "flags taken away with a critical notation", files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(certifies|signs)), certify(anaName, much, keyFlags(certifies), criticalNotation()))), want: "not valid", gpg: "good", why: notGiven},
		{name: "flags given with a critical notation", files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(certifies)), certify(anaName, much, keyFlags(certifies|signs), criticalNotation()))), want: "not valid"},
		{name: "flags said first with a critical notation", files: files(key(nil, name(anaName), certify(anaName, born), certify(anaName, much, keyFlags(certifies), criticalNotation()))), want: "not valid", gpg: "good", why: notGiven},
		{name: "extended, not for others", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, sub{subType: 4, contents: []byte{0}}))), at: later, want: "not valid"},
		{name: "extended with an unknown critical part", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, sub{subType: 99 | 0x80}))), at: later, want: "not valid"},
		{name: "extended with a part that may be critical", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, sub{subType: 30 | 0x80, contents: []byte{1}}))), at: later, want: "good"},
		{name: "extended with an unknown part", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, sub{subType: 99}))), at: later, want: "good"},
		{name: "extended in the same second", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, born))), at: later, want: "good"},
		{name: "shortened in the same second", files: files(key(nil, name(anaName), certify(anaName, born), certify(anaName, born, keyExpires(day)))), at: later, want: "not valid"},
		{name: "extended with a critical notation", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), certify(anaName, much, keyExpires(2000*day), criticalNotation()))), at: later, want: "not valid"},
		{name: "shortened over an unknown hash", files: files(key(nil, name(anaName), certify(anaName, born), ana.certify(anaName, much, recipe{hash: 99}, keyExpires(day)))), at: later, want: "not valid", gpg: "good", why: notGiven},
		{name: "extended over MD5", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), ana.certify(anaName, much, recipe{hash: 1}))), at: later, want: "not valid"},
		{name: "extended over SHA-1", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), ana.certify(anaName, much, recipe{hash: 2}))), at: later, want: "good"},
		{name: "extended by a broken signature", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), ana.certify(anaName, much, recipe{broken: true}))), at: later, want: "not valid"},
		{name: "shortened by a broken signature", files: files(key(nil, name(anaName), certify(anaName, born), ana.certify(anaName, much, recipe{broken: true}, keyExpires(day)))), at: later, want: "good"},
		{name: "a name from before the key was made", files: files(key(nil, name(anaName), certify(anaName, born.Add(-day)))), want: "not valid", gpg: "no key", why: "gpg does not import it"},
		{name: "a name of version 3", files: files(key(nil, name(anaName), ana.certify(anaName, born, recipe{version: 3}))), want: "good"},
		{name: "a name that is over", files: files(key(nil, name(anaName), certify(anaName, born, seconds(3, day)))), at: later, want: "good"},
		{name: "a name that is over, and the key expired", files: files(key(nil, name(anaName), certify(anaName, born, seconds(3, day), keyExpires(day)))), at: later, want: "not valid", gpg: "good", why: "for gpg a key without a name that counts has no expiry"},
		{name: "another name extended", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), name(newName), certify(newName, much, keyExpires(2000*day)))), at: later, want: "good"},
		{name: "another name without expiry", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), name(newName), certify(newName, much))), at: later, want: "not valid"},
		{name: "a revoked name with another expiry", files: files(key(nil, name(anaName), certify(anaName, much.Add(-day), keyExpires(day)), ana.signature(revokesName, ana.named(anaName, 4), much, recipe{}), name(newName), certify(newName, born, keyExpires(2000*day)))), at: later, want: "good"},
		{name: "the only name revoked", files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), ana.signature(revokesName, ana.named(anaName, 4), much, recipe{}))), at: later, want: "not valid", gpg: "good", why: "for gpg a key without a name that counts has no expiry"},
		{name: "a name by somebody else", files: files(key(nil, name(anaName), bob.signature(overName, ana.named(anaName, 4), born, recipe{issuer: ana.fingerprint()}))), want: "not valid", gpg: "no key", why: "gpg does not import it"},
		{name: "no name", files: files(ana.primary()), want: "not valid", gpg: "no key", why: "gpg does not import it"},

		{name: "direct: expired", files: files(key(direct(born, recipe{}, keyExpires(day)), name(anaName), certify(anaName, much))), at: later, want: "not valid"},
		{name: "direct: extended", files: files(key(direct(much, recipe{}, keyExpires(2000*day)), name(anaName), certify(anaName, born, keyExpires(day)))), at: later, want: "good"},
		{name: "direct: not for signing", files: files(key(direct(born, recipe{}, keyFlags(certifies)), name(anaName), certify(anaName, much, keyFlags(signs)))), want: "not valid"},
		{name: "direct: expired, after the name", files: files(key(nil, name(anaName), certify(anaName, much), direct(born, recipe{}, keyExpires(day)))), at: later, want: "not valid"},
		{name: "direct: over SHA-1", files: files(key(direct(much, recipe{hash: 2}, keyExpires(2000*day)), name(anaName), certify(anaName, born, keyExpires(day)))), at: later, want: "good"},

		{name: "subkey", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs)))), want: "good"},
		{name: "subkey: no flags", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born))), want: "good"},
		{name: "subkey: not for signing", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(4)))), want: "not valid"},
		{name: "subkey: expired", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs), keyExpires(day)))), at: later, want: "not valid"},
		{name: "subkey: extended", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs), keyExpires(day)), bind(much, keyFlags(signs), keyExpires(2000*day)))), at: later, want: "good"},
		{name: "subkey: extended, old copy kept", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs), keyExpires(day))), key(nil, anaNamed(), subkeyPacket, bind(much, keyFlags(signs), keyExpires(2000*day)))), at: later, want: "good"},
		{name: "subkey: shortened", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs)), bind(much, keyFlags(signs), keyExpires(day)))), at: later, want: "not valid"},
		{name: "subkey: shortened with a critical notation", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs)), bind(much, keyFlags(signs), keyExpires(day), criticalNotation()))), at: later, want: "not valid", gpg: "good", why: notGiven},
		{name: "subkey: a binding that is over", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bind(born, keyFlags(signs)), bind(born.Add(day), keyFlags(signs), seconds(3, day)))), at: later, want: "not valid"},
		{name: "subkey: the key expired", by: subkey, files: files(key(nil, name(anaName), certify(anaName, born, keyExpires(day)), subkeyPacket, bind(born, keyFlags(signs)))), at: later, want: "not valid"},
		{name: "subkey: the key only certifies", by: subkey, files: files(key(nil, name(anaName), certify(anaName, born, keyFlags(certifies)), subkeyPacket, bind(born, keyFlags(signs)))), want: "good"},
		{name: "subkey: it has not signed back", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, ana.signature(overSubkey, ana.with(subkey), born, recipe{}, keyFlags(signs)))), want: "not valid"},
		{name: "subkey: bound by somebody else", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket, bob.signature(overSubkey, ana.with(subkey), born, recipe{issuer: ana.fingerprint()}, keyFlags(signs)))), want: "not valid", gpg: "no key", why: "gpg does not import it"},
		{name: "subkey: not bound", by: subkey, files: files(key(nil, anaNamed(), subkeyPacket)), want: "not valid", gpg: "no key", why: "gpg does not import it"},
		{name: "subkey: also claimed by somebody who cannot", by: subkey, files: files(slices.Concat(bobsBlock(nil), subkeyPacket, bob.signature(overSubkey, bob.with(subkey), born, recipe{}, keyFlags(signs))), block(nil, nil, nil)), want: "good", gpg: "not valid", why: "gpg asks only the first key that claims it"},
		{name: "subkey: that is another key's primary", by: bob, files: files(slices.Concat(key(nil, anaNamed()), packetOf(14, bob.body), ana.signature(overSubkey, ana.with(bob), born, recipe{}, keyFlags(signs))), bobsBlock(nil)), want: "good", gpg: "not valid", why: "gpg asks only the first key that claims it"},
	}
	for i := range cases {
		cases[i].name = "newest: " + cases[i].name
	}
	return cases
}

func (c keyCase) signature(t testing.TB) (time.Time, []byte) {
	t.Helper()
	by, at := c.by, c.at
	if by.body == nil {
		by = ana
	}
	if at.IsZero() {
		at = born.Add(day)
	}
	return at, armored(t, "PGP SIGNATURE", by.signature(overBytes, payload, at, recipe{}))
}

func TestKeyCases(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(revocationCases(), newestCases()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, text := c.signature(t)
			wantVerdict(t, "verdict", c.want, parseArmored(t, text), c.files...)
			reversed := slices.Clone(c.files)
			slices.Reverse(reversed)
			wantVerdict(t, "files in reverse", c.want, parseArmored(t, text), reversed...)
			wantVerdict(t, "one file", c.want, parseArmored(t, text), slices.Concat(c.files...))
		})
	}
}

// TestUserIDs: names count by their newest signature.
func TestUserIDs(t *testing.T) {
	t.Parallel()
	later := born.Add(100 * day)
	primary := sub{subType: 25, contents: []byte{1}}
	revoked := func(at time.Time, r recipe, subs ...sub) []byte {
		return ana.signature(revokesName, ana.named(newName, 4), at, r, subs...)
	}
	certified := func(at time.Time, subs ...sub) []byte { return ana.certify(newName, at, recipe{}, subs...) }
	both := []string{newName, anaName}
	for _, tt := range []struct {
		name  string
		more  []byte // after the second name
		at    time.Time
		first bool // the second name is first
		want  []string
	}{
		{name: "two", more: certified(born.Add(day)), want: both},
		{name: "the second signed later", more: certified(later), want: both},
		{name: "the second signed anew as primary", more: slices.Concat(certified(born), certified(later, primary)), want: both},
		{name: "revoked", more: slices.Concat(certified(born), revoked(later, recipe{})), want: both[1:]},
		{name: "revoked, no longer valid later", more: slices.Concat(certified(born), revoked(later, recipe{}, reason(32))), want: []string{anaName, newName}},
		{name: "revoked, no longer valid before", more: slices.Concat(certified(born), revoked(later, recipe{}, reason(32))), at: later, want: both[1:]},
		{name: "revoked in the same second", more: slices.Concat(revoked(later, recipe{}), certified(later)), want: both[1:]},
		{name: "taken up again", more: slices.Concat(certified(born), revoked(later, recipe{}), certified(later.Add(day))), want: both},
		{name: "taken up again, then no longer valid", more: slices.Concat(revoked(born, recipe{}), certified(born.Add(day)), revoked(later, recipe{}, reason(32))), want: both},
		{name: "revoked over an unknown hash", more: slices.Concat(certified(born), revoked(later, recipe{hash: 99}, reason(32))), want: both[1:]},
		{name: "revoked by a broken signature", more: slices.Concat(certified(born.Add(day)), revoked(later, recipe{broken: true})), want: both},
		{name: "over", more: certified(born, seconds(3, time.Hour)), want: both[1:]},
		{name: "not signed", want: both[1:]},
		{name: "signed by somebody else", more: bob.signature(overName, ana.named(newName, 4), born, recipe{issuer: ana.fingerprint()}), want: both[1:]},
	} {
		at := tt.at
		if at.IsZero() {
			at = born.Add(day)
		}
		file := slices.Concat(ana.primary(), anaNamed(), name(newName), tt.more)
		if got := openpgp.ParseKeyring(named(file)).Keys()[0].UserIDs(at); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		misplaced := slices.Concat(ana.primary(), name(newName), anaNamed(), tt.more)
		got := openpgp.ParseKeyring(named(misplaced)).Keys()[0].UserIDs(at)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(tt.want))
		if tt.name != "revoked over an unknown hash" && !slices.Equal(got, want) {
			t.Errorf("%s, misplaced: %q, want %q", tt.name, got, want)
		}
	}
}
