package cms

import "testing"

func BenchmarkParsePEM(b *testing.B) {
	armored := EncodePEM(newTestSigner(b).sign(b, false, true, true, testPayload))
	b.SetBytes(int64(len(armored)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParsePEM(armored); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkChecks(b *testing.B, check func(s *SignedData) error) {
	b.Helper()
	s, err := Parse(newTestSigner(b).sign(b, false, true, true, testPayload))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := check(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckSignature(b *testing.B) {
	benchmarkChecks(b, (*SignedData).CheckSignature)
}

func BenchmarkCheckProfile(b *testing.B) {
	benchmarkChecks(b, (*SignedData).CheckProfile)
}

func BenchmarkTransparencyLogEntry(b *testing.B) {
	benchmarkChecks(b, func(s *SignedData) error {
		_, err := s.TransparencyLogEntry()
		return err
	})
}

func BenchmarkParseTimeStampToken(b *testing.B) {
	benchmarkChecks(b, func(s *SignedData) error {
		_, err := ParseTimeStampToken(s.SignerInfo.TimeStampToken)
		return err
	})
}
