package gpg

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/gpg/gpgtest"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier"
)

func TestStatusOfEachVerdict(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		verdict verifier.Verdict
		alone   sigStatus // no policy
		judged  sigStatus // a policy stands
		pushed  sigStatus // the same, and the payload is a push certificate
	}{
		{verifier.Good, sigStatus{"GOODSIG", "FULLY"}, sigStatus{"GOODSIG", "FULLY"}, sigStatus{"GOODSIG", "FULLY"}},
		{verifier.Untrusted, sigStatus{"GOODSIG", "UNDEFINED"}, sigStatus{"GOODSIG", "NEVER"}, sigStatus{"ERRSIG", "NEVER"}},
		{verifier.Unproven, sigStatus{"GOODSIG", "UNDEFINED"}, sigStatus{"GOODSIG", "NEVER"}, sigStatus{"ERRSIG", "NEVER"}},
		{verifier.Bad, sigStatus{"BADSIG", "NEVER"}, sigStatus{"BADSIG", "NEVER"}, sigStatus{"BADSIG", "NEVER"}},
		{verifier.Revoked, sigStatus{"REVKEYSIG", "NEVER"}, sigStatus{"REVKEYSIG", "NEVER"}, sigStatus{"ERRSIG", "NEVER"}},
		{verifier.Unknown, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "UNDEFINED"}},
		{verifier.Unsigned, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "NEVER"}},
		{verifier.Unsupported, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "UNDEFINED"}, sigStatus{"ERRSIG", "NEVER"}},
	} {
		t.Run(tc.verdict.String(), func(t *testing.T) {
			t.Parallel()
			if got := statusOf(tc.verdict, false, false); got != tc.alone {
				t.Errorf("without a policy: %v, want %v", got, tc.alone)
			}
			if got := statusOf(tc.verdict, true, false); got != tc.judged {
				t.Errorf("with a policy: %v, want %v", got, tc.judged)
			}
			if got := statusOf(tc.verdict, true, true); got != tc.pushed {
				t.Errorf("push certificate: %v, want %v", got, tc.pushed)
			}
		})
	}
}

func TestExitCodeOfEachVerdict(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[verifier.Verdict]int{
		verifier.Good: 0, verifier.Untrusted: 1, verifier.Unproven: 1, verifier.Bad: 1, verifier.Revoked: 1,
		verifier.Unsigned: 1, verifier.Unsupported: 1, verifier.Unknown: 3, verifier.Verdict(99): 3,
	} {
		if got := judging.ExitCode(verdict); got != want {
			t.Errorf("%v: exit code %d, want %d", verdict, got, want)
		}
	}
	for _, tc := range []struct{ a, b, want int }{{0, 0, 0}, {0, 3, 3}, {3, 0, 3}, {0, 1, 1}, {3, 1, 1}, {1, 3, 1}, {1, 0, 1}} {
		if got := host.Worse(tc.a, tc.b); got != tc.want {
			t.Errorf("worse(%d, %d) = %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

// The law that git's parser rests on: NEWSIG, one verdict, VALIDSIG behind
// GOODSIG alone, one trust line, and all fields in each, whatever the
// certificate holds.
func FuzzWriteStatus(f *testing.F) {
	f.Add(uint8(verifier.Good), true, false, "alice@example.com", int64(1767323045), []byte("certificate"))
	f.Add(uint8(verifier.Untrusted), false, false, "a\n[GNUPG:] TRUST_FULLY 0", int64(0), []byte("certificate"))
	f.Add(uint8(verifier.Bad), false, true, "", int64(-1), []byte(nil))
	f.Add(uint8(verifier.Unknown), false, false, " ", int64(1), []byte(nil))
	f.Add(uint8(verifier.Revoked), true, true, "%\x00\xff", int64(1), []byte("c"))
	f.Fuzz(func(t *testing.T, verdict uint8, policy, pushed bool, identity string, signedAt int64, cert []byte) {
		r := &verifier.Result{Identity: fulcio.CertificateIdentity{SubjectAlternativeName: identity}, SignedAt: time.Unix(signedAt, 0)}
		if cert != nil {
			r.Certificate = &x509.Certificate{Raw: cert, PublicKeyAlgorithm: x509.ECDSA}
		}
		var b bytes.Buffer
		w := NewStatusWriter(&b)
		w.NewSig()
		s := statusOf(verifier.Verdict(verdict), policy, pushed)
		writeStatus(w, s, r)
		if err := gpgtest.CheckStatus(b.String()); err != nil {
			t.Errorf("%v: %q", err, b.String())
		}
	})
}
