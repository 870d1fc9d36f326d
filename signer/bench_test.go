package signer_test

import (
	"testing"

	"github.com/git-seal/git-seal/signer"
)

// BenchmarkSign is the work of a signature in this process, without network;
// the fake's own signatures, two or three on P-256, are part of it.
func BenchmarkSign(b *testing.B) {
	for _, bench := range []struct {
		name  string
		rekor int
		mode  signer.TimestampMode
	}{
		{"RekorV1", 1, signer.TimestampAuto},
		{"RekorV1Timestamp", 1, signer.TimestampAlways},
		{"RekorV2Timestamp", 2, signer.TimestampAuto},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := newSigner(b, signer.Options{Services: inMemory(bench.rekor), Timestamp: bench.mode, Transport: newFake(b)})
			token := signer.StaticToken(fakeToken(b, nil))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sign(b.Context(), payload, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
