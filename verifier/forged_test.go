package verifier_test

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
)

// forgery is a signature with one thing wrong, or a trusted root that lacks
// one thing, and the check that must say so.
type forgery struct {
	name    string
	signing signing
	root    func(*trustroot.TrustedRoot)
	check   verifier.CheckName
	verdict verifier.Verdict
}

func forgeries(t *testing.T, i *instance) []forgery {
	other := newInstance(t, "other", elliptic.P256(), elliptic.P256())
	end := func(r *common.TimeRange) { r.End = timestamppb.New(epoch.Add(-time.Second)) }
	begin := func(r *common.TimeRange) { r.Start = timestamppb.New(epoch.Add(time.Hour)) }
	signer := func(change func(*x509.Certificate)) func(*timestamp.Timestamp, *ca) {
		return func(_ *timestamp.Timestamp, signer *ca) {
			root := i.tsaRoot
			*signer = root.timestamping(t, newKey(t, elliptic.P256()), change)
		}
	}
	extendedKeyUsage := func(critical bool, oids ...asn1.ObjectIdentifier) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			value, err := asn1.Marshal(oids)
			if err != nil {
				t.Fatal(err)
			}
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}}
		}
	}
	timeStamping, codeSigning := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}

	bad, unknown, unproven := verifier.Bad, verifier.Unknown, verifier.Unproven
	return []forgery{
		{"payload changed after signing", signing{kind: v1, payload: append([]byte("x"), payload...)}, nil, verifier.CheckPayloadDigest, bad},
		{"final newline added to the payload", signing{kind: v1, payload: append(payload[:len(payload):len(payload)], '\n')}, nil, verifier.CheckPayloadDigest, bad},

		{"certificate beside the signer's", signing{kind: v1, parts: func(p *parts) { p.certificates = append(p.certificates, other.fulcio.cert.Raw) }}, nil, verifier.CheckForm, unknown},
		{"one log's entry twice", signing{kind: v1, parts: func(p *parts) { p.unsigned = append(p.unsigned, p.unsigned[0]) }}, nil, verifier.CheckForm, bad},
		{"two values of the log entry", signing{kind: v1, parts: func(p *parts) {
			p.unsigned[0].values = append(p.unsigned[0].values, []byte{4, 0})
		}}, nil, verifier.CheckForm, bad},
		{"an unsigned attribute of another type", signing{kind: v1, parts: func(p *parts) {
			p.unsigned = append(p.unsigned, attribute{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 2}, [][]byte{{5, 0}}})
		}}, nil, verifier.CheckForm, unknown},
		{"the log entry under another type", signing{kind: v1, parts: func(p *parts) { p.unsigned[0].oid = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 3, 2} }}, nil, verifier.CheckForm, unknown},
		{"another signature value", signing{kind: bare, parts: func(p *parts) { p.signature[len(p.signature)-1] ^= 1 }}, nil, verifier.CheckSignature, bad},
		{"another certificate of the same name and serial number", signing{kind: bare, parts: func(p *parts) {
			twin := i.twin(t, p.signer)
			p.certificates = [][]byte{twin.Raw}
		}}, nil, verifier.CheckSignature, bad},

		{"certificate by an authority that is not in the root", signing{kind: v1}, func(pb *trustroot.TrustedRoot) {
			pb.CertificateAuthorities = other.proto(t).CertificateAuthorities
		}, verifier.CheckCertificate, unknown},
		{"certificate by a key that took the authority's name and key id", signing{kind: v1}, func(pb *trustroot.TrustedRoot) {
			impostor := i.fulcioRoot.impostor(t, i.fulcio.cert)
			pb.CertificateAuthorities[0].CertChain.Certificates[0].RawBytes = impostor.cert.Raw
		}, verifier.CheckCertificate, bad},
		{"certificate for another use", signing{kind: v1, leaf: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }}, nil, verifier.CheckCertificate, bad},
		{"certificate of an authority", signing{kind: v1, leaf: func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }}, nil, verifier.CheckCertificate, bad},
		{"certificate with a critical extension that nobody knows", signing{kind: v1, leaf: func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Critical: true, Value: []byte{5, 0}})
		}}, nil, verifier.CheckCertificate, unknown},
		{"certificate not for signatures", signing{kind: v1, leaf: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }}, nil, verifier.CheckCertificate, bad},
		{"log's time after the certificate", signing{kind: v1, integrated: epoch.Add(10*time.Minute + time.Second)}, nil, verifier.CheckCertificate, bad},
		{"log's time before the certificate", signing{kind: v1Stamped, integrated: epoch.Add(-time.Second)}, nil, verifier.CheckCertificate, bad},
		{"timestamp after the certificate", signing{kind: v1Stamped, stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.Time = epoch.Add(time.Hour) }}, nil, verifier.CheckCertificate, bad},
		{"timestamp before the certificate", signing{kind: v2Stamped, stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.Time = epoch.Add(-time.Second) }}, nil, verifier.CheckCertificate, bad},

		{"no certificate timestamp", signing{kind: v1, sct: func(s *sctInput) { s.omit = true }}, nil, verifier.CheckCertificateTimestamp, unproven},
		{"certificate timestamp by another key", signing{kind: v1, sct: func(s *sctInput) { s.key = other.ctlog }}, nil, verifier.CheckCertificateTimestamp, bad},
		{"certificate timestamp by another log", signing{kind: v1, sct: func(s *sctInput) { s.key, s.logID = other.ctlog, keyID(t, other.ctlog.Public()) }}, nil, verifier.CheckCertificateTimestamp, unknown},
		{"certificate timestamp for another certificate", signing{kind: v1, sct: func(s *sctInput) { s.tbs = other.fulcio.cert.RawTBSCertificate }}, nil, verifier.CheckCertificateTimestamp, bad},
		{"certificate timestamp for another authority", signing{kind: v1, sct: func(s *sctInput) { s.issuerKey = pkixDER(t, other.fulcio.key.Public()) }}, nil, verifier.CheckCertificateTimestamp, bad},
		{"certificate timestamp of a version to come", signing{kind: v1, sct: func(s *sctInput) { s.version = 1 }}, nil, verifier.CheckCertificateTimestamp, unknown},
		{"certificate timestamp with a hash to come", signing{kind: v1, sct: func(s *sctInput) { s.hash = 9 }}, nil, verifier.CheckCertificateTimestamp, unknown},
		{"more certificate timestamps than are read", signing{kind: v1, sct: func(s *sctInput) { s.times = 17 }}, nil, verifier.CheckCertificateTimestamp, unknown},
		{"certificate log with a key of another kind", signing{kind: v1}, func(pb *trustroot.TrustedRoot) {
			key := i.rekor2.Public()
			pb.Ctlogs[0].PublicKey.RawBytes, pb.Ctlogs[0].PublicKey.KeyDetails = pkixDER(t, key), common.PublicKeyDetails_PKIX_ED25519
		}, verifier.CheckCertificateTimestamp, unknown},

		// CVE-2024-51746, CVE-2022-23649, CVE-2026-22703: a sound entry of another
		// artifact. CVE-2023-47122: the key of the log that is judged.
		{"entry of another digest", signing{kind: v1, body: func(b *logBody) { b.digest = make([]byte, 32) }}, nil, verifier.CheckLogEntry, bad},
		{"entry of another signature", signing{kind: v1, body: func(b *logBody) { b.signature = b.digest }}, nil, verifier.CheckLogEntry, bad},
		{"entry of another certificate", signing{kind: v1, body: func(b *logBody) { b.certificate = other.fulcio.cert.Raw }}, nil, verifier.CheckLogEntry, bad},
		{"entry of another digest, Rekor v2", signing{kind: v2Stamped, body: func(b *logBody) { b.digest = make([]byte, 32) }}, nil, verifier.CheckLogEntry, bad},
		{"entry of another signature, Rekor v2", signing{kind: v2Stamped, body: func(b *logBody) { b.signature = b.digest }}, nil, verifier.CheckLogEntry, bad},
		{"entry of another certificate, Rekor v2", signing{kind: v2Stamped, body: func(b *logBody) { b.certificate = other.fulcio.cert.Raw }}, nil, verifier.CheckLogEntry, bad},
		{"entry of a log that is not in the root", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { pb.Tlogs = pb.Tlogs[1:] }, verifier.CheckLogEntry, unknown},
		{"entry of a log that is not in the root, Rekor v2", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { pb.Tlogs = pb.Tlogs[:1] }, verifier.CheckLogEntry, unknown},
		{"entry of another instance's log", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { pb.Tlogs = other.proto(t).Tlogs }, verifier.CheckLogEntry, unknown},

		{"proof with another hash", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.Hashes[1][0] ^= 1 }}, nil, verifier.CheckInclusionProof, bad},
		{"proof with a hash less", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.Hashes = e.InclusionProof.Hashes[1:] }}, nil, verifier.CheckInclusionProof, bad},
		{"proof of another place", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof.LogIndex = 4 }}, nil, verifier.CheckInclusionProof, bad},
		{"proof of another place, Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) { e.LogIndex, e.InclusionProof.LogIndex = 4, 4 }}, nil, verifier.CheckLogEntry, bad},

		{"checkpoint by another key", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string { return other.note(t, 1, text) })
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint by another key under the log's key id", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string {
				return noteLine(text, "rekor.example.com", keyID(t, i.rekor1.Public()), []byte("not a signature"))
			})
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint by another key, Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string { return other.note(t, 2, text) })
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint of another origin by the log's key, Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string {
				text = strings.Replace(text, rekor2Origin, "other.example.com", 1)
				return noteLine(text, "other.example.com", noteKeyID("other.example.com", i.rekor2.Public().(ed25519.PublicKey)), ed25519.Sign(i.rekor2, []byte(text)))
			})
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint whose text was changed", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope = strings.Replace(e.InclusionProof.Checkpoint.Envelope, " - 119", " - 118", 1)
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint of another tree", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string { return i.note(t, 1, strings.Replace(text, "\n11\n", "\n12\n", 1)) })
		}}, nil, verifier.CheckLogEntry, bad},
		{"checkpoint of another origin under the log's key hash, Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string {
				text = strings.Replace(text, rekor2Origin, "other.example.com", 1)
				return noteLine(text, "other.example.com", noteKeyID(rekor2Origin, i.rekor2.Public().(ed25519.PublicKey)), ed25519.Sign(i.rekor2, []byte(text)))
			})
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint by witnesses and another key of the log's name", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			resign(e, func(text string) string { return other.note(t, 1, text) + witnessLine("witness.example.com") })
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint with one good line by the log's key and one that is not", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			wrong := noteLine("", "rekor.example.com", keyID(t, i.rekor1.Public()), []byte("not a signature"))
			e.InclusionProof.Checkpoint.Envelope += strings.TrimPrefix(wrong, "\n")
		}}, nil, verifier.CheckCheckpoint, bad},
		{"checkpoint with more lines than are read", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			for n := range 16 {
				e.InclusionProof.Checkpoint.Envelope += witnessLine(fmt.Sprintf("witness%d.example.com", n))
			}
		}}, nil, verifier.CheckLogEntry, unknown},
		{"checkpoint signed under another name", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope = strings.Replace(e.InclusionProof.Checkpoint.Envelope, "\u2014 rekor", "\u2014 sekor", 1)
		}}, nil, verifier.CheckLogEntry, bad},
		{"no proof", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.InclusionProof = nil }}, nil, verifier.CheckLogEntry, unknown},
		{"no promise", signing{kind: v1Stamped, entry: func(e *rekorv1.TransparencyLogEntry) { e.InclusionPromise = nil }}, nil, verifier.CheckLogEntry, unknown},
		{"a time beside Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime = epoch.Unix() }}, nil, verifier.CheckLogEntry, unknown},
		{"two indexes beside Rekor v2", signing{kind: v2Stamped, entry: func(e *rekorv1.TransparencyLogEntry) { e.LogIndex++ }}, nil, verifier.CheckLogEntry, bad},
		{"log without a name in the root, Rekor v2", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { pb.Tlogs[1].BaseUrl = "" }, verifier.CheckCheckpoint, unknown},

		{"promise by another key", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionPromise.SignedEntryTimestamp = promise(t, other.rekor1, e, nil)
		}}, nil, verifier.CheckSignedEntryTimestamp, bad},
		{"promise of another time", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.IntegratedTime++ }}, nil, verifier.CheckSignedEntryTimestamp, bad},
		{"promise of another index", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) { e.LogIndex++ }}, nil, verifier.CheckSignedEntryTimestamp, bad},

		{"timestamp over something else", signing{kind: v2Stamped, stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.HashedMessage = make([]byte, 32) }}, nil, verifier.CheckTimestamp, bad},
		{"timestamp over something else, beside Rekor v1", signing{kind: v1Stamped, stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.HashedMessage = make([]byte, 32) }}, nil, verifier.CheckTimestamp, bad},
		{"timestamp by an authority that is not in the root", signing{kind: v2Stamped, stamp: func(_ *timestamp.Timestamp, c *ca) { *c = other.tsa }}, nil, verifier.CheckTimestamp, unknown},
		{"timestamp by an authority that is not in the root, beside Rekor v1", signing{kind: v1Stamped}, func(pb *trustroot.TrustedRoot) { pb.TimestampAuthorities = nil }, verifier.CheckTimestamp, unknown},
		{"timestamp by a signer for other uses too", signing{kind: v2Stamped, stamp: signer(extendedKeyUsage(true, timeStamping, codeSigning))}, leaveSignerOpen, verifier.CheckTimestamp, bad},
		{"timestamp by a signer not critically for timestamping", signing{kind: v2Stamped, stamp: signer(extendedKeyUsage(false, timeStamping))}, leaveSignerOpen, verifier.CheckTimestamp, bad},
		{"timestamp by a signer for another use", signing{kind: v2Stamped, stamp: signer(extendedKeyUsage(true, codeSigning))}, leaveSignerOpen, verifier.CheckTimestamp, bad},
		{"timestamp by an authority's own key", signing{kind: v2Stamped, stamp: signer(func(c *x509.Certificate) { c.IsCA = true })}, leaveSignerOpen, verifier.CheckTimestamp, bad},
		{"timestamp by an expired signer", signing{kind: v2Stamped, stamp: signer(func(c *x509.Certificate) { c.NotAfter = epoch })}, leaveSignerOpen, verifier.CheckTimestamp, bad},
		{"timestamp by another signer of the authority than the root's", signing{kind: v2Stamped, stamp: signer(func(*x509.Certificate) {})}, nil, verifier.CheckTimestamp, unknown},

		{"timestamp with a certificate that is not the authority's", signing{kind: v2Stamped, stamp: func(ts *timestamp.Timestamp, _ *ca) {
			again := caTemplate("tsa") // the authority's own key, but not the root's certificate
			ts.Certificates = []*x509.Certificate{create(t, again, again, i.tsaRoot.key.Public(), i.tsaRoot.key)}
		}}, nil, verifier.CheckTimestamp, bad},

		{"certificate authority ended", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { end(pb.CertificateAuthorities[0].ValidFor) }, verifier.CheckWindows, bad},
		{"certificate authority not begun", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { begin(pb.CertificateAuthorities[0].ValidFor) }, verifier.CheckWindows, bad},
		{"certificate log ended", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { end(pb.Ctlogs[0].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"certificate log not begun", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { begin(pb.Ctlogs[0].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"log ended", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { end(pb.Tlogs[0].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"log not begun", signing{kind: v1}, func(pb *trustroot.TrustedRoot) { begin(pb.Tlogs[0].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"log ended, Rekor v2", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { end(pb.Tlogs[1].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"log not begun, Rekor v2", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { begin(pb.Tlogs[1].PublicKey.ValidFor) }, verifier.CheckWindows, bad},
		{"timestamp authority ended", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { end(pb.TimestampAuthorities[0].ValidFor) }, verifier.CheckWindows, bad},
		{"timestamp authority not begun", signing{kind: v2Stamped}, func(pb *trustroot.TrustedRoot) { begin(pb.TimestampAuthorities[0].ValidFor) }, verifier.CheckWindows, bad},

		{"no time", signing{kind: v2}, nil, verifier.CheckTime, unproven},

		{"two names in the certificate", signing{kind: v1, leaf: func(c *x509.Certificate) {
			c.EmailAddresses = []string{"ana@example.com", "eve@example.com"}
		}}, nil, verifier.CheckIdentity, unknown},
		{"two kinds of names in the certificate", signing{kind: v1, leaf: func(c *x509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "https", Host: "example.com"}}
		}}, nil, verifier.CheckIdentity, unknown},
		{"a host name in the certificate", signing{kind: v1, leaf: func(c *x509.Certificate) {
			c.EmailAddresses, c.DNSNames = nil, []string{"example.com"}
		}}, nil, verifier.CheckIdentity, unknown},
		{"two issuers in the certificate", signing{kind: v1, leaf: func(c *x509.Certificate) {
			c.ExtraExtensions[0].Value = []byte("https://accounts.example.org")
		}}, nil, verifier.CheckIdentity, unknown},
		{"no issuer in the certificate", signing{kind: v1, leaf: func(c *x509.Certificate) { c.ExtraExtensions = nil }}, nil, verifier.CheckIdentity, unknown},
	}
}

// leaveSignerOpen takes the timestamp authority's signer out of a root, so that
// any with a path to the authority's root will do.
func leaveSignerOpen(pb *trustroot.TrustedRoot) {
	chain := pb.TimestampAuthorities[0].CertChain
	chain.Certificates = chain.Certificates[1:]
}

// resign puts another signature line under the checkpoint's text.
func resign(e *rekorv1.TransparencyLogEntry, note func(text string) string) {
	text, _, _ := strings.Cut(e.InclusionProof.Checkpoint.Envelope, "\n\n")
	e.InclusionProof.Checkpoint.Envelope = note(text + "\n")
}

// witnessLine is a signature line that somebody else has put under a checkpoint.
func witnessLine(name string) string {
	return strings.TrimPrefix(noteLine("", name, []byte{1, 2, 3, 4}, []byte("a cosignature")), "\n")
}

// TestCosignedCheckpoints holds that lines by other keys, wherever they are and
// whatever their names, change nothing and are reported.
func TestCosignedCheckpoints(t *testing.T) {
	t.Parallel()
	i := private()
	other := newInstance(t, "other", elliptic.P256(), elliptic.P256())
	json := rootJSON(t, i.proto(t))
	theirs := sigstoreRoot(t, json)
	v := newVerifier(t, allowAna(t), parseRootJSON(t, json))
	for _, k := range []kind{v1, v1Stamped, v2Stamped} {
		before := func(note string, lines ...string) string {
			return strings.Replace(note, "\n\n", "\n\n"+strings.Join(lines, ""), 1)
		}
		sameName := func(note string) string {
			text, _, _ := strings.Cut(note, "\n\n")
			_, line, _ := strings.Cut(other.note(t, k.version(), text+"\n"), "\n\n")
			return line
		}
		name := map[int]string{1: "rekor.example.com", 2: rekor2Origin}[k.version()]
		witness := verifier.Cosigner{Name: "witness.example.com", KeyHash: "01020304"}
		for _, tt := range []struct {
			name  string
			edit  func(note string) string
			names []string
		}{
			{"witness after the log", func(n string) string { return n + witnessLine(witness.Name) }, []string{witness.Name}},
			{"witness before the log", func(n string) string { return before(n, witnessLine(witness.Name)) }, []string{witness.Name}},
			{"three of them", func(n string) string {
				return before(n, witnessLine("a.example.com"), witnessLine("b.example.com")) + witnessLine("c.example.com/log")
			}, []string{"a.example.com", "b.example.com", "c.example.com/log"}},
			{"another key of the log's name after", func(n string) string { return n + sameName(n) }, []string{name}},
			{"another key of the log's name before", func(n string) string { return before(n, sameName(n)) }, []string{name}},
			{"none", func(n string) string { return n }, nil},
		} {
			t.Run(kindNames[k]+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				signature := i.sign(t, signing{kind: k, payload: payload, entry: func(e *rekorv1.TransparencyLogEntry) {
					e.InclusionProof.Checkpoint.Envelope = tt.edit(e.InclusionProof.Checkpoint.Envelope)
				}})
				r := v.Verify(payload, signature)
				if r.Verdict != verifier.Good {
					t.Errorf("%v (%s)", r.Verdict, r.Reason)
				}
				var names []string
				for _, c := range r.Log.Cosigners {
					names = append(names, c.Name)
					if c.Name == witness.Name && c != witness {
						t.Errorf("%+v, want %+v", c, witness)
					}
				}
				if !slices.Equal(names, tt.names) {
					t.Errorf("cosigners %q, want %q", names, tt.names)
				}
				signed, err := cms.ParsePEM(signature)
				if err != nil {
					t.Fatal(err)
				}
				// Under a checkpoint of Rekor v1, sigstore-go wants each line to be the log's.
				if err := sigstoreVerify(theirs, signed); err != nil && k.version() == 2 {
					t.Errorf("sigstore-go: %v", err)
				}
				findings := v.Examine(payload, signature)
				back, err := v.ParseFindings(v.MarshalFindings(findings), func([32]byte) *x509.Certificate { return findings.Certificate() })
				if err != nil {
					t.Fatal(err)
				}
				if got := v.Decide(policy.Object{}, back); !slices.Equal(got.Log.Cosigners, r.Log.Cosigners) {
					t.Errorf("cosigners after a record: %v", got.Log.Cosigners)
				}
			})
		}
	}
}

// TestForgedEvidence holds that what has one thing wrong is refused by the
// check for that thing and by none before it.
func TestForgedEvidence(t *testing.T) {
	t.Parallel()
	i := private()
	for _, tt := range forgeries(t, i) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.signing.payload == nil {
				tt.signing.payload = payload
			}
			pb := i.proto(t)
			if tt.root != nil {
				tt.root(pb)
			}
			v, signature := newVerifier(t, allowAna(t), parseRoot(t, pb)), i.sign(t, tt.signing)
			r := v.Verify(payload, signature)
			if r.Verdict != tt.verdict {
				t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, tt.verdict)
			}
			if again := v.Verify(payload, signature); again.Verdict != r.Verdict || again.Reason != r.Reason {
				t.Errorf("the second time %v (%s), by what is remembered", again.Verdict, again.Reason)
			}
			first := verifier.Check{}
			for _, c := range r.Checks {
				if c.Outcome == verifier.Failed && c.Name != verifier.CheckPolicy || c.Outcome == verifier.CouldNotTell && (!c.Missing || c.Required) {
					first = c
					break
				}
			}
			if first.Name != tt.check || first.Detail != r.Reason {
				t.Errorf("refused by %q (%s), want %q; reason %q", first.Name, first.Detail, tt.check, r.Reason)
			}
		})
	}
}

// TestHintNamesTheRootWhereItLacksAKey holds that an old trusted root is suspected
// where it does not know who signed, and not where a form is not judged.
func TestHintNamesTheRootWhereItLacksAKey(t *testing.T) {
	t.Parallel()
	i := private()
	hinted := map[string]bool{
		"certificate by an authority that is not in the root":                true,
		"certificate timestamp by another log":                               true,
		"entry of a log that is not in the root":                             true,
		"timestamp by an authority that is not in the root":                  true,
		"timestamp by another signer of the authority than the root's":       true,
		"timestamp by an authority that is not in the root, beside Rekor v1": true,
		"entry of a log that is not in the root, Rekor v2":                   true,
		"entry of another instance's log":                                    true,
		"checkpoint with more lines than are read":                           false,
		"no proof":               false,
		"no promise":             false,
		"a time beside Rekor v2": false,
		"log without a name in the root, Rekor v2": false,
	}
	for _, tt := range forgeries(t, i) {
		want, ok := hinted[tt.name]
		delete(hinted, tt.name)
		if !ok {
			if tt.verdict == verifier.Unknown && strings.Contains(tt.name, "in the root") {
				t.Errorf("%s: not in the table", tt.name)
			}
			continue
		}
		tt.signing.payload = payload
		pb := i.proto(t)
		if tt.root != nil {
			tt.root(pb)
		}
		r := newVerifier(t, allowAna(t), parseRoot(t, pb)).Verify(payload, i.sign(t, tt.signing))
		if got := r.Advice == verifier.AddTrustedRoot || r.Advice == verifier.RefreshTrustedRoot; got != want {
			t.Errorf("%s: %s: advice %q", tt.name, r.Reason, r.Advice)
		}
	}
	for name := range hinted {
		t.Errorf("%s: no such forgery", name)
	}
}

// TestWindowsIncludeTheirEnds signs, logs and stamps on the first and on the
// last second of every window.
func TestWindowsIncludeTheirEnds(t *testing.T) {
	t.Parallel()
	i := private()
	for name, at := range map[string]time.Time{"first": epoch, "last": epoch.Add(10 * time.Minute)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pb := i.proto(t)
			for _, r := range []*common.TimeRange{
				pb.CertificateAuthorities[0].ValidFor, pb.TimestampAuthorities[0].ValidFor,
				pb.Ctlogs[0].PublicKey.ValidFor, pb.Tlogs[0].PublicKey.ValidFor,
			} {
				r.Start, r.End = timestamppb.New(at), timestamppb.New(at)
			}
			signature := i.sign(t, signing{
				kind: v1Stamped, payload: payload, integrated: at,
				sct:   func(s *sctInput) { s.at = at },
				stamp: func(ts *timestamp.Timestamp, _ *ca) { ts.Time = at },
			})
			if r := newVerifier(t, allowAna(t), parseRoot(t, pb)).Verify(payload, signature); r.Verdict != verifier.Good {
				t.Errorf("%v (%s)", r.Verdict, r.Reason)
			}
		})
	}
}
