package verifier_test

import (
	"bytes"
	"encoding/pem"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// good is an object that is good, of one kind.
type good struct {
	name      string
	verifier  *verifier.Verifier
	payload   []byte
	signature []byte
}

// goods returns one object of each kind by the instance in memory.
func goods(t testing.TB) []good {
	t.Helper()
	i := private()
	v := newVerifier(t, allowAna(t), i.root(t))
	var gs []good
	for _, k := range []kind{v1, v1Stamped, v2Stamped} {
		gs = append(gs, good{kindNames[k], v, payload, i.sign(t, signing{kind: k, payload: payload})})
	}
	return gs
}

// gitsignGoods returns the first of each of these kinds that gitsign has made.
func gitsignGoods(t testing.TB, kinds ...string) []good {
	t.Helper()
	dir := gittest.Vectors(t, "gitsign")
	root := loadRoot(t, filepath.Join(dir, "trusted_root.json"))
	seen := make(map[string]bool)
	var gs []good
	for _, v := range readVectors(t, "gitsign") {
		if v.verdict != "good" || seen[v.why] || !slices.Contains(kinds, v.why) {
			continue
		}
		seen[v.why] = true
		policy, err := policy.New("test", policy.Identity{Name: "signer", Subject: v.subject, Issuer: v.issuer})
		if err != nil {
			t.Fatal(err)
		}
		gs = append(gs, good{"gitsign " + v.why, newVerifier(t, policy, root), v.payload, v.signature})
	}
	return gs
}

func decodeArmor(t testing.TB, signature []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(signature)
	if block == nil {
		t.Fatal("no armor")
	}
	return block.Bytes
}

// eachFlip calls f with every copy of b that differs from it in one bit, on
// all processors.
func eachFlip(b []byte, f func(bit int, flipped []byte)) {
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for worker := range n {
		wg.Go(func() {
			for bit := worker; bit < 8*len(b); bit += n {
				flipped := bytes.Clone(b)
				flipped[bit/8] ^= 1 << (bit % 8)
				f(bit, flipped)
			}
		})
	}
	wg.Wait()
}

// TestNoFlippedBitIsGood flips every single bit of a good signature, in its DER
// and in its armor: whatever no signature covers has one legal value.
func TestNoFlippedBitIsGood(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, g good) {
		if r := g.verifier.Verify(g.payload, g.signature); r.Verdict != verifier.Good {
			t.Fatalf("%v (%s) before any flip", r.Verdict, r.Reason)
		}
		eachFlip(decodeArmor(t, g.signature), func(bit int, flipped []byte) { refuse(t, g, bit, armor(flipped)) })
	}
	for _, g := range goods(t) {
		t.Run(g.name, func(t *testing.T) { check(t, g) })
	}
	t.Run("armor", func(t *testing.T) {
		g := goods(t)[0]
		eachFlip(g.signature, func(bit int, flipped []byte) { refuse(t, g, bit, flipped) })
	})
}

// TestNoFlippedBitOfGitsignsIsGood does the same to what gitsign has made.
func TestNoFlippedBitOfGitsignsIsGood(t *testing.T) {
	t.Parallel()
	for _, g := range gitsignGoods(t, "v2-offline-tsa") {
		t.Run(g.name, func(t *testing.T) {
			eachFlip(decodeArmor(t, g.signature), func(bit int, flipped []byte) { refuse(t, g, bit, armor(flipped)) })
		})
	}
}

// refuse wants a flipped signature to be bad or unknown. A flip takes nothing
// away, so nothing may seem to be missing either.
func refuse(t *testing.T, g good, bit int, signature []byte) {
	r := g.verifier.Verify(g.payload, signature)
	if r.Verdict != verifier.Bad && r.Verdict != verifier.Unknown || strings.Contains(r.Reason, "broke off") {
		t.Errorf("bit %d of byte %d: %v (%s)", bit%8, bit/8, r.Verdict, r.Reason)
	}
}

// TestNoFlippedBitOfThePayloadIsGood flips the signed bytes.
func TestNoFlippedBitOfThePayloadIsGood(t *testing.T) {
	t.Parallel()
	g := goods(t)[0]
	eachFlip(g.payload, func(bit int, flipped []byte) {
		if r := g.verifier.Verify(flipped, g.signature); r.Verdict != verifier.Bad || r.Check(verifier.CheckPayloadDigest).Outcome != verifier.Failed {
			t.Errorf("bit %d of byte %d: %v (%s)", bit%8, bit/8, r.Verdict, r.Reason)
		}
	})
}
