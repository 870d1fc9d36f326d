package verifier_test

import (
	"crypto/elliptic"
	"strings"
	"sync"
	"testing"

	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

var payload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Ana <ana@example.com> 1772366400 +0000\ncommitter Ana <ana@example.com> 1772366400 +0000\n\nno final newline")

// private is an instance that tests may share: nothing changes it.
var private = sync.OnceValue(func() *instance {
	return newInstance(new(fatal), "private", elliptic.P256(), elliptic.P256())
})

// fatal is the testing.TB of what is made once for all tests.
type fatal struct{ testing.TB }

func (*fatal) Helper()                           {}
func (*fatal) Fatal(args ...any)                 { panic(args) }
func (*fatal) Fatalf(format string, args ...any) { panic(format) }

func allowAna(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.New("test", policy.Identity{Name: "Ana", Subject: "ana@example.com", Issuer: "https://accounts.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Evidence that is taken away ends as unproven: no downgrade is good.
func TestVerifyByEvidence(t *testing.T) {
	t.Parallel()
	i := private()
	v := newVerifier(t, allowAna(t), i.root(t))
	for _, tt := range []struct {
		kind    kind
		verdict verifier.Verdict
		source  verifier.TimeSource
		reason  string
	}{
		{v1, verifier.Good, verifier.TimeFromLog, ""},
		{v1Stamped, verifier.Good, verifier.TimeFromLog, ""},
		{v2Stamped, verifier.Good, verifier.TimeFromTimestamp, ""},
		{v2, verifier.Unproven, "", "Rekor v2"},
		{stamped, verifier.Unproven, verifier.TimeFromTimestamp, "no log entry"},
		{bare, verifier.Unproven, "", "no log entry"},
	} {
		t.Run(kindNames[tt.kind], func(t *testing.T) {
			t.Parallel()
			r := v.Verify(payload, i.sign(t, signing{kind: tt.kind, payload: payload}))
			if r.Verdict != tt.verdict || r.TimeSource != tt.source || !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("%v (%s) by %q, want %v (%s) by %q", r.Verdict, r.Reason, r.TimeSource, tt.verdict, tt.reason, tt.source)
			}
			if r.Log.Version != tt.kind.version() {
				t.Errorf("log = %+v", r.Log)
			}
			if (r.Timestamp != verifier.TimestampInfo{}) != tt.kind.hasTimestamp() {
				t.Errorf("timestamp = %+v", r.Timestamp)
			}
		})
	}
}

func TestVerifyByPolicy(t *testing.T) {
	t.Parallel()
	i := private()
	signature := i.sign(t, signing{kind: v1, payload: payload, email: "eve@example.com"})
	for _, tt := range []struct {
		name   string
		policy *policy.Policy
		reason string
	}{
		{"none", nil, "there is no policy"},
		{"another's", allowAna(t), `policy does not allow "eve@example.com"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newVerifier(t, tt.policy, i.root(t)).Verify(payload, signature)
			if r.Verdict != verifier.Untrusted || !strings.Contains(r.Reason, tt.reason) || r.Rule != "" {
				t.Errorf("%v (%s) by %q", r.Verdict, r.Reason, r.Rule)
			}
		})
	}
}

// What cannot be read is not verified (CVE-2026-39395).
func TestVerifyBeforeTheChecks(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil, private().root(t))
	for _, tt := range []struct {
		name, signature string
		want            verifier.Verdict
	}{
		{"nothing", "", verifier.Unsigned},
		{"OpenPGP", "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n", verifier.Unsupported},
		{"OpenPGP message", "-----BEGIN PGP MESSAGE-----\n\niQ==\n-----END PGP MESSAGE-----\n", verifier.Unsupported},
		{"SSH", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n", verifier.Unsupported},
		{"one byte", "-", verifier.Bad},
		{"a newline", "\n", verifier.Bad},
		{"a usage text", "Usage:\n  gitsign [flags]\n", verifier.Bad},
		{"empty CMS", "-----BEGIN SIGNED MESSAGE-----\n\n-----END SIGNED MESSAGE-----\n", verifier.Bad},
		{"50 MB", "-----BEGIN SIGNED MESSAGE-----\n" + strings.Repeat("A", 50<<20), verifier.Bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if r := v.Verify(payload, []byte(tt.signature)); r.Verdict != tt.want || r.Reason == "" {
				t.Errorf("%v (%s), want %v", r.Verdict, r.Reason, tt.want)
			}
		})
	}
}

func TestNewRefusesToTrustNothing(t *testing.T) {
	t.Parallel()
	for name, roots := range map[string][]*trust.Root{"none": nil, "nil": {nil}, "empty": {new(trust.Root)}} {
		if _, err := verifier.New(verifier.Options{Roots: roots}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestVerifyInParallel lets one verifier judge many objects at once, for the
// race detector.
func TestVerifyInParallel(t *testing.T) {
	t.Parallel()
	i := private()
	v := newVerifier(t, allowAna(t), i.root(t))
	var wg sync.WaitGroup
	for n := range 24 {
		signature := i.sign(t, signing{kind: []kind{v1, v1Stamped, v2Stamped}[n%3], payload: payload})
		wg.Go(func() {
			for range 3 {
				if r := v.Verify(payload, signature); r.Verdict != verifier.Good {
					t.Errorf("%v (%s)", r.Verdict, r.Reason)
				}
			}
		})
	}
	wg.Wait()
}

// TestPanicIsUnknown holds that a defect inside is neither good (CVE-2026-44310)
// nor the end of the program.
func TestPanicIsUnknown(t *testing.T) {
	t.Parallel()
	signature := private().sign(t, signing{kind: v1, payload: payload})
	r := verifier.Broken().Verify(payload, signature)
	if r.Verdict != verifier.Unknown || !strings.Contains(r.Reason, "broke off") {
		t.Errorf("%v (%s)", r.Verdict, r.Reason)
	}
}

// FuzzVerify holds that nothing makes the judge panic, that whatever is not
// good has a reason, and that nothing is good that sigstore-go refuses.
func FuzzVerify(f *testing.F) {
	i := private()
	pb := i.proto(f)
	leaveSignerOpen(pb) // each process of the fuzzer makes the certificates anew
	v, theirs := newVerifier(f, allowAna(f), parseRoot(f, pb)), sigstoreRoot(f, rootJSON(f, pb))
	for k := range kindNames {
		f.Add(decodeArmor(f, i.sign(f, signing{kind: k, payload: payload})))
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		r := v.Verify(payload, armor(der))
		switch {
		case strings.Contains(r.Reason, "broke off"):
			t.Fatal(r.Reason)
		case r.Verdict != verifier.Good:
			if r.Reason == "" {
				t.Fatalf("%v without a reason", r.Verdict)
			}
			return
		}
		signed, err := cms.Parse(der)
		if err != nil {
			t.Fatalf("good, but: %v", err)
		}
		if err := sigstoreVerify(theirs, signed); err != nil {
			t.Fatalf("good, but sigstore-go: %v", err)
		}
	})
}
