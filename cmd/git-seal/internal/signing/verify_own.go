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

// VerifyOwn verifies a new signature with our own verifier and the configured trusted
// roots, and with another implementation of CMS. Without a policy the best verdict is
// untrusted. A missing log entry is accepted if no log is configured. An error names
// the service whose answer is not valid, and how long the signature took.
func VerifyOwn(payload []byte, signature *signer.Signature, roots []*trust.Root, services signer.Services, took time.Duration) error {
	const claim = "the new signature is not valid"
	v, err := verifier.New(verifier.Options{Roots: roots})
	if err != nil {
		return err
	}
	r := v.Verify(payload, signature.PEM)
	if r.Verdict != verifier.Untrusted && !(len(services.Rekor) == 0 && onlyLogIsMissing(r)) {
		return host.Fail(host.ExitNotGood, "%s%s: %s: %s (after %s)", AnswerOf(r, services), claim, r.Verdict, r.Reason, took.Round(time.Millisecond)).
			WithHint("nothing was signed; check that seal.trustedRoot and seal.signingConfig belong to the same instance")
	}
	if err := cms.SecondOpinion(signature.DER, payload); err != nil {
		return host.Fail(host.ExitNotGood, "%s: the second implementation refused it: %w", claim, err).WithHint("nothing was signed; please report this")
	}
	return nil
}

// onlyLogIsMissing reports whether the signature lacks only a log entry.
func onlyLogIsMissing(r *verifier.Result) bool {
	return r.Verdict == verifier.Unproven && !slices.ContainsFunc(r.Checks, func(c verifier.Check) bool {
		return c.Missing && c.Required && c.Name != verifier.CheckLogEntry
	})
}

// AnswerOf names the service whose answer a check did not accept, in the form of
// errors of services, or returns "" if it is not the answer of one service.
func AnswerOf(r *verifier.Result, services signer.Services) string {
	for _, c := range r.Checks {
		if c.Outcome == verifier.Passed || c.Missing && !c.Required || c.Detail != r.Reason {
			continue
		}
		switch c.Name {
		case verifier.CheckCertificate, verifier.CheckCertificateTimestamp, verifier.CheckIdentity:
			return fmt.Sprintf("%s (%s): ", signer.Fulcio, services.Fulcio)
		case verifier.CheckLogEntry, verifier.CheckInclusionProof, verifier.CheckCheckpoint, verifier.CheckSignedEntryTimestamp:
			if len(services.Rekor) > 0 {
				return fmt.Sprintf("%s (%s): ", signer.Rekor, services.Rekor[0].URL)
			}
		case verifier.CheckTimestamp:
			if len(services.TimestampAuthorities) > 0 {
				return fmt.Sprintf("%s (%s): ", signer.TimestampAuthority, services.TimestampAuthorities[0])
			}
		}
	}
	return ""
}
