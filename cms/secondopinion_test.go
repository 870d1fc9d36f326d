package cms

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSecondOpinionDiffersOnOtherPayloads(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, true, false, true, testPayload)
	if err := SecondOpinion(der, []byte(testPayload)); err != nil {
		t.Error(err)
	}
	if err := SecondOpinion(der, []byte(testPayload+"\n")); err == nil {
		t.Error("a final newline added: agrees")
	}
}

func TestSecondOpinionIsAskedOfDERAlone(t *testing.T) {
	t.Parallel()
	m := takeMessageApart(t, newTestSigner(t).sign(t, true, false, false, testPayload))
	m.unsignedAttrs.insert(0, compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x01, "\x01"))))
	der := m.contentInfo.bytes()
	if _, err := Parse(der); err != nil {
		t.Fatal(err)
	}
	if err := SecondOpinion(der, []byte(testPayload)); !errors.As(err, new(*MalformedError)) {
		t.Error(err)
	}
}

// On every vector that both read, the two implementations agree about digest
// and signature. pkcs7 alone minds a signingTime outside the certificate's
// validity, and sorts signed attributes before it verifies.
func TestSecondOpinionAgreesOnVectors(t *testing.T) {
	t.Parallel()
	agreed := 0
	for _, set := range []string{"public", "gitsign"} {
		for _, v := range vectors(t, set) {
			der, err := decodePEM(v.signature)
			if err != nil {
				continue
			}
			sd, err := Parse(der)
			if err != nil {
				continue
			}
			ours := sd.CheckSignature()
			if ours == nil {
				ours = sd.CheckDigest(v.payload)
			}
			theirs := SecondOpinion(der, v.payload)
			if theirs != nil && strings.Contains(theirs.Error(), "signing time") || !sd.SignerInfo.signedAttrsSorted {
				continue
			}
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%s: ours %v, theirs %v", v.name, ours, theirs)
			}
			agreed++
		}
	}
	if agreed < 120 {
		t.Errorf("%d vectors compared", agreed)
	}
}

// What passes here after a change of one byte passes there too: nothing that
// this package calls sound is unsound elsewhere.
func TestSecondOpinionAgreesOnChangedSignatures(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, true, false, false, testPayload)
	accepted := 0
	for i := range der {
		for _, change := range []byte{0x01, 0x02, 0x80, 0xff} {
			changed := bytes.Clone(der)
			changed[i] ^= change
			sd, err := Parse(changed)
			if err != nil || sd.CheckSignature() != nil || sd.CheckDigest([]byte(testPayload)) != nil {
				continue
			}
			err = SecondOpinion(changed, []byte(testPayload))
			if errors.As(err, new(*MalformedError)) {
				continue // not asked: an attribute's value is not DER inside
			}
			accepted++
			if err != nil && !strings.Contains(err.Error(), "signing time") {
				t.Errorf("byte %d ^ %#x: %v", i, change, err)
			}
		}
	}
	t.Logf("%d changes leave digest and signature as they were", accepted)
}
