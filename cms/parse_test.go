package cms

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// refusals are one change each to a good signature with log entry and token.
var refusals = []struct {
	name string
	edit func(m *message)
	want string // "malformed", "unsupported" by Parse; "profile" by CheckProfile alone
}{
	{"another content type", func(m *message) { m.contentInfo.at(0).content[8] = 3 }, "unsupported"},
	{"content missing", func(m *message) { m.contentInfo.remove(1) }, "malformed"},
	{"content twice", func(m *message) { m.contentInfo.add(m.contentInfo.at(1)) }, "malformed"},
	{"content with another tag", func(m *message) { m.contentInfo.at(1).tag = 0xa1 }, "malformed"},
	{"two SignedData", func(m *message) { m.contentInfo.at(1).add(m.signedData) }, "malformed"},

	{"version 3", func(m *message) { m.signedData.at(0).content[0] = 3 }, "unsupported"},
	{"version of two octets", func(m *message) { m.signedData.at(0).content = []byte{0, 1} }, "malformed"},
	{"negative version", func(m *message) { m.signedData.at(0).content[0] = 0xff }, "malformed"},
	{"version with another tag", func(m *message) { m.signedData.at(0).tag = 0x0a }, "malformed"},

	{"no digest algorithm", func(m *message) { m.digestAlgorithms.children = nil }, "profile"},
	{"digest algorithm twice", func(m *message) { m.digestAlgorithms.add(m.digestAlgorithms.at(0)) }, "profile"},
	{"further digest algorithm", func(m *message) {
		m.digestAlgorithms.add(compound(0x30, value(0x06, string(oidSHA512))))
	}, "profile"},
	{"digest algorithms out of order", func(m *message) {
		m.digestAlgorithms.insert(0, compound(0x30, value(0x06, string(oidSHA512))))
	}, "profile"},
	{"NULL parameters in digestAlgorithms", func(m *message) { m.digestAlgorithms.at(0).add(value(0x05, "")) }, "profile"},
	{"two parameters", func(m *message) { m.digestAlgorithms.at(0).add(value(0x05, ""), value(0x05, "")) }, "malformed"},
	{"NULL with content", func(m *message) { m.digestAlgorithms.at(0).add(value(0x05, "x")) }, "malformed"},

	{"content attached", func(m *message) {
		m.encapContentInfo.add(compound(0xa0, value(0x04, testPayload)))
	}, "unsupported"},
	{"content of another type", func(m *message) { m.encapContentInfo.at(0).content[8] = 5 }, "unsupported"},
	{"something behind the content", func(m *message) { m.encapContentInfo.add(value(0x05, "")) }, "malformed"},

	// CVE-2026-44310: a set of no certificates, a panic, success.
	{"no certificates", func(m *message) { m.signedData.remove(3) }, "unsupported"},
	{"empty certificates", func(m *message) { m.certificates.children = nil }, "malformed"},
	{"certificate twice", func(m *message) { m.certificates.add(m.certificates.at(0)) }, "malformed"},
	{"certificate of another form", func(m *message) { m.certificates.at(0).tag = 0xa2 }, "unsupported"},
	{"certificate of another signer", func(m *message) {
		m.certificates.at(0, 0, 1).content[1] ^= 1 // serial number
	}, "unsupported"},
	{"certificate with a broken key", func(m *message) { m.certificates.at(0, 0, 6, 1).content[9] ^= 1 }, "unsupported"},
	{"certificate with something after its signature", func(m *message) { m.certificates.at(0).add(value(0x0c, "words")) }, "malformed"},
	{"certificate with two signatures", func(m *message) { m.certificates.at(0).add(m.certificates.at(0, 2)) }, "malformed"},
	{"two certificates of the signer's name", func(m *message) {
		twin := takeCopy(m.certificates.at(0))
		twin.at(2).content[30] ^= 1 // the authority's signature
		m.certificates.add(twin)
	}, "malformed"},
	{"17 certificates", func(m *message) {
		for i := range 16 {
			m.certificates.add(compound(0x30, value(0x02, string(rune('a'+i)))))
		}
	}, "malformed"},
	{"over-long certificate", func(m *message) { m.certificates.add(value(0x30, strings.Repeat("\x05\x00", maxCertificate/2))) }, "malformed"},
	{"crls", func(m *message) { m.signedData.insert(4, compound(0xa1)) }, "unsupported"},

	{"no signer", func(m *message) { m.signerInfos.children = nil }, "malformed"},
	{"two signers", func(m *message) { m.signerInfos.add(m.signerInfo) }, "unsupported"},
	{"second signer that is none", func(m *message) { m.signerInfos.add(value(0x05, "")) }, "malformed"},
	{"something behind signerInfos", func(m *message) { m.signedData.add(value(0x05, "")) }, "malformed"},

	{"signer version 3", func(m *message) { m.signerInfo.at(0).content[0] = 3 }, "unsupported"},
	{"signer by key identifier", func(m *message) { m.signerInfo.at(1).tag = 0xa0 }, "malformed"},
	{"another serial number", func(m *message) { m.signerInfo.at(1, 1).content[1] ^= 1 }, "unsupported"},
	{"serial number with a zero", func(m *message) {
		sn := m.signerInfo.at(1, 1)
		sn.content = append([]byte{0}, sn.content...)
		sn.content[1] &= 0x7f
	}, "malformed"},
	{"something behind the serial number", func(m *message) { m.signerInfo.at(1).add(value(0x05, "")) }, "malformed"},
	{"SHA-1 under ecdsa-with-SHA256", func(m *message) { m.signerInfo.at(2).children = []*node{value(0x06, "\x2b\x0e\x03\x02\x1a")} }, "malformed"},
	{"digest algorithm that contradicts", func(m *message) { m.signerInfo.at(2, 0).content[8] = 3 }, "malformed"},
	{"NULL parameters of the digest", func(m *message) { m.signerInfo.at(2).add(value(0x05, "")) }, "profile"},
	{"NULL parameters of the signature", func(m *message) { m.signerInfo.at(4).add(value(0x05, "")) }, "profile"},
	{"algorithm without a digest", func(m *message) { m.signerInfo.at(4, 0).content = []byte(oidECPublicKey) }, "profile"},
	{"signature algorithm that contradicts", func(m *message) { m.signerInfo.at(4, 0).content[7] = 4 }, "malformed"},
	{"no signed attributes", func(m *message) { m.signerInfo.remove(3) }, "unsupported"},
	{"empty signature", func(m *message) { m.signerInfo.at(5).content = nil }, "malformed"},
	{"over-long signature", func(m *message) { m.signerInfo.at(5).content = make([]byte, maxSignature+1) }, "malformed"},
	{"signature in pieces", func(m *message) {
		*m.signerInfo.at(5) = *compound(0x24, value(0x04, string(m.signerInfo.at(5).content)))
	}, "malformed"},

	{"empty signed attributes", func(m *message) { m.signedAttrs.children = nil }, "malformed"},
	{"signed attributes out of order", func(m *message) { m.signedAttrs.swap(0, 1) }, "profile"},
	{"signed attribute twice", func(m *message) { m.signedAttrs.insert(1, m.signedAttrs.at(0)) }, "malformed"},
	{"signed attribute of two values", func(m *message) {
		m.signedAttrs.at(1, 1).add(value(0x17, "261122121509Z"))
	}, "malformed"},
	{"signed attribute of no value", func(m *message) { m.signedAttrs.at(1, 1).children = nil }, "malformed"},
	{"no contentType", func(m *message) { m.signedAttrs.remove(0) }, "malformed"},
	{"no messageDigest", func(m *message) { m.signedAttrs.remove(2) }, "malformed"},
	{"no signingTime", func(m *message) { m.signedAttrs.remove(1) }, "profile"},
	{"another contentType", func(m *message) { m.signedAttrs.at(0, 1, 0).content[8] = 2 }, "malformed"},
	{"contentType with another tag", func(m *message) { m.signedAttrs.at(0, 1, 0).tag = 0x04 }, "malformed"},
	{"digest of 31 bytes", func(m *message) { m.signedAttrs.at(2, 1, 0).content = make([]byte, 31) }, "malformed"},
	{"digest with another tag", func(m *message) { m.signedAttrs.at(2, 1, 0).tag = 0x0c }, "malformed"},
	{"time without seconds", func(m *message) { m.signedAttrs.at(1, 1, 0).content = []byte("2611221215Z") }, "malformed"},
	{"time with an offset", func(m *message) { m.signedAttrs.at(1, 1, 0).content = []byte("261122121508+0000") }, "malformed"},
	{"February 30", func(m *message) { m.signedAttrs.at(1, 1, 0).content = []byte("260230121508Z") }, "malformed"},
	{"leap second", func(m *message) { m.signedAttrs.at(1, 1, 0).content = []byte("261231235960Z") }, "malformed"},
	{"time with a letter", func(m *message) { m.signedAttrs.at(1, 1, 0).content = []byte("26112212150xZ") }, "malformed"},
	{"empty time", func(m *message) { m.signedAttrs.at(1, 1, 0).content = nil }, "malformed"},
	{"time with a fraction", func(m *message) {
		*m.signedAttrs.at(1, 1, 0) = *value(0x18, "20501122121508.5Z")
	}, "malformed"},
	{"GeneralizedTime too early", func(m *message) { *m.signedAttrs.at(1, 1, 0) = *value(0x18, "20261122121508Z") }, "malformed"},
	{"time that is none", func(m *message) { *m.signedAttrs.at(1, 1, 0) = *value(0x0c, "20261122121508Z") }, "malformed"},
	{"further signed attribute", func(m *message) {
		m.signedAttrs.add(compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x0c, strings.Repeat("x", 60)))))
	}, "profile"},
	{"attribute without values", func(m *message) { m.signedAttrs.at(0).remove(1) }, "malformed"},
	{"something behind the values", func(m *message) { m.signedAttrs.at(0).add(value(0x05, "")) }, "malformed"},
	{"33 attributes", func(m *message) {
		for i := range 30 {
			m.signedAttrs.add(compound(0x30, value(0x06, "\x2a"+string(rune(i))), compound(0x31, value(0x05, ""))))
		}
	}, "malformed"},

	{"empty unsigned attributes", func(m *message) { m.unsignedAttrs.children = nil }, "malformed"},
	{"unsigned attributes out of order", func(m *message) { m.unsignedAttrs.swap(0, 1) }, "profile"},
	{"unsigned attribute twice", func(m *message) { m.unsignedAttrs.insert(0, m.unsignedAttrs.at(0)) }, "malformed"},
	{"two log entries", func(m *message) {
		second := takeCopy(m.unsignedAttrs.at(0, 1, 0))
		second.content[len(second.content)-1] = 0xff
		m.unsignedAttrs.at(0, 1).add(second)
	}, "malformed"},
	{"unknown unsigned attribute", func(m *message) {
		m.unsignedAttrs.insert(0, compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x02, "\x01"), value(0x02, "\x02"))))
	}, "profile"},
	{"unknown type of the log entry", func(m *message) { m.unsignedAttrs.at(0, 0).content[9] = 9 }, "profile"},
	{"prototype of the log entry", func(m *message) { m.unsignedAttrs.at(0, 1, 0).tag = 0x13 }, "profile"},
	{"token that is no sequence", func(m *message) {
		m.unsignedAttrs.remove(1)
		m.unsignedAttrs.insert(0, compound(0x30, value(0x06, string(oidTimeStampToken)), compound(0x31, value(0x04, "x"))))
	}, "profile"},
	{"over-long log entry", func(m *message) {
		m.unsignedAttrs.remove(1)
		m.unsignedAttrs.at(0, 1, 0).content = make([]byte, maxLogEntry)
	}, "malformed"},
	{"values out of order", func(m *message) {
		m.unsignedAttrs.insert(0, compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x02, "\x02"), value(0x02, "\x01"))))
	}, "profile"},
	{"value that is not DER inside", func(m *message) {
		m.unsignedAttrs.insert(0, compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x01, "\x01"))))
	}, "profile"},
	{"object identifier with a zero in front", func(m *message) { m.unsignedAttrs.at(0, 0).content[1] = 0x80 }, "malformed"},
	{"object identifier that ends early", func(m *message) { m.unsignedAttrs.at(0, 0).content[9] = 0x81 }, "malformed"},
	{"boolean of 1", func(m *message) { parameters(m, value(0x01, "\x01")) }, "malformed"},
	{"nested too deep", func(m *message) {
		v := value(0x05, "")
		for range maxDepth {
			v = compound(0x30, v)
		}
		parameters(m, v)
	}, "malformed"},
	{"bit string with unused bits set", func(m *message) { parameters(m, value(0x03, "\x01\x01")) }, "malformed"},
	{"bit string of nothing", func(m *message) { parameters(m, value(0x03, "")) }, "malformed"},
	{"end-of-contents", func(m *message) { parameters(m, value(0x00, "")) }, "malformed"},
	{"constructed string", func(m *message) { parameters(m, compound(0x2c, value(0x0c, "x"))) }, "malformed"},
	{"primitive sequence", func(m *message) { parameters(m, value(0x10, "\x05\x00")) }, "malformed"},
	{"length of two octets for one", func(m *message) { m.signedData.at(0).raw = []byte{0x02, 0x81, 0x01, 0x01} }, "malformed"},
	{"length with a zero", func(m *message) {
		whole := m.certificates.at(0).bytes()
		m.certificates.at(0).raw = append([]byte{0x30, 0x83, 0x00}, whole[2:]...)
	}, "malformed"},
	{"indefinite length inside", func(m *message) {
		m.digestAlgorithms.raw = append(append([]byte{0x31, 0x80}, m.digestAlgorithms.at(0).bytes()...), 0, 0)
	}, "malformed"},
	{"tag of two octets", func(m *message) { m.encapContentInfo.raw = []byte{0x3f, 0x10, 0x00} }, "malformed"},
}

// parameters gives the signature algorithm parameters, which Parse walks
// whatever they are.
func parameters(m *message, v *node) { m.signerInfo.at(4).add(v) }

func takeCopy(n *node) *node {
	c := *n
	c.content = bytes.Clone(n.content)
	c.children = nil
	for _, child := range n.children {
		c.add(takeCopy(child))
	}
	return &c
}

func TestParseTellsBrokenFromUnknown(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	good := s.sign(t, true, false, true, testPayload)
	if got := takeMessageApart(t, good).contentInfo.bytes(); !bytes.Equal(got, good) {
		t.Fatal("taking apart and putting together changes the message")
	}
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := takeMessageApart(t, bytes.Clone(good))
			test.edit(m)
			der := m.contentInfo.bytes()
			sd, err := Parse(der)
			got := "malformed"
			switch {
			case errors.As(err, new(*UnsupportedError)):
				got = "unsupported"
			case err == nil && errors.As(sd.CheckProfile(), new(*UnsupportedError)):
				got = "profile"
			case err == nil:
				got = "accepted"
			}
			if got != test.want {
				t.Errorf("%s (%v), want %s", got, err, test.want)
			}
			if err != nil && sd != nil {
				t.Error("an error and a message")
			}
		})
	}
}

func TestParseRefusesWhatIsNoMessage(t *testing.T) {
	t.Parallel()
	good := newTestSigner(t).sign(t, true, false, true, testPayload)
	ber := append(append([]byte{0x30, 0x80}, takeApart(t, good).at(0).bytes()...), 0xa0, 0x80)
	for _, test := range []struct {
		name string
		der  []byte
		want string
	}{
		{"0 bytes", nil, "malformed"},
		{"1 byte", good[:1], "malformed"},
		{"cut in half", good[:len(good)/2], "malformed"},
		{"last byte missing", good[:len(good)-1], "malformed"},
		{"trailing byte", append(bytes.Clone(good), 0), "malformed"},
		{"twice", append(bytes.Clone(good), good...), "malformed"},
		{"indefinite length", ber, "unsupported"},
		{"indefinite length of something else", []byte{0x30, 0x80, 0x06, 0x03}, "malformed"},
		{"null", []byte{0x05, 0x00}, "malformed"},
		{"empty sequence", []byte{0x30, 0x00}, "malformed"},
		{"zeros", make([]byte, 4096), "malformed"},
		{"more than fits an armor", make([]byte, maxDER+1), "malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sd, err := Parse(test.der)
			got := "malformed"
			if errors.As(err, new(*UnsupportedError)) {
				got = "unsupported"
			}
			if err == nil || sd != nil || got != test.want {
				t.Errorf("%s (%v), want %s", got, err, test.want)
			}
		})
	}
}

func TestParseKeepsItsOwnBytes(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, true, false, false, testPayload)
	given := bytes.Clone(der)
	sd, err := Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	clear(given)
	if !bytes.Equal(sd.Raw, der) || checkAll(sd, []byte(testPayload)) != nil {
		t.Error("changing the argument afterwards changed what was parsed")
	}
}

func TestObjectIdentifierString(t *testing.T) {
	t.Parallel()
	for oid, want := range map[ObjectIdentifier]string{
		oidSignedData: "1.2.840.113549.1.7.2", oidLogEntry: "1.3.6.1.4.1.57264.3.1", oidSHA256: "2.16.840.1.101.3.4.2.1",
		oidTimeStampToken: "1.2.840.113549.1.9.16.2.14", oidEd25519: "1.3.101.112", "\x88\x37": "2.999", "\x00": "0.0",
		"\x69\x83\x80\x80\x80\x80\x80\x80\x80\x80\x00": "2.25.27670116110564327424",
	} {
		if !oid.valid() || oid.String() != want {
			t.Errorf("%x: %s, want %s", string(oid), oid, want)
		}
	}
}
