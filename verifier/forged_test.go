package verifier_test

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	common "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	rekorv1 "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/git-seal/git-seal/verifier"
)

// forgery is a signature with one thing wrong, or a trusted root that lacks
// one thing, and the check that must say so.
type forgery struct {
	name    string
	signing signing
	root    func(*trustroot.TrustedRoot)
	check   string
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
		{"checkpoint with a witness's signature", signing{kind: v1, entry: func(e *rekorv1.TransparencyLogEntry) {
			e.InclusionProof.Checkpoint.Envelope += "\u2014 witness.example.com AAAAAAAA\n"
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
			r := newVerifier(t, allowAna(t), parseRoot(t, pb)).Verify(payload, i.sign(t, tt.signing))
			if r.Verdict != tt.verdict {
				t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, tt.verdict)
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
