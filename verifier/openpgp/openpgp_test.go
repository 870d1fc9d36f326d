package openpgp_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// born is when the keys of these tests are made.
var born = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

var payload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nno newline at the end")

func config(at time.Time) *packet.Config {
	return &packet.Config{Time: func() time.Time { return at }, Algorithm: packet.PubKeyAlgoEdDSA}
}

func newEntity(t testing.TB, c *packet.Config) *pgp.Entity {
	t.Helper()
	e, err := pgp.NewEntity("Ana", "", "ana@example.com", c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// public is an entity's public key as gpg --export writes it.
func public(t testing.TB, entities ...*pgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, e := range entities {
		if err := e.Serialize(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func armored(t testing.TB, kind string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

// signed is a signature packet by e at a time.
func signed(t testing.TB, e *pgp.Entity, at time.Time, change func(*packet.Config)) []byte {
	t.Helper()
	c := config(at)
	if change != nil {
		change(c)
	}
	var b bytes.Buffer
	if err := pgp.DetachSign(&b, []*pgp.Entity{e}, bytes.NewReader(payload), c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parse(t testing.TB, body []byte) *openpgp.Signature {
	t.Helper()
	s, err := openpgp.ParseSignature(armored(t, "PGP SIGNATURE", body))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func oneKey(t testing.TB, file []byte) *openpgp.Key {
	t.Helper()
	keys, err := openpgp.ParseKeys(file)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys: %v", len(keys), err)
	}
	return keys[0]
}

func TestVerify(t *testing.T) {
	t.Parallel()
	e, other := newEntity(t, config(born)), newEntity(t, config(born))
	key := oneKey(t, public(t, e))
	s := parse(t, signed(t, e, born.Add(time.Hour), nil))
	if !key.Made(s) {
		t.Fatal("the key does not know its signature")
	}
	signer, err := key.Verify(s, payload)
	if err != nil {
		t.Fatal(err)
	}
	if signer.Fingerprint() != key.Fingerprint() || s.Issuer() != key.Fingerprint() {
		t.Errorf("signed by %s, says %s, want %s", signer.Fingerprint(), s.Issuer(), key.Fingerprint())
	}
	if got := s.CreationTime(); !got.Equal(born.Add(time.Hour)) {
		t.Errorf("made at %s", got)
	}
	if ids := key.UserIDs(s.CreationTime()); !slices.Equal(ids, []string{"Ana <ana@example.com>"}) {
		t.Errorf("user ids %q", ids)
	}
	for _, changed := range [][]byte{append(slices.Clone(payload), '\n'), payload[1:], bytes.ReplaceAll(payload, []byte("\n"), []byte("\r\n")), nil} {
		if _, err := key.Verify(s, changed); !errors.Is(err, openpgp.ErrSignature) {
			t.Errorf("%q: %v", changed, err)
		}
	}
	if oneKey(t, public(t, other)).Made(s) {
		t.Error("another key claims the signature")
	}
}

func TestParseSignatureRefuses(t *testing.T) {
	t.Parallel()
	e := newEntity(t, config(born))
	sig := signed(t, e, born, nil)
	text := string(armored(t, "PGP SIGNATURE", sig))
	base := base64.StdEncoding.EncodeToString(sig)
	var textMode bytes.Buffer
	if err := pgp.ArmoredDetachSign(&textMode, []*pgp.Entity{e}, bytes.NewReader(payload), &pgp.SignParams{Config: config(born), TextSig: true}); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*packet.Config)) string {
		return string(armored(t, "PGP SIGNATURE", signed(t, e, born, change)))
	}
	sha1 := slices.Clone(sig)
	sha1[bytes.IndexByte(sig, 0x04)+3] = 2 // version, type, algorithm, hash
	for _, tt := range []struct {
		name, text  string
		unsupported bool
	}{
		{"empty", "", false},
		{"no armor", base, false},
		{"text before the armor", "x\n" + text, false},
		{"text behind the armor", text + "x\n", false},
		{"a second armor", text + text, false},
		{"two signatures in one armor", string(armored(t, "PGP SIGNATURE", slices.Concat(sig, sig))), false},
		{"a key behind the signature", string(armored(t, "PGP SIGNATURE", append(slices.Clone(sig), public(t, e)...))), false},
		{"no signature", string(armored(t, "PGP SIGNATURE", public(t, e))), false},
		{"another armor", string(armored(t, "PGP PUBLIC KEY BLOCK", sig)), false},
		{"a message", string(armored(t, "PGP MESSAGE", sig)), true},
		{"a wrong checksum", strings.Replace(text, "\n=", "\n=AAAA\n=", 1), false},
		{"a cut packet", string(armored(t, "PGP SIGNATURE", sig[:len(sig)-1])), false},
		{"no end", strings.Split(text, "-----END")[0], false},
		{"another end", strings.Replace(text, "-----END PGP SIGNATURE", "-----END PGP MESSAGE", 1), false},
		{"a blank line in the armor", strings.Replace(text, base[:64]+"\n", base[:64]+"\n\n", 1), false},
		{"a header that is none", strings.Replace(text, "\n\n", "\nx y\n\n", 1), false},
		{"too large", text + strings.Repeat(" ", 64<<10), false},
		{"SHA-1", string(armored(t, "PGP SIGNATURE", sha1)), true},
		{"text mode", textMode.String(), true},
		{"a limited validity", with(func(c *packet.Config) { c.SigLifetimeSecs = 60 }), true},
		{"a critical notation", with(func(c *packet.Config) {
			c.SignatureNotations = []*packet.Notation{{Name: "a@example.com", Value: []byte("b"), IsCritical: true, IsHumanReadable: true}}
		}), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openpgp.ParseSignature([]byte(tt.text))
			malformed, unsupported := errors.As(err, new(*openpgp.MalformedError)), errors.As(err, new(*openpgp.UnsupportedError))
			if err == nil || malformed == tt.unsupported || unsupported != tt.unsupported {
				t.Errorf("%v", err)
			}
		})
	}
}

// Real signatures have armor headers, no checksum, CRLF, spaces that mail
// programs add, and blank lines behind them.
func TestParseSignatureAccepts(t *testing.T) {
	t.Parallel()
	e := newEntity(t, config(born))
	text := string(armored(t, "PGP SIGNATURE", signed(t, e, born, nil)))
	withoutSum, end, _ := strings.Cut(text, "\n=")
	for name, variant := range map[string]string{
		"as it is":       text,
		"with headers":   strings.Replace(text, "\n\n", "\nVersion: GnuPG v2\nComment: a b\n\n", 1),
		"without sum":    withoutSum + end[strings.IndexByte(end, '\n'):],
		"CRLF":           strings.ReplaceAll(text, "\n", "\r\n"),
		"blanks behind":  text + "\n \n",
		"no last line":   strings.TrimSuffix(text, "\n"),
		"trailing space": strings.ReplaceAll(text, "\n", " \n"),
	} {
		s, err := openpgp.ParseSignature([]byte(variant))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := oneKey(t, public(t, e)).Verify(s, payload); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckTime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	revoke := func(reason packet.ReasonForRevocation) func(*testing.T, *pgp.Entity) {
		return func(t *testing.T, e *pgp.Entity) {
			if err := e.Revoke(reason, "", config(born.Add(10*day))); err != nil {
				t.Fatal(err)
			}
		}
	}
	addSubkey := func(t *testing.T, e *pgp.Entity) {
		if err := e.AddSigningSubkey(config(born.Add(10 * day))); err != nil {
			t.Fatal(err)
		}
	}
	// GnuPG writes a new expiry over all that the key has said about itself.
	renew := func(lifetime uint32) func(*testing.T, *pgp.Entity) {
		return func(t *testing.T, e *pgp.Entity) {
			renewed := born.Add(20 * day)
			for _, id := range e.Identities {
				self := id.SelfCertifications[0].Packet
				self.CreationTime, self.KeyLifetimeSecs = renewed, &lifetime
				if err := id.ReSign(config(renewed)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range e.Subkeys {
				binding := e.Subkeys[i].Bindings[0].Packet
				binding.CreationTime, binding.KeyLifetimeSecs = renewed, &lifetime
				if err := e.Subkeys[i].ReSign(config(renewed)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, tt := range []struct {
		name     string
		lifetime uint32
		prepare  func(*testing.T, *pgp.Entity)
		file     func(*testing.T, *pgp.Entity) // between signing and reading the key
		at       time.Time
		want     error
	}{
		{name: "valid", at: born.Add(day)},
		{name: "before it was made", at: born.Add(-day), want: openpgp.ErrNotValid},
		{name: "before it expired", lifetime: 5 * 86400, at: born.Add(4 * day)},
		{name: "after it expired", lifetime: 5 * 86400, at: born.Add(6 * day), want: openpgp.ErrNotValid},
		{name: "compromised later", file: revoke(packet.KeyCompromised), at: born.Add(day), want: openpgp.ErrRevoked},
		{name: "revoked later without a reason", file: revoke(packet.NoReason), at: born.Add(day), want: openpgp.ErrRevoked},
		{name: "superseded later", file: revoke(packet.KeySuperseded), at: born.Add(day)},
		{name: "superseded before", file: revoke(packet.KeySuperseded), at: born.Add(11 * day), want: openpgp.ErrRevoked},
		{name: "before it was renewed", lifetime: 5 * 86400, file: renew(60 * 86400), at: born.Add(4 * day)},
		{name: "since it was renewed", lifetime: 5 * 86400, file: renew(60 * 86400), at: born.Add(30 * day)},
		{name: "after the renewed one expired", lifetime: 5 * 86400, file: renew(60 * 86400), at: born.Add(61 * day), want: openpgp.ErrNotValid},
		{name: "renewed, before it was made", file: renew(60 * 86400), at: born.Add(-day), want: openpgp.ErrNotValid},
		{name: "renewed to have expired long ago", file: renew(2 * 86400), at: born.Add(4 * day), want: openpgp.ErrNotValid},
		{name: "a subkey before it was renewed", prepare: addSubkey, file: renew(60 * 86400), at: born.Add(11 * day)},
		{name: "a renewed subkey before it was made", prepare: addSubkey, file: renew(60 * 86400), at: born.Add(9 * day), want: openpgp.ErrNotValid},
		{name: "a subkey", prepare: addSubkey, at: born.Add(11 * day)},
		{name: "a subkey before it was made", prepare: addSubkey, at: born.Add(9 * day), want: openpgp.ErrNotValid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config(born)
			c.KeyLifetimeSecs = tt.lifetime
			e := newEntity(t, c)
			if tt.prepare != nil {
				tt.prepare(t, e)
			}
			// What signs is not asked whether it may: a thief does not either.
			private := e.PrivateKey
			for _, sub := range e.Subkeys {
				if tt.prepare != nil && sub.PrivateKey != nil && sub.PublicKey.CanSign() {
					private = sub.PrivateKey
				}
			}
			s := parse(t, backdated(t, private, tt.at))
			if tt.file != nil {
				tt.file(t, e)
			}
			signer, err := oneKey(t, public(t, e)).Verify(s, payload)
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.CheckTime(s.CreationTime()); !errors.Is(err, tt.want) || err != nil && tt.want == nil {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// backdated is a signature by a bare key, which says that it was made at a time.
func backdated(t testing.TB, key *packet.PrivateKey, at time.Time) []byte {
	t.Helper()
	sig := &packet.Signature{
		Version: key.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PubKeyAlgo, Hash: crypto.SHA256,
		CreationTime: at, IssuerKeyId: &key.KeyId, IssuerFingerprint: key.Fingerprint,
	}
	h, err := sig.PrepareSign(config(at))
	if err != nil {
		t.Fatal(err)
	}
	h.Write(payload)
	var b bytes.Buffer
	if err := sig.Sign(h, key, config(at)); err != nil {
		t.Fatal(err)
	}
	if err := sig.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	a, b := newEntity(t, config(born)), newEntity(t, config(born))
	one, both := public(t, a), public(t, a, b)
	inArmor := func(body []byte) string { return string(armored(t, "PGP PUBLIC KEY BLOCK", body)) }
	for _, tt := range []struct {
		name, file string
		keys       int
	}{
		{"binary", string(one), 1},
		{"two in binary", string(both), 2},
		{"armored", inArmor(one), 1},
		{"two in one armor", inArmor(both), 2},
		{"two armors", inArmor(one) + inArmor(public(t, b)), 2},
		{"space around armors", "\n\n" + inArmor(one) + "\n \n" + inArmor(public(t, b)) + "\n", 2},
	} {
		if keys, err := openpgp.ParseKeys([]byte(tt.file)); err != nil || len(keys) != tt.keys {
			t.Errorf("%s: %d keys, %v", tt.name, len(keys), err)
		}
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	e := newEntity(t, config(born))
	var private bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&private, config(born)); err != nil {
		t.Fatal(err)
	}
	short := config(born)
	short.Algorithm, short.RSABits = packet.PubKeyAlgoRSA, 1024
	weak := newEntity(t, short)
	nameless := newEntity(t, config(born))
	forged := public(t, nameless)
	forged[len(forged)/2] ^= 1
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "no key"},
		{"text", "hello\n", "armor"},
		{"text behind the armor", string(armored(t, "PGP PUBLIC KEY BLOCK", public(t, e))) + "hello", "armor"},
		{"a private key", private.String(), "private key"},
		{"an armored private key", string(armored(t, "PGP PRIVATE KEY BLOCK", private.Bytes())), "private key"},
		{"a signature", string(armored(t, "PGP SIGNATURE", public(t, e))), "not of a public key"},
		{"RSA of 1024 bits", string(public(t, weak)), "RSA of 1024 bits"},
		{"too large", strings.Repeat("\n", 1<<20+1), "at most"},
		{"a strong key and a weak one", string(public(t, e, weak)), "RSA of 1024 bits"},
		{"garbage behind the key", string(public(t, e)) + "\xc2\x7f", ""},
		{"a private key behind a public one", string(public(t, e)) + private.String(), "private key"},
	} {
		if keys, err := openpgp.ParseKeys([]byte(tt.file)); err == nil || keys != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %d keys, %v", tt.name, len(keys), err)
		}
	}
}

// A name that somebody adds to another's key without its private half is not
// the key's.
func TestUserIDsNeedTheKeysOwnSignature(t *testing.T) {
	t.Parallel()
	e, eve := newEntity(t, config(born)), newEntity(t, config(born))
	file := public(t, e)
	var id bytes.Buffer
	if err := packet.NewUserId("Bob", "", "bob@example.com").Serialize(&id); err != nil {
		t.Fatal(err)
	}
	sig := &packet.Signature{
		Version: 4, SigType: packet.SigTypePositiveCert, PubKeyAlgo: eve.PrimaryKey.PubKeyAlgo, Hash: crypto.SHA256,
		CreationTime: born, IssuerKeyId: &e.PrimaryKey.KeyId, IssuerFingerprint: e.PrimaryKey.Fingerprint,
	}
	if err := sig.SignUserId("Bob <bob@example.com>", e.PrimaryKey, eve.PrivateKey, config(born)); err != nil {
		t.Fatal(err)
	}
	if err := sig.Serialize(&id); err != nil {
		t.Fatal(err)
	}
	if ids := oneKey(t, append(file, id.Bytes()...)).UserIDs(born.Add(time.Hour)); !slices.Equal(ids, []string{"Ana <ana@example.com>"}) {
		t.Errorf("%q", ids)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"Ana <ana@example.com>":        "ana@example.com",
		"Ana (work) <ana@example.com>": "ana@example.com",
		"<ana@example.com>":            "ana@example.com",
		"ana@example.com":              "ana@example.com",
		"Ana":                          "",
		"Ana <ana@example.com> <eve@example.com>": "",
		"Ana <ana@example.com> x":                 "",
		"Ana <>":                                  "",
		"Ana <ana>":                               "",
		"":                                        "",
	} {
		if got := openpgp.Address(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
