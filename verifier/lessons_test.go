package verifier_test

import (
	"crypto/elliptic"
	"fmt"
	"strings"
	"testing"
	"time"

	trustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestIdentityIsOfTheKeyThatVerified puts the genuine certificate of somebody
// whom the policy allows into a stranger's signature: CVE-2026-39984, where one
// certificate verified and the first of the message was authorised.
func TestIdentityIsOfTheKeyThatVerified(t *testing.T) {
	t.Parallel()
	i := private()
	ana := i.issue(t, &signing{email: "ana@example.com"}, newKey(t, elliptic.P256()).Public())
	for _, tt := range []struct {
		name  string
		parts func(*parts)
		want  verifier.Verdict
	}{
		{"nowhere", nil, verifier.Untrusted},
		{"beside the signer's", func(p *parts) { p.certificates = append(p.certificates, ana.Raw) }, verifier.Unknown},
		{"named by the signature, beside the signer's", func(p *parts) { p.certificates, p.signer = append(p.certificates, ana.Raw), ana }, verifier.Bad},
		{"instead of the signer's", func(p *parts) { p.certificates, p.signer = [][]byte{ana.Raw}, ana }, verifier.Bad},
	} {
		for _, k := range []kind{v1, v2Stamped} {
			t.Run(tt.name+", "+kindNames[k], func(t *testing.T) {
				t.Parallel()
				signature := i.sign(t, signing{kind: k, payload: payload, email: "eve@example.com", parts: tt.parts})
				r := newVerifier(t, allowAna(t), i.root(t)).Verify(payload, signature)
				if r.Verdict != tt.want {
					t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, tt.want)
				}
				verified := r.Check(verifier.CheckSignature).Outcome == verifier.Passed
				if verified != (r.Identity.SubjectAlternativeName == "eve@example.com") {
					t.Errorf("identity %q, signature verified: %v", r.Identity.SubjectAlternativeName, verified)
				}
			})
		}
	}
}

// TestMessagesDoNotWidenTrust lets one verifier judge a message that brings an
// intermediate authority which the root's has certified and the root does not
// list, before and after one that relies on it: elsewhere the certificates of
// a message went into the pool that all later ones were judged with.
func TestMessagesDoNotWidenTrust(t *testing.T) {
	t.Parallel()
	i := private()
	unlisted := *i
	unlisted.fulcio = i.fulcioRoot.issuing(t, newKey(t, elliptic.P256()))
	v := newVerifier(t, allowAna(t), i.root(t))
	bringing := unlisted.sign(t, signing{kind: v1, payload: payload, parts: func(p *parts) { p.certificates = append(p.certificates, unlisted.fulcio.cert.Raw) }})
	relying := unlisted.sign(t, signing{kind: v1, payload: payload})
	listed := i.sign(t, signing{kind: v1, payload: payload})
	for range 2 {
		for name, signature := range map[string][]byte{"bringing": bringing, "relying": relying} {
			r := v.Verify(payload, signature)
			if r.Verdict != verifier.Bad && r.Verdict != verifier.Unknown || r.Check(verifier.CheckCertificate).Outcome == verifier.Passed {
				t.Errorf("%s: %v (%s)", name, r.Verdict, r.Reason)
			}
		}
		if r := v.Verify(payload, listed); r.Verdict != verifier.Good {
			t.Errorf("listed: %v (%s)", r.Verdict, r.Reason)
		}
	}
}

// TestDatesDecideNothing gives dates to object and signer that the log's time
// contradicts. Of 160,000 real signatures 745 claim a time and 68,354 bear a
// commit date before their certificate begins, and logs take commits in up to
// seven days after their date.
func TestDatesDecideNothing(t *testing.T) {
	t.Parallel()
	i := private()
	v := newVerifier(t, allowAna(t), i.root(t))
	const hour, day = time.Hour, 24 * time.Hour
	for _, tt := range []struct {
		name              string
		committed, signed time.Duration // after the certificate begins
	}{
		{"commit date a second before the certificate", -time.Second, 0},
		{"commit date seven days before the log's time", -7 * day, 0},
		{"commit date of another age", -50 * 365 * day, 0},
		{"commit date after the certificate", day, 0},
		{"signingTime a second before the certificate", 0, -time.Second},
		{"signingTime an hour before the certificate", 0, -hour},
		{"signingTime after the certificate", 0, hour},
		{"both long before", -20 * 365 * day, -20 * 365 * day},
	} {
		for _, k := range []kind{v1, v1Stamped, v2Stamped} {
			t.Run(tt.name+", "+kindNames[k], func(t *testing.T) {
				t.Parallel()
				was, is := fmt.Sprintf("> %d +0000", epoch.Unix()), fmt.Sprintf("> %d +0000", epoch.Add(tt.committed).Unix())
				payload := []byte(strings.ReplaceAll(string(payload), was, is))
				if !strings.Contains(string(payload), is) {
					t.Fatalf("no date in %q", payload)
				}
				r := v.Verify(payload, i.sign(t, signing{kind: k, payload: payload, claimed: epoch.Add(tt.signed)}))
				if r.Verdict != verifier.Good {
					t.Errorf("%v (%s)", r.Verdict, r.Reason)
				}
				if !r.SigningTime.Equal(epoch.Add(tt.signed)) || r.SignedAt.Before(epoch) || r.SignedAt.After(epoch.Add(10*time.Minute)) {
					t.Errorf("signed at %v, claimed %v", r.SignedAt, r.SigningTime)
				}
			})
		}
	}
}

// TestLogsNeedAWindow holds that a root which does not say from when on a log's
// key counts is not read as one that counts from 1970 on (CVE-2026-54787).
// Authorities have the windows of their certificates besides.
func TestLogsNeedAWindow(t *testing.T) {
	t.Parallel()
	for name, logs := range map[string]func(*trustroot.TrustedRoot) *trustroot.TransparencyLogInstance{
		"log":             func(pb *trustroot.TrustedRoot) *trustroot.TransparencyLogInstance { return pb.Tlogs[0] },
		"log, Rekor v2":   func(pb *trustroot.TrustedRoot) *trustroot.TransparencyLogInstance { return pb.Tlogs[1] },
		"certificate log": func(pb *trustroot.TrustedRoot) *trustroot.TransparencyLogInstance { return pb.Ctlogs[0] },
	} {
		for _, missing := range []string{"window", "beginning"} {
			pb := private().proto(t)
			key := logs(pb).PublicKey
			if key.ValidFor.Start = nil; missing == "window" {
				key.ValidFor = nil
			}
			if _, err := trust.ParseRoot("test", "test", rootJSON(t, pb)); err == nil {
				t.Errorf("%s without a %s: read", name, missing)
			}
		}
	}
}

// TestOneLogCountsOnce repeats what a log or an authority has said, and lists a
// log twice: a threshold was met so by one log (CVE-2026-49834).
func TestOneLogCountsOnce(t *testing.T) {
	t.Parallel()
	i := private()
	twice := func(p *parts) { p.unsigned = append(p.unsigned, p.unsigned...) }
	for _, k := range []kind{v1, v1Stamped, v2Stamped, stamped} {
		r := newVerifier(t, allowAna(t), i.root(t)).Verify(payload, i.sign(t, signing{kind: k, payload: payload, parts: twice}))
		if r.Verdict != verifier.Bad {
			t.Errorf("%s: %v (%s)", kindNames[k], r.Verdict, r.Reason)
		}
	}
	for name, repeat := range map[string]func(*trustroot.TrustedRoot){
		"log":             func(pb *trustroot.TrustedRoot) { pb.Tlogs = append(pb.Tlogs, pb.Tlogs[0]) },
		"certificate log": func(pb *trustroot.TrustedRoot) { pb.Ctlogs = append(pb.Ctlogs, pb.Ctlogs[0]) },
	} {
		pb := i.proto(t)
		repeat(pb)
		if _, err := trust.ParseRoot("test", "test", rootJSON(t, pb)); err == nil {
			t.Errorf("a root that lists one %s twice is read", name)
		}
	}
}
