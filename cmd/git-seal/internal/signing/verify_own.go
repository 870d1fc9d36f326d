package signing

import (
	"fmt"
	"slices"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cms"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// VerifyOwn holds a signature just made to what will be asked of it: our own
// verifier with the configured roots, and another implementation of CMS. Without
// a policy the best verdict is untrusted; where no log is configured its
// absence is what was asked for. An error names the service whose answer does
// not hold, and the time that the signature took.
func VerifyOwn(payload []byte, signature *signer.Signature, roots []*trust.Root, services signer.Services, took time.Duration) error {
	const claim = "the signature just made does not verify"
	v, err := verifier.New(verifier.Options{Roots: roots})
	if err != nil {
		return err
	}
	r := v.Verify(payload, signature.PEM)
	if r.Verdict != verifier.Untrusted && !(len(services.Rekor) == 0 && onlyLogIsMissing(r)) {
		return host.Fail(host.ExitNotGood, "%s%s: %s: %s (after %s)", AnswerOf(r, services), claim, r.Verdict, r.Reason, took.Round(time.Millisecond)).
			WithHint("nothing was written; do seal.trustedRoot and seal.signingConfig belong to the same instance?")
	}
	if err := cms.SecondOpinion(signature.DER, payload); err != nil {
		return host.Fail(host.ExitNotGood, "%s: second opinion: %w", claim, err).WithHint("nothing was written; please report this")
	}
	return nil
}

// onlyLogIsMissing tells a signature that would be untrusted with a log entry.
func onlyLogIsMissing(r *verifier.Result) bool {
	return r.Verdict == verifier.Unproven && !slices.ContainsFunc(r.Checks, func(c verifier.Check) bool {
		return c.Missing && c.Required && c.Name != verifier.CheckLogEntry
	})
}

// AnswerOf names the service whose answer a check has not accepted, as errors of
// services begin; "" where it is none's alone.
func AnswerOf(r *verifier.Result, services signer.Services) string {
	for _, c := range r.Checks {
		if c.Outcome == verifier.Passed || c.Missing && !c.Required || c.Detail != r.Reason {
			continue
		}
		switch c.Name {
		case verifier.CheckCertificate, verifier.CheckCertificateTimestamp, verifier.CheckIdentity:
			return fmt.Sprintf("%s %s: ", signer.Fulcio, services.Fulcio)
		case verifier.CheckLogEntry, verifier.CheckInclusionProof, verifier.CheckCheckpoint, verifier.CheckSignedEntryTimestamp:
			if len(services.Rekor) > 0 {
				return fmt.Sprintf("%s %s: ", signer.Rekor, services.Rekor[0].URL)
			}
		case verifier.CheckTimestamp:
			if len(services.TimestampAuthorities) > 0 {
				return fmt.Sprintf("%s %s: ", signer.TimestampAuthority, services.TimestampAuthorities[0])
			}
		}
	}
	return ""
}
