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
	return parseArmored(t, armored(t, "PGP SIGNATURE", body))
}

func parseArmored(t testing.TB, text []byte) *openpgp.Signature {
	t.Helper()
	s, err := openpgp.ParseSignature(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keyring is the keyring of files without warnings.
func keyring(t testing.TB, files ...[]byte) *openpgp.Keyring {
	t.Helper()
	r := openpgp.ParseKeyring(named(files...))
	if w := r.Warnings(); len(w) > 0 {
		t.Fatalf("%+v", w)
	}
	return r
}

// named gives files the names a, b, and so on.
func named(files ...[]byte) []openpgp.File {
	var list []openpgp.File
	for i, text := range files {
		list = append(list, openpgp.File{Name: string(rune('a' + i)), Text: text})
	}
	return list
}

// verdict is one word for what a keyring says of a signature over payload.
func verdict(r *openpgp.Keyring, s *openpgp.Signature) (word string, why error) {
	signers, err := r.Verify(s, payload)
	for i := 0; err == nil && i < len(signers); i++ {
		why := signers[i].Check(s.CreationTime())
		if why == nil {
			return "good", nil
		}
		if i == len(signers)-1 {
			err = why
		}
	}
	for word, sentinel := range map[string]error{
		"no key": openpgp.ErrNoKey, "bad": openpgp.ErrSignature, "revoked": openpgp.ErrRevoked, "not valid": openpgp.ErrNotValid,
	} {
		if errors.Is(err, sentinel) {
			return word, err
		}
	}
	switch {
	case errors.As(err, new(*openpgp.UnsupportedError)):
		return "unsupported", err
	case errors.As(err, new(*openpgp.RefusedError)):
		return "refused", err
	}
	return "", err
}

func wantVerdict(t *testing.T, name, want string, s *openpgp.Signature, files ...[]byte) {
	t.Helper()
	if got, why := verdict(openpgp.ParseKeyring(named(files...)), s); got != want {
		t.Errorf("%s: %s (%v), want %s", name, got, why, want)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	e, other := newEntity(t, config(born)), newEntity(t, config(born))
	ring := keyring(t, public(t, e), public(t, other))
	s := parse(t, signed(t, e, born.Add(time.Hour), nil))
	signers, err := ring.Verify(s, payload)
	if err != nil || len(signers) != 1 {
		t.Fatalf("%d signers: %v", len(signers), err)
	}
	key := signers[0].Key()
	if signers[0].Fingerprint() != key.Fingerprint() || s.Issuer() != key.Fingerprint() || !slices.Equal(key.Files(), []string{"a"}) {
		t.Errorf("signed by %s of %s, says %s, in %q", signers[0].Fingerprint(), key.Fingerprint(), s.Issuer(), key.Files())
	}
	if got := s.CreationTime(); !got.Equal(born.Add(time.Hour)) {
		t.Errorf("made at %s", got)
	}
	if ids := key.UserIDs(s.CreationTime()); !slices.Equal(ids, []string{"Ana <ana@example.com>"}) {
		t.Errorf("user ids %q", ids)
	}
	for _, changed := range [][]byte{append(slices.Clone(payload), '\n'), payload[1:], bytes.ReplaceAll(payload, []byte("\n"), []byte("\r\n")), nil} {
		if _, err := ring.Verify(s, changed); !errors.Is(err, openpgp.ErrSignature) {
			t.Errorf("%q: %v", changed, err)
		}
	}
	if _, err := keyring(t, public(t, other)).Verify(s, payload); !errors.Is(err, openpgp.ErrNoKey) {
		t.Errorf("without the key: %v", err)
	}
}

// TestParseSignatureRefuses: nothing of this is bad, because nothing of this says
// that somebody has changed the object.
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
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "armor"},
		{"no armor", base, "armor"},
		{"text before the armor", "x\n" + text, "armor"},
		{"a second armor", text + text, "more than one signature"},
		{"a second armor on the last line", strings.TrimSuffix(text, "\n") + text, "more than one signature"},
		{"a second armor after text", text + "\nx\n" + text, "more than one signature"},
		{"a second armor without an end between", strings.Split(text, "-----END")[0] + text, "more than one signature"},
		{"two signatures in one armor", string(armored(t, "PGP SIGNATURE", slices.Concat(sig, sig))), "more than one signature"},
		{"a key behind the signature", string(armored(t, "PGP SIGNATURE", append(slices.Clone(sig), public(t, e)...))), "packet of type 6"},
		{"no signature", string(armored(t, "PGP SIGNATURE", public(t, e))), "packet of type 6"},
		{"nothing", string(armored(t, "PGP SIGNATURE", nil)), "no signature"},
		{"another armor", string(armored(t, "PGP PUBLIC KEY BLOCK", sig)), "not of a signature"},
		{"a message", string(armored(t, "PGP MESSAGE", append([]byte("\xcb\x07b\x00\x00\x00\x00\x00x"), sig...))), "inside an OpenPGP message"},
		{"a wrong checksum", strings.Replace(text, "\n=", "\n=AAAA\n=", 1), "checksum"},
		{"a checksum that is cut off", strings.Replace(text, "\n=", "\n=AA\n=", 1), "checksum"},
		{"a cut packet", string(armored(t, "PGP SIGNATURE", sig[:len(sig)-1])), "cut off"},
		{"a packet without a length", string(armored(t, "PGP SIGNATURE", append([]byte{0x8b}, sig[2:]...))), "fixed length"},
		{"a character that is not base64", strings.Replace(text, base[:64], base[:30]+"!"+base[30:64], 1), "character"},
		{"a header that is none", strings.Replace(text, "\n\n", "\nx y\n\n", 1), "not an armor header"},
		{"a header without a space", strings.Replace(text, "\n\n", "\na:b\n\n", 1), "not an armor header"},
		{"no blank line", strings.Replace(text, "\n\n", "\n", 1), "blank line"},
		{"too large", text + strings.Repeat(" ", 64<<10), "at most"},
		{"SHA-1", string(armored(t, "PGP SIGNATURE", sha1)), "SHA-1"},
		{"text mode", textMode.String(), "type 0x01"},
		{"a limited validity", with(func(c *packet.Config) { c.SigLifetimeSecs = 60 }), "limits its own validity, to 1m0s"},
		{"a critical notation", with(func(c *packet.Config) {
			c.SignatureNotations = []*packet.Notation{{Name: "a@example.com", Value: []byte("b"), IsCritical: true, IsHumanReadable: true}}
		}), "critical"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openpgp.ParseSignature([]byte(tt.text))
			if !errors.As(err, new(*openpgp.UnsupportedError)) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestParseSignatureAccepts: armor is read as gpg reads it. TestGnuPGArmor asks
// gpg about the same.
func TestParseSignatureAccepts(t *testing.T) {
	t.Parallel()
	e := newEntity(t, config(born))
	ring := keyring(t, public(t, e))
	body := signed(t, e, born, nil)
	for name, text := range armorVariants(string(armored(t, "PGP SIGNATURE", body)), body) {
		s, err := openpgp.ParseSignature([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, why := verdict(ring, s); got != "good" {
			t.Errorf("%s: %s: %v", name, got, why)
		}
	}
	s, err := openpgp.ParseSignature([]byte(string(armored(t, "PGP SIGNATURE", body)) + "\n" + timestamps))
	if err != nil || string(s.After) != strings.TrimSpace(timestamps) {
		t.Errorf("after the armor: %q, %v", s.After, err)
	}
}

// timestamps is what OpenTimestamps puts after a signature.
const timestamps = "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\nAQHwIHUOnAe3\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"

// armorVariants are spellings of one armored signature that gpg accepts.
func armorVariants(text string, packets []byte) map[string]string {
	base := base64.StdEncoding.EncodeToString(packets)
	begin, end := "-----BEGIN PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n"
	lines := strings.SplitAfter(text, "\n")
	var data, sum string
	for _, l := range lines {
		switch {
		case strings.HasPrefix(l, "="):
			sum = l
		case !strings.HasPrefix(l, "-") && strings.TrimSpace(l) != "":
			data += l
		}
	}
	return map[string]string{
		"as it is":                    text,
		"headers":                     begin + "Version: GnuPG v2\nComment: a b\n\n" + data + sum + end,
		"a header without a value":    begin + "Version:\nComment: \n\n" + data + sum + end,
		"a header with an odd name":   begin + "My Header: x\n: y\n\n" + data + sum + end,
		"a blank line with spaces":    begin + " \t\n" + data + sum + end,
		"blank lines":                 begin + "\n\n" + strings.ReplaceAll(data, "\n", "\n\n") + sum + "\n" + end,
		"one line":                    begin + "\n" + base + "\n" + sum + end,
		"spaces in the data":          begin + "\n" + base[:9] + " \t" + base[9:] + "\n" + sum + end,
		"the checksum after the data": begin + "\n" + strings.TrimRight(data, "\n") + sum + end,
		"no checksum":                 begin + "\n" + data + end,
		"an empty checksum":           begin + "\n" + data + "=\n" + end,
		"CRLF":                        strings.ReplaceAll(text, "\n", "\r\n"),
		"trailing spaces":             strings.ReplaceAll(text, "\n", " \t\n"),
		"blank lines after it":        text + "\n \n",
		"no last line feed":           strings.TrimSuffix(text, "\n"),
		"no end":                      strings.TrimSuffix(text, end),
		"another end":                 strings.Replace(text, "END PGP SIGNATURE", "END PGP MESSAGE", 1),
		"armor of a message":          strings.ReplaceAll(text, "PGP SIGNATURE", "PGP MESSAGE"),
		"text after it":               text + "hello\n",
		"timestamps after it":         text + timestamps,
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
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
		{name: "retired later", file: revoke(packet.KeyRetired), at: born.Add(day)},
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
			signers, err := keyring(t, public(t, e)).Verify(s, payload)
			if err != nil || len(signers) != 1 {
				t.Fatalf("%d signers: %v", len(signers), err)
			}
			if err := signers[0].Check(s.CreationTime()); !errors.Is(err, tt.want) || err != nil && tt.want == nil {
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

func TestParseKeyring(t *testing.T) {
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
		{"a line feed after binary", string(both) + "\n", 2},
		{"armored", inArmor(one), 1},
		{"two in one armor", inArmor(both), 2},
		{"two armors", inArmor(one) + inArmor(public(t, b)), 2},
		{"space around armors", "\n\n" + inArmor(one) + "\n \n" + inArmor(public(t, b)) + "\n", 2},
		{"text around armors", "pub ed25519\nuid Zo\xc3\xab\n\n" + inArmor(one) + "\xc3\xa9\nuid\n" + inArmor(public(t, b)) + "end\n", 2},
		{"armor after binary", string(one) + inArmor(public(t, b)), 2},
		{"binary after armor", inArmor(one) + string(public(t, b)), 2},
		{"a byte order mark", "\xef\xbb\xbf" + inArmor(one), 1},
		{"two copies", string(one) + string(one), 1},
	} {
		r := openpgp.ParseKeyring(named([]byte(tt.file)))
		if len(r.Keys()) != tt.keys || len(r.Warnings()) != 0 {
			t.Errorf("%s: %d keys, %+v", tt.name, len(r.Keys()), r.Warnings())
		}
		wantVerdict(t, tt.name, "good", parse(t, signed(t, a, born, nil)), []byte(tt.file))
	}
}

// TestParseKeyringPassesOver: one odd key or packet does not spoil the others,
// and the keyring says what it was.
func TestParseKeyringPassesOver(t *testing.T) {
	t.Parallel()
	e := newEntity(t, config(born))
	s := parse(t, signed(t, e, born, nil))
	short := config(born)
	short.Algorithm, short.RSABits = packet.PubKeyAlgoRSA, 1024
	weak := newEntity(t, short)
	curve := config(born)
	curve.Algorithm, curve.Curve = packet.PubKeyAlgoECDSA, packet.CurveSecP256k1
	odd := newEntity(t, curve)
	oldKey := "\x99\x00\x0c\x03\x00\x00\x00\x00\x00\x00\x01\x00\x01\x01\x01"
	unknownAlgorithm := "\x99\x00\x08\x04\x00\x00\x00\x00\x63\x00\x00"
	name := string(bytes.SplitAfter(public(t, e), []byte("ana@example.com>"))[1]) // from the name's signature on
	for _, tt := range []struct{ name, file, want string }{
		{"RSA of 1024 bits", string(public(t, weak)), "RSA key of 1024 bits"},
		{"secp256k1", string(public(t, odd)), "curve SecP256k1"},
		{"a key of version 3", oldKey, "old or unknown version"},
		{"a key of version 3 with a name", oldKey + "\xcd\x03Ana" + name, "old or unknown version"},
		{"a key with an unknown algorithm", unknownAlgorithm, "form that is not supported"},
		{"an unknown packet", "\xfc\x01x", "packet of type 60"},
	} {
		for _, file := range []string{tt.file + string(public(t, e)), string(public(t, e)) + tt.file} {
			r := openpgp.ParseKeyring(named([]byte(file)))
			if w := r.Warnings(); len(w) != 1 || w[0].Refused || w[0].File != "a" || !strings.Contains(w[0].Reason, tt.want) {
				t.Errorf("%s: %+v", tt.name, w)
			}
			if len(r.Keys()) != 1 {
				t.Errorf("%s: %d keys", tt.name, len(r.Keys()))
			}
			wantVerdict(t, tt.name, "good", s, []byte(file))
		}
	}
	wantVerdict(t, "signed by RSA of 1024 bits", "unsupported", parse(t, backdated(t, weak.PrivateKey, born)), public(t, weak))
}

// TestParseKeyringRefuses: of a file that cannot be read as a whole, no key
// counts, because what was not read may be a revocation. Other files do.
func TestParseKeyringRefuses(t *testing.T) {
	t.Parallel()
	e, other, stranger := newEntity(t, config(born)), newEntity(t, config(born)), newEntity(t, config(born))
	var private bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&private, config(born)); err != nil {
		t.Fatal(err)
	}
	key, sum := string(public(t, e)), "\n="
	text := string(armored(t, "PGP PUBLIC KEY BLOCK", public(t, e)))
	for _, tt := range []struct {
		name, file, want string
		unseen           bool // the key is not found in it
	}{
		{"empty", "", "no key", true},
		{"text", "hello\n", "no key", true},
		{"a private key", private.String(), "private key", true},
		{"an armored private key", string(armored(t, "PGP PRIVATE KEY BLOCK", private.Bytes())), "private key", true},
		{"a private key after a public one", key + private.String(), "private key", false},
		{"a signature", string(armored(t, "PGP SIGNATURE", signed(t, e, born, nil))), "no key", true},
		{"too large", strings.Repeat("\n", 1<<20+1) + text, "more than", true},
		{"garbage after the key", key + "\xc2\x7f", "cut off", false},
		{"other garbage after the key", key + "\x00\x01", "not an OpenPGP packet", false},
		{"a key without its last byte", key[:len(key)-1], "cut off", false},
		{"a packet without a length", key + "\x8b\x04", "fixed length", false},
		{"a compressed packet", key + "\xc8\x02\x01\x00", "compressed", false},
		{"a wrong checksum", strings.Replace(text, sum, "\n=AAAA\n=", 1), "checksum", true},
		{"a second armor that is damaged", text + strings.Replace(text, sum, "\n=AAAA\n=", 1), "checksum", false},
		{"a second armor without its first dash", text + text[1:], "looks like armor", false},
		{"a second armor with a colon before it", text + ":" + text, "looks like armor", false},
		{"UTF-16", "\xff\xfe-\x00", "UTF-16", true},
	} {
		files := named([]byte(tt.file), public(t, other))
		r := openpgp.ParseKeyring(files)
		if w := r.Warnings(); len(w) != 1 || !w[0].Refused || w[0].File != "a" || !strings.Contains(w[0].Reason, tt.want) {
			t.Errorf("%s: %+v", tt.name, w)
		}
		for signer, want := range map[*pgp.Entity]string{e: "refused", other: "good", stranger: "refused"} {
			if got, why := verdict(r, parse(t, signed(t, signer, born, nil))); got != want {
				t.Errorf("%s: %s: %v, want %s", tt.name, got, why, want)
			}
		}
		// Another copy of the key does not help if the refused one was seen.
		both := append(files, openpgp.File{Name: "c", Text: public(t, e)})
		want := "refused"
		if tt.unseen {
			want = "good"
		}
		if got, why := verdict(openpgp.ParseKeyring(both), parse(t, signed(t, e, born, nil))); got != want {
			t.Errorf("%s, and a copy: %s: %v, want %s", tt.name, got, why, want)
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
	if ids := keyring(t, append(file, id.Bytes()...)).Keys()[0].UserIDs(born.Add(time.Hour)); !slices.Equal(ids, []string{"Ana <ana@example.com>"}) {
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
