package openpgp_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// TestLimits: what would take long is refused before the work, with the file,
// and the keys of other files count as before.
func TestLimits(t *testing.T) {
	t.Parallel()
	c := config(born)
	c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveBrainpoolP512
	slow := newEntity(t, c)
	var slowKey bytes.Buffer
	if err := slow.PrimaryKey.Serialize(&slowKey); err != nil {
		t.Fatal(err)
	}
	many := func(n int, part func(i int) []byte) []byte {
		var b []byte
		for i := range n {
			b = append(b, part(i)...)
		}
		return b
	}
	junk := func(i int) []byte {
		return ana.certify(anaName, born.Add(time.Duration(i)*time.Second), recipe{issuer: slow.PrimaryKey.Fingerprint})
	}
	number := func(i int) string { return fmt.Sprint("name ", i) }
	bobs := parse(t, bob.signature(overBytes, payload, born, recipe{}))
	slows := parse(t, backdated(t, slow.PrivateKey, born))
	for _, tt := range []struct {
		name string
		file []byte
		want string
		by   *openpgp.Signature
	}{
		{"signatures by a slow curve", slices.Concat(slowKey.Bytes(), name(anaName), many(600, junk)), "more signatures", slows},
		{"names", slices.Concat(block(nil, nil, nil), many(1001, func(i int) []byte { return name(number(i)) })), "more than 1000 names", nil},
		{"subkeys", slices.Concat(block(nil, nil, nil), many(1001, func(i int) []byte { return packetOf(14, newKey(9, born.Add(time.Duration(i)*time.Second)).body) })), "more than 1000 subkeys", nil},
		{"revocations by others", slices.Concat(block(nil, nil, nil), many(5001, func(i int) []byte { return carol.signature(revokesKey, ana.hashed(), born, recipe{}) })), "more than 5000 revocations", nil},
		{"misplaced signatures that look as if they fit", slices.Concat(block(nil, nil, nil), many(200, func(i int) []byte {
			return ana.signature(revokesSubkey, ana.with(subkey), born.Add(time.Duration(i)*time.Second), recipe{broken: true})
		}), many(1, func(int) []byte { return name("last") }), many(200, func(i int) []byte {
			return ana.signature(revokesSubkey, ana.with(subkey), born.Add(time.Duration(i)*time.Hour), recipe{broken: true})
		})), "", nil},
	} {
		by := tt.by
		if by == nil {
			by = parse(t, ana.signature(overBytes, payload, born, recipe{}))
		}
		r := openpgp.ParseKeyring(named(tt.file, bobsBlock(nil)))
		if w := r.Warnings(); tt.want != "" && (len(w) != 1 || !w[0].Refused || !strings.Contains(w[0].Reason, tt.want)) {
			t.Errorf("%s: %+v", tt.name, w)
		}
		if got, why := verdict(r, by); got != "refused" {
			t.Errorf("%s: %s: %v", tt.name, got, why)
		}
		if got, why := verdict(r, bobs); got != "good" {
			t.Errorf("%s: another file's key: %s: %v", tt.name, got, why)
		}
	}
}

// TestSamePacketsAreReadOnce: copies of a signature cost nothing.
func TestSamePacketsAreReadOnce(t *testing.T) {
	t.Parallel()
	signature := ana.certify(anaName, born, recipe{})
	copies := bytes.Repeat(signature, 900<<10/len(signature))
	file := slices.Concat(ana.primary(), name(anaName), copies)
	files := [][]byte{file, file, file, file, file, file, file, file}
	wantVerdict(t, "copies", "good", parse(t, ana.signature(overBytes, payload, born, recipe{})), files...)
}

// TestManyFiles: the limits are of all files together.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	text := append([]byte(strings.Repeat("x", 1<<20-1000)+"\n"), armored(t, "PGP PUBLIC KEY BLOCK", bobsBlock(nil))...)
	var list []openpgp.File
	for i := range 70 {
		list = append(list, openpgp.File{Name: fmt.Sprint(i), Text: text})
	}
	w := openpgp.ParseKeyring(list).Warnings()
	if len(w) == 0 || len(w) > 10 || !w[0].Refused || w[0].File < "6" {
		t.Errorf("%+v", w)
	}
}

// BenchmarkVerify judges a signature by one key of many.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{1, 5000} {
		b.Run(fmt.Sprint(n, " keys"), func(b *testing.B) {
			var list []openpgp.File
			for i := range n / 1000 {
				var file []byte
				for j := range 1000 {
					k := newKey(5, born.Add(time.Duration(i*1000+j)*time.Second))
					file = append(file, slices.Concat(k.primary(), name(anaName), k.certify(anaName, born, recipe{}))...)
				}
				list = append(list, openpgp.File{Name: fmt.Sprint(i), Text: file})
			}
			list = append(list, openpgp.File{Name: "last", Text: block(nil, nil, nil)})
			s := parse(b, ana.signature(overBytes, payload, born, recipe{}))
			r := openpgp.ParseKeyring(list)
			for b.Loop() {
				if got, why := verdict(r, s); got != "good" {
					b.Fatal(got, why)
				}
			}
		})
	}
}
