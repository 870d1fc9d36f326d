package verifier_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier"
)

// benchmarks are the kinds of evidence that have a bar in docs/benchmarks.md:
// each object with a certificate of its own, by authorities on these curves.
// mathematics are the signatures that cannot be spared, P-256, P-384 and
// Ed25519: certificate by its authority, certificate timestamp, CMS,
// checkpoint, and promise or timestamp.
var benchmarks = []struct {
	name              string
	kind              kind
	fulcio, tsa       elliptic.Curve
	p256, p384, ed255 int
}{
	{"v1/P-384", v1, elliptic.P384(), elliptic.P256(), 4, 1, 0},
	{"v1+timestamp/P-384", v1Stamped, elliptic.P384(), elliptic.P384(), 4, 2, 0},
	{"v2+timestamp/P-256", v2Stamped, elliptic.P256(), elliptic.P256(), 4, 0, 1},
	{"v2+timestamp/P-384", v2Stamped, elliptic.P384(), elliptic.P384(), 2, 2, 1},
}

// manySigners is how many certificates a benchmark goes round in: more than
// an authority would meet twice in a short while.
const manySigners = 64

// BenchmarkVerify judges objects in one process, one processor.
func BenchmarkVerify(b *testing.B) {
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			i := newInstance(b, "bench", bb.fulcio, bb.tsa)
			signatures := make([][]byte, manySigners)
			for n := range signatures {
				signatures[n] = i.sign(b, signing{kind: bb.kind, payload: payload})
			}
			rules := allowAna(b)
			json := rootJSON(b, i.proto(b))
			var v *verifier.Verifier
			n := 0
			for b.Loop() {
				// After each round a verifier that has seen none of the
				// certificates takes over, so that no object profits from
				// having been judged before.
				if n%manySigners == 0 {
					b.StopTimer()
					v = newVerifier(b, rules, parseRootJSON(b, json))
					b.StartTimer()
				}
				if r := v.Verify(payload, signatures[n%manySigners]); r.Verdict != verifier.Good {
					b.Fatalf("%v (%s)", r.Verdict, r.Reason)
				}
				n++
			}
		})
	}
}

// BenchmarkMathematics does the signatures of the same objects and nothing
// else.
func BenchmarkMathematics(b *testing.B) {
	digest := sha256.Sum256(payload)
	check := func(b *testing.B, curve elliptic.Curve) func() {
		key := newKey(b, curve)
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			b.Fatal(err)
		}
		return func() {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
				b.Fatal("signature does not hold")
			}
		}
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			p256, p384 := check(b, elliptic.P256()), check(b, elliptic.P384())
			public, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			signature := ed25519.Sign(private, payload)
			for b.Loop() {
				for range bb.p256 {
					p256()
				}
				for range bb.p384 {
					p384()
				}
				for range bb.ed255 {
					if !ed25519.Verify(public, payload, signature) {
						b.Fatal("signature does not hold")
					}
				}
			}
		})
	}
}

// BenchmarkSigstore is sigstore-go as it is, on the same objects.
func BenchmarkSigstore(b *testing.B) {
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			i := newInstance(b, "bench", bb.fulcio, bb.tsa)
			material := sigstoreRoot(b, rootJSON(b, i.proto(b)))
			signatures := make([][]byte, manySigners)
			for n := range signatures {
				signatures[n] = i.sign(b, signing{kind: bb.kind, payload: payload})
			}
			n := 0
			for b.Loop() {
				signed, err := cms.ParsePEM(signatures[n%manySigners])
				if err != nil {
					b.Fatal(err)
				}
				if err := sigstoreVerify(material, signed); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}
