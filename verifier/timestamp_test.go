package verifier_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/digitorus/timestamp"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// withoutCertificate has the token leave out its signer's certificate, as
// authorities do where nobody asks for it.
func withoutCertificate(ts *timestamp.Timestamp, _ *ca) { ts.AddTSACertificate = false }

// editToken changes a token by the parts of its SignedData: version, digest
// algorithms, content, certificates (empty for none), signer infos.
func editToken(t *testing.T, token []byte, edit func(parts [][]byte)) []byte {
	t.Helper()
	explicit := cbasn1.Tag(0).Constructed().ContextSpecific()
	var ci, content, sd cryptobyte.String
	var oid cryptobyte.String
	in := cryptobyte.String(token)
	if !in.ReadASN1(&ci, cbasn1.SEQUENCE) || !ci.ReadASN1Element(&oid, cbasn1.OBJECT_IDENTIFIER) ||
		!ci.ReadASN1(&content, explicit) || !content.ReadASN1(&sd, cbasn1.SEQUENCE) {
		t.Fatal("not a token")
	}
	parts := make([][]byte, 5)
	for n, tag := range []cbasn1.Tag{cbasn1.INTEGER, cbasn1.SET, cbasn1.SEQUENCE, explicit, cbasn1.SET} {
		var part cryptobyte.String
		if sd.PeekASN1Tag(tag) && !sd.ReadASN1Element(&part, tag) {
			t.Fatal("not a SignedData")
		}
		parts[n] = part
	}
	edit(parts)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(oid)
		b.AddASN1(explicit, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(parts, nil)) })
		})
	})
	return b.BytesOrPanic()
}

// nameByKey replaces issuer and serial number in a set of one SignerInfo by a key
// identifier.
func nameByKey(t *testing.T, infos, id []byte) []byte {
	t.Helper()
	var set, info, rest cryptobyte.String
	in := cryptobyte.String(infos)
	if !in.ReadASN1(&set, cbasn1.SET) || !set.ReadASN1(&info, cbasn1.SEQUENCE) ||
		!info.SkipASN1(cbasn1.INTEGER) || !info.SkipASN1(cbasn1.SEQUENCE) {
		t.Fatal("not a SignerInfo")
	}
	rest = info
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(3)
			b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(id) })
			b.AddBytes(rest)
		})
	})
	return b.BytesOrPanic()
}

// TestTimestampWithoutCertificate holds that a token without its signer's
// certificate is verified with the one in the trusted root that it names, and
// that sigstore-go accepts those that are good.
func TestTimestampWithoutCertificate(t *testing.T) {
	t.Parallel()
	i := private()
	json := rootJSON(t, i.proto(t))
	theirs := sigstoreRoot(t, json)
	v := newVerifier(t, allowAna(t), parseRootJSON(t, json))
	other := newInstance(t, "other", elliptic.P256(), elliptic.P256())
	certificates := func(elements ...[]byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(cbasn1.Tag(0).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(elements, nil)) })
		return b.BytesOrPanic()
	}
	for _, tt := range []struct {
		name    string
		stamp   func(*timestamp.Timestamp, *ca)
		edit    func(parts [][]byte)
		trusted *trust.Root // nil: the instance's
		verdict verifier.Verdict
		reason  string
	}{
		{"as it comes", withoutCertificate, func([][]byte) {}, nil, verifier.Good, ""},
		{"absent", withoutCertificate, func(p [][]byte) { p[3] = nil }, nil, verifier.Good, ""},
		{"empty set", withoutCertificate, func(p [][]byte) { p[3] = certificates() }, nil, verifier.Good, ""},
		{"the authority's root alone", withoutCertificate, func(p [][]byte) { p[3] = certificates(i.tsaRoot.cert.Raw) }, nil, verifier.Unknown, "the signer's certificate is not among them"},
		{"by key identifier", withoutCertificate, func(p [][]byte) {
			p[3], p[4] = nil, nameByKey(t, p[4], i.tsa.cert.SubjectKeyId)
		}, nil, verifier.Good, ""},
		{"by key identifier, with the certificate", nil, func(p [][]byte) {
			p[4] = nameByKey(t, p[4], i.tsa.cert.SubjectKeyId)
		}, nil, verifier.Good, ""},
		{"by another key identifier", withoutCertificate, func(p [][]byte) {
			p[3], p[4] = nil, nameByKey(t, p[4], i.tsaRoot.cert.SubjectKeyId)
		}, nil, verifier.Unknown, "timestamp is by an authority that is not in the trusted root"},
		{"a foreign certificate alone", withoutCertificate, func(p [][]byte) { p[3] = certificates(other.tsa.cert.Raw) }, nil, verifier.Unknown, "the signer's certificate is not among them"},
		{"by another authority", func(ts *timestamp.Timestamp, c *ca) { withoutCertificate(ts, c); *c = other.tsa }, func([][]byte) {}, nil,
			verifier.Unknown, "timestamp is by an authority that is not in the trusted root"},
		{"in a root that leaves the signer open", withoutCertificate, func([][]byte) {}, func() *trust.Root {
			pb := i.proto(t)
			leaveSignerOpen(pb)
			return parseRoot(t, pb)
		}(), verifier.Unknown, "timestamp is by an authority that is not in the trusted root"},
		{"by another key of that name and number", func(ts *timestamp.Timestamp, c *ca) {
			withoutCertificate(ts, c)
			root, serial := i.tsaRoot, i.tsa.cert.SerialNumber
			*c = root.timestamping(t, newKey(t, elliptic.P256()), func(c *x509.Certificate) { c.SerialNumber = serial })
		}, func([][]byte) {}, nil, verifier.Bad, "not by the certificate's key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := v
			if tt.trusted != nil {
				v = newVerifier(t, allowAna(t), tt.trusted)
			}
			for _, k := range []kind{v1Stamped, v2Stamped} {
				signature := i.sign(t, signing{kind: k, payload: payload, stamp: tt.stamp, parts: func(p *parts) {
					value := &p.unsigned[1].values[0]
					*value = editToken(t, *value, tt.edit)
				}})
				r := v.Verify(payload, signature)
				if r.Verdict != tt.verdict || !strings.Contains(r.Reason, tt.reason) {
					t.Errorf("%s: %v (%s), want %v (%s)", kindNames[k], r.Verdict, r.Reason, tt.verdict, tt.reason)
				}
				if r.Verdict != verifier.Good {
					continue
				}
				if r.Timestamp.URL != "https://timestamp.example.com" || r.Timestamp.Time.IsZero() {
					t.Errorf("%s: %+v", kindNames[k], r.Timestamp)
				}
				signed, err := cms.ParsePEM(signature)
				if err != nil {
					t.Fatal(err)
				}
				// sigstore-go knows no signer by key identifier.
				if err := sigstoreVerify(theirs, signed); err != nil && !strings.Contains(tt.name, "key identifier") {
					t.Errorf("%s: sigstore-go: %v", kindNames[k], err)
				}
			}
		})
	}
}
