package cms

import (
	"bytes"
	"errors"
	"testing"
	"time"

	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/proto"
)

func TestMarshalMakesWhatEveryCheckAccepts(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			der := s.sign(t, k.v1, k.v2, k.timestamp, testPayload)
			sd, err := ParsePEM(EncodePEM(der))
			if err != nil {
				t.Fatal(err)
			}
			if err := checkAll(sd, []byte(testPayload)); err != nil {
				t.Error(err)
			}
			if err := SecondOpinion(der, []byte(testPayload)); err != nil {
				t.Error(err)
			}
			if !sd.SignerInfo.SigningTime.Equal(testTime) || !sd.Certificate.Equal(s.leaf) || sd.OtherCertificates != nil {
				t.Errorf("read back: signing time %v, certificate %v", sd.SignerInfo.SigningTime, sd.Certificate.SerialNumber)
			}
			if (sd.SignerInfo.LogEntry != nil) != (k.v1 || k.v2) || (sd.SignerInfo.TimeStampToken != nil) != k.timestamp {
				t.Error("evidence lost or found")
			}
		})
	}
}

// checkAll runs every check of this package on sd and what it carries.
func checkAll(sd *SignedData, payload []byte) error {
	return checkForm(sd, payload, (*SignedData).CheckSignature)
}

// checkForm is checkAll with another CheckSignature.
func checkForm(sd *SignedData, payload []byte, checkSignature func(*SignedData) error) error {
	if err := sd.CheckProfile(); err != nil {
		return err
	}
	if err := sd.CheckDigest(payload); err != nil {
		return err
	}
	if _, err := sd.TransparencyLogEntry(); err != nil {
		return err
	}
	if raw := sd.SignerInfo.TimeStampToken; raw != nil {
		tok, err := ParseTimeStampToken(raw)
		if err != nil {
			return err
		}
		if err := tok.SignedData.CheckDigest(tok.SignedData.content); err != nil {
			return err
		}
		if tok.SignedData.Certificate == nil {
			return errors.New("no certificate to verify the token with")
		}
		if err := checkSignature(tok.SignedData); err != nil {
			return err
		}
	}
	return checkSignature(sd)
}

func TestLogAcceptsTheRebuiltBody(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	for _, log := range []*testLog{s.logV1, s.logV2} {
		t.Run(log.name, func(t *testing.T) {
			t.Parallel()
			sd, err := Parse(s.sign(t, log.v1, !log.v1, false, testPayload))
			if err != nil {
				t.Fatal(err)
			}
			if err := verifyLogEntry(sd, &trustedLogs{logs: log.trusted()}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A signature that gitsign made is what Marshal makes of its parts, to the byte.
func TestMarshalWritesWhatGitsignWrites(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"gitsign", "public"} {
		n := 0
		for _, v := range vectors(t, set) {
			if v.verdict != "good" && v.verdict != "unproven" {
				continue
			}
			want, err := decodePEM(v.signature)
			if err != nil {
				t.Fatal(v.name, err)
			}
			sd, err := Parse(want)
			if err != nil {
				t.Fatal(v.name, err)
			}
			if sd.OtherCertificates != nil {
				continue // written by none of us
			}
			p := Parts{
				Certificate: sd.Certificate, SignedAttrs: sd.SignerInfo.SignedAttrs,
				Signature: sd.SignerInfo.Signature, TimeStampToken: sd.SignerInfo.TimeStampToken,
			}
			if raw := sd.SignerInfo.LogEntry; raw != nil {
				p.LogEntry = new(rekorv1.TransparencyLogEntry)
				if err := proto.Unmarshal(raw, p.LogEntry); err != nil {
					t.Fatal(v.name, err)
				}
			}
			got, err := Marshal(p)
			if err != nil {
				t.Errorf("%s: %v", v.name, err)
			} else if !bytes.Equal(got, want) || !bytes.Equal(EncodePEM(got), v.signature) {
				t.Errorf("%s: other bytes than gitsign's", v.name)
			}
			n++
		}
		if n < 40 {
			t.Errorf("%s: %d signatures compared", set, n)
		}
	}
}

func TestMarshalRefusesWhatWouldNotVerify(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	other := newTestSigner(t)
	for _, test := range []struct {
		name string
		edit func(p *Parts)
	}{
		{"certificate of another key", func(p *Parts) { p.Certificate = other.leaf }},
		{"certificate of another key type", func(p *Parts) { p.Certificate = rsaCertificate(t) }},
		{"signature of other attributes", func(p *Parts) { p.Signature = s.parts(t, "other").Signature }},
		{"no signature", func(p *Parts) { p.Signature = nil }},
		{"no attributes", func(p *Parts) { p.SignedAttrs = nil }},
		{"attributes with trailing bytes", func(p *Parts) { p.SignedAttrs = append(bytes.Clone(p.SignedAttrs), 0) }},
		{"log entry of another signature", func(p *Parts) { p.LogEntry = s.logV1.add(t, s.parts(t, "other")) }},
		{"log entry without proof", func(p *Parts) { p.LogEntry.InclusionProof = nil }},
		{"token of another signature", func(p *Parts) { p.TimeStampToken = s.token(t, []byte("other")) }},
		{"token that is none", func(p *Parts) { p.TimeStampToken = []byte{0x30, 0x00} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := s.parts(t, testPayload)
			p.LogEntry, p.TimeStampToken = s.logV1.add(t, p), s.token(t, p.Signature)
			test.edit(&p)
			if der, err := Marshal(p); err == nil {
				t.Errorf("made %d bytes", len(der))
			}
		})
	}
}

func TestNewSignedAttrsKeepsTimeAsDERDoes(t *testing.T) {
	t.Parallel()
	digest := make([]byte, 32)
	for _, test := range []struct {
		name string
		when time.Time
		want string // tag, length and value
	}{
		{"UTCTime", testTime, "\x17\x0d261122121508Z"},
		{"another zone", testTime.In(time.FixedZone("", 3600)), "\x17\x0d261122121508Z"},
		{"fraction", testTime.Add(time.Millisecond), "\x17\x0d261122121508Z"},
		{"last UTCTime", time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC), "\x17\x0d491231235959Z"},
		{"first GeneralizedTime", time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), "\x18\x0f20500101000000Z"},
		{"before UTCTime", time.Date(1949, 12, 31, 0, 0, 0, 0, time.UTC), "\x18\x0f19491231000000Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			attrs, err := NewSignedAttrs(digest, test.when)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(attrs, []byte(test.want)) {
				t.Errorf("%x lacks %q", attrs, test.want)
			}
		})
	}
	if _, err := NewSignedAttrs(digest[:31], testTime); err == nil {
		t.Error("a digest of 31 bytes was accepted")
	}
	if _, err := NewSignedAttrs(digest, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("the year 10000 was accepted")
	}
}
