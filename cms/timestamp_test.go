package cms

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"
)

func TestTimeStampTokenOfResponse(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	signature := []byte("a signature value")
	resp := s.timestampResponse(t, signature)
	tok, err := TimeStampTokenFromResponse(resp)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseTimeStampToken(tok)
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.CheckSignature(s.tsa); err != nil {
		t.Error(err)
	}
	sum := sha256.Sum256(signature)
	if !bytes.Equal(parsed.HashedMessage, sum[:]) || parsed.HashAlgorithm != oidSHA256 || !parsed.GenTime.Equal(testTime) || !parsed.SignedData.Certificate.Equal(s.tsa) {
		t.Errorf("%x %s %v %v", parsed.HashedMessage, parsed.HashAlgorithm, parsed.GenTime, parsed.SignedData.Certificate.Subject)
	}
	if back, err := ResponseFromTimeStampToken(tok); err != nil || !bytes.Equal(back, resp) {
		t.Errorf("wrapped again: %x (%v), want %x", back, err, resp)
	}
}

func TestTimeStampTokenFromResponseRefuses(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	good := s.timestampResponse(t, []byte("a signature value"))
	for _, test := range []struct {
		name string
		edit func(resp *node) // nil: resp is good
		want string           // in the error
	}{
		{"good", nil, ""},
		{"granted with modifications", func(r *node) { r.at(0, 0).content[0] = 1 }, ""},
		{"rejected", func(r *node) { r.at(0, 0).content[0] = 2; r.remove(1) }, "status 2"},
		{"rejected with a reason", func(r *node) {
			r.at(0, 0).content[0] = 2
			r.at(0).add(compound(0x30, value(0x0c, "bad \x1b[31malgorithm\n")))
			r.remove(1)
		}, `status 2: "bad \x1b[31malgorithm\n"`},
		{"rejected with a token", func(r *node) { r.at(0, 0).content[0] = 2 }, "status 2"},
		{"no status", func(r *node) { r.at(0).children = nil }, "status"},
		{"status that is no number", func(r *node) { r.at(0, 0).tag = 0x04 }, "status"},
		{"no token", func(r *node) { r.remove(1) }, "timeStampToken"},
		{"two tokens", func(r *node) { r.add(r.at(1)) }, "trailing"},
		{"signature in place of a token", func(r *node) {
			r.at(1).raw = s.sign(t, false, false, false, testPayload)
		}, "SignedData.version"},
		{"token that was changed", func(r *node) {
			sig := r.at(1, 1, 0, 4, 0, 5)
			sig.content[len(sig.content)-1] ^= 1
		}, "not by the certificate's key"},
		{"token about another time", func(r *node) {
			info := r.at(1, 1, 0, 2, 1, 0)
			info.content = bytes.Replace(info.content, []byte("20261122"), []byte("20261121"), 1)
		}, "digest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := takeApart(t, bytes.Clone(good))
			if test.edit != nil {
				test.edit(r)
			}
			tok, err := TimeStampTokenFromResponse(r.bytes())
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || tok != nil):
				t.Error("accepted")
			case test.want != "" && !strings.Contains(err.Error(), test.want):
				t.Errorf("%v, want %q in it", err, test.want)
			}
		})
	}
	if _, err := TimeStampTokenFromResponse(append(bytes.Clone(good), 0)); err == nil {
		t.Error("a trailing byte was accepted")
	}
}

func TestParseTimeStampTokenRefuses(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	good := s.token(t, []byte("a signature value"))
	info := func(m *message) *node { return m.encapContentInfo.at(1, 0) }
	tstInfo := func(t *testing.T, m *message, edit func(tst *node)) {
		tst := takeApart(t, info(m).content)
		edit(tst)
		info(m).content = tst.bytes()
	}
	for _, test := range []struct {
		name string
		edit func(t *testing.T, m *message)
		want string
	}{
		{"good", func(*testing.T, *message) {}, "good"},
		{"version 1", func(_ *testing.T, m *message) { m.signedData.at(0).content[0] = 1 }, "unsupported"},
		{"content of another type", func(_ *testing.T, m *message) { m.encapContentInfo.at(0).content = []byte(oidData) }, "unsupported"},
		{"detached", func(_ *testing.T, m *message) { m.encapContentInfo.remove(1) }, "bad"},
		{"content in pieces", func(_ *testing.T, m *message) { info(m).raw = compound(0x24, value(4, "x")).bytes() }, "bad"},
		{"two contents", func(_ *testing.T, m *message) { m.encapContentInfo.at(1).add(value(4, "x")) }, "bad"},
		{"further digest algorithm", func(_ *testing.T, m *message) {
			m.digestAlgorithms.add(algorithmIdentifier(oidSHA512, false))
		}, "unsupported"},
		{"other digest algorithm", func(_ *testing.T, m *message) {
			m.digestAlgorithms.children = []*node{algorithmIdentifier(oidSHA512, false)}
		}, "unsupported"},
		{"digest algorithm with parameters", func(_ *testing.T, m *message) { m.digestAlgorithms.at(0).add(value(0x02, "\x01")) }, "unsupported"},
		{"unsigned attribute", func(_ *testing.T, m *message) {
			m.signerInfo.add(compound(0xa1, compound(0x30, value(0x06, "\x2a\x03\x04"), compound(0x31, value(0x05, "")))))
		}, "unsupported"},
		{"no certificate", func(_ *testing.T, m *message) { m.signedData.remove(3) }, "good"},
		{"an empty set of certificates", func(_ *testing.T, m *message) { m.certificates.children = nil }, "good"},
		{"a key identifier", func(_ *testing.T, m *message) { nameByKey(m, "the key of the timestamp authority") }, "good"},
		{"another key identifier than the certificate's", func(_ *testing.T, m *message) { nameByKey(m, "another") }, "unsupported"},
		{"another certificate", func(_ *testing.T, m *message) { m.certificates.children = []*node{{raw: s.ca.Raw}} }, "unsupported"},
		{"an empty key identifier", func(_ *testing.T, m *message) { nameByKey(m, "") }, "bad"},
		{"a constructed key identifier", func(_ *testing.T, m *message) {
			nameByKey(m, "")
			m.signerInfo.children[1] = compound(0xa0, value(0x04, "key"))
		}, "unsupported"},
		{"a key identifier of version 1", func(_ *testing.T, m *message) {
			nameByKey(m, "the key of the timestamp authority")
			m.signerInfo.at(0).content[0] = 1
		}, "bad"},
		{"issuer and serial number of version 3", func(_ *testing.T, m *message) { m.signerInfo.at(0).content[0] = 3 }, "unsupported"},
		{"two signers", func(_ *testing.T, m *message) { m.signerInfos.add(m.signerInfo) }, "unsupported"},
		{"TSTInfo of version 2", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.at(0).content[0] = 2 })
		}, "unsupported"},
		{"TSTInfo that is none", func(_ *testing.T, m *message) { info(m).content = []byte{5, 0} }, "bad"},
		{"TSTInfo with trailing byte", func(_ *testing.T, m *message) { info(m).content = append(info(m).content, 0) }, "bad"},
		{"TSTInfo without time", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.children = tst.children[:4] })
		}, "bad"},
		{"time without seconds", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.at(4).content = []byte("202611221215Z") })
		}, "bad"},
		{"time with a zero at the end of its fraction", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.at(4).content = []byte("20261122121508.50Z") })
		}, "bad"},
		{"time with a fraction", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.at(4).content = []byte("20261122121508.5Z") })
		}, "good"},
		{"all that may follow the time", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) {
				tst.children = append(tst.children[:5], compound(0x30, value(0x02, "\x01")), value(0x01, "\xff"), value(0x02, "\x07"),
					compound(0xa0, value(0x86, "urn:x")), compound(0xa1, compound(0x30, value(0x06, "\x2a\x03\x04"), value(0x04, ""))))
			})
		}, "good"},
		{"a critical extension", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) {
				tst.children = append(tst.children[:5], compound(0xa1, compound(0x30, value(0x06, "\x2a\x03\x04"), value(0x01, "\xff"), value(0x04, ""))))
			})
		}, "unsupported"},
		{"extensions that are none", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.children = append(tst.children[:5], compound(0xa1, value(0x05, ""))) })
		}, "bad"},
		{"what follows the time out of order", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.children = append(tst.children[:5], value(0x02, "\x07"), value(0x01, "\xff")) })
		}, "bad"},
		{"a field that TSTInfo does not have", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.add(value(0x05, "")) })
		}, "bad"},
		{"imprint with something behind it", func(t *testing.T, m *message) {
			tstInfo(t, m, func(tst *node) { tst.at(2).add(value(0x05, "")) })
		}, "bad"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ci := takeApart(t, bytes.Clone(good))
			sd := ci.at(1, 0)
			m := &message{
				contentInfo: ci, signedData: sd, digestAlgorithms: sd.at(1), encapContentInfo: sd.at(2),
				certificates: sd.at(3), signerInfos: sd.at(4), signerInfo: sd.at(4, 0),
			}
			test.edit(t, m)
			tok, err := ParseTimeStampToken(ci.bytes())
			if got := outcome(err); got != test.want || (tok == nil) != (err != nil) {
				t.Errorf("%s (%v), want %s", got, err, test.want)
			}
		})
	}
}

// nameByKey has a token name its signer by key identifier.
func nameByKey(m *message, id string) {
	m.signerInfo.at(0).content[0] = 3
	m.signerInfo.children[1] = value(0x80, id)
}

// TestTokenNamesItsSigner holds that a token names one certificate, whether it
// holds that or not, and by issuer and serial number as by key identifier.
func TestTokenNamesItsSigner(t *testing.T) {
	t.Parallel()
	s := newTestSigner(t)
	good := s.token(t, []byte("a signature value"))
	const id = "the key of the timestamp authority"
	for _, test := range []struct {
		name     string
		edit     func(sd *node, m *message)
		embedded bool
		names    bool
	}{
		{"certificate and serial number", func(*node, *message) {}, true, true},
		{"serial number", func(sd *node, _ *message) { sd.remove(3) }, false, true},
		{"empty set and serial number", func(_ *node, m *message) { m.certificates.children = nil }, false, true},
		{"another serial number", func(sd *node, m *message) {
			sd.remove(3)
			m.signerInfo.at(1, 1).content[3] ^= 1
		}, false, false},
		{"certificate and key identifier", func(_ *node, m *message) { nameByKey(m, id) }, true, true},
		{"key identifier", func(sd *node, m *message) { sd.remove(3); nameByKey(m, id) }, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ci := takeApart(t, bytes.Clone(good))
			sd := ci.at(1, 0)
			test.edit(sd, &message{certificates: sd.at(3), signerInfo: sd.at(4, 0)})
			tok, err := ParseTimeStampToken(ci.bytes())
			if err != nil {
				t.Fatal(err)
			}
			if got := tok.SignedData.Certificate; (got != nil) != test.embedded || got != nil && !got.Equal(s.tsa) {
				t.Errorf("certificate %v", got)
			}
			if tok.NamesSigner(s.tsa) != test.names || tok.NamesSigner(s.ca) {
				t.Errorf("names the signer's: %v, another: %v", tok.NamesSigner(s.tsa), tok.NamesSigner(s.ca))
			}
			if err := tok.CheckSignature(s.tsa); err != nil {
				t.Error(err)
			}
			if err := tok.CheckSignature(s.leaf); err == nil {
				t.Error("another key's signature")
			}
			if err := tok.CheckAlone(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every token in the vectors is read, and signed by the certificate in it but
// for the one that was changed.
func TestVectorsTimeStampTokens(t *testing.T) {
	t.Parallel()
	n := 0
	for _, v := range vectors(t, "gitsign") {
		sd, err := ParsePEM(v.signature)
		if err != nil || sd.SignerInfo.TimeStampToken == nil {
			continue
		}
		n++
		tok, err := ParseTimeStampToken(sd.SignerInfo.TimeStampToken)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if err := tok.CheckAlone(); (err != nil) != strings.Contains(v.why, "tsabit") {
			t.Errorf("%s: %s: %v", v.name, v.why, err)
		}
	}
	if n < 30 {
		t.Errorf("%d tokens", n)
	}
}
