package cms

import (
	"bytes"
	"fmt"
	"testing"
)

// span is a range of bytes of a message.
type span struct{ from, to int }

func (s span) holds(i int) bool { return s.from <= i && i < s.to }

func spanOf(t testing.TB, whole, part []byte) span {
	t.Helper()
	if part == nil {
		return span{}
	}
	i := bytes.Index(whole, part)
	if i < 0 || bytes.Contains(whole[i+1:], part) {
		t.Fatal("not one place")
	}
	return span{i, i + len(part)}
}

// flips flips each bit of der in turn and returns, by place, how many of them
// still pass every check of this package. Nothing may panic, and outside the
// log entry and the token's certificates nothing may pass: what a log or an
// authority signed is for a verifier with their keys to judge.
func flips(t *testing.T, der, payload []byte) (inEntry, inToken int) {
	t.Helper()
	sd, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkAll(sd, payload); err != nil {
		t.Fatal(err)
	}
	entry, token := spanOf(t, der, sd.SignerInfo.LogEntry), span{}
	leaf := spanOf(t, der, sd.Certificate.Raw)
	if tok := sd.SignerInfo.TimeStampToken; tok != nil {
		parsed, err := ParseTimeStampToken(tok)
		if err != nil {
			t.Fatal(err)
		}
		token = spanOf(t, der, parsed.SignedData.certificates[0])
		if len(parsed.SignedData.certificates) != 1 {
			t.Fatal("a token of one certificate, please")
		}
	}
	// Most flips leave key, signed attributes and signature as they were.
	outcomes := make(map[string]error)
	checkSignature := func(s *SignedData) error {
		si := s.SignerInfo
		key := fmt.Sprintf("%x %v %v %x %x", s.Certificate.RawSubjectPublicKeyInfo, si.DigestAlgorithm, si.SignatureAlgorithm, si.SignedAttrs, si.Signature)
		err, ok := outcomes[key]
		if !ok {
			err = s.CheckSignature()
			outcomes[key] = err
		}
		return err
	}
	flipped := bytes.Clone(der)
	for i := range flipped {
		for bit := range 8 {
			flipped[i] ^= 1 << bit
			sd, err := Parse(flipped)
			if err == nil && checkForm(sd, payload, checkSignature) == nil {
				switch {
				case entry.holds(i):
					inEntry++
				case token.holds(i):
					inToken++
				case leaf.holds(i): // its authority's signature covers it
				default:
					t.Errorf("byte %d bit %d: passes", i, bit)
				}
			}
			flipped[i] ^= 1 << bit
		}
	}
	return inEntry, inToken
}

func TestNoFlippedBitPasses(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			der := s.sign(t, k.v1, k.v2, k.timestamp, testPayload)
			entry, token := flips(t, der, []byte(testPayload))
			t.Logf("of %d bits, left to the log's keys %d, to the timestamp authority's certificate %d", len(der)*8, entry, token)
		})
	}
}

func TestNoFlippedBitOfVectorsPasses(t *testing.T) {
	t.Parallel()
	done := map[string]bool{"v1-offline": false, "v1-offline-tsa": false, "v2-offline-tsa": false, "v2-offline-tsa-ec": false}
	for _, v := range vectors(t, "gitsign") {
		if flipped, ok := done[v.why]; !ok || flipped {
			continue
		}
		done[v.why] = true
		t.Run(v.why, func(t *testing.T) {
			t.Parallel()
			der, err := decodePEM(v.signature)
			if err != nil {
				t.Fatal(err)
			}
			entry, token := flips(t, der, v.payload)
			t.Logf("of %d bits, left to the log's keys %d, to the timestamp authority's certificate %d", len(der)*8, entry, token)
		})
	}
	for kind, flipped := range done {
		if !flipped {
			t.Errorf("no good vector of kind %s", kind)
		}
	}
}
