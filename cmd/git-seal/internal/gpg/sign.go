package gpg

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/signing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/signer"
)

// Sign signs the payload on stdin for git. Git takes what is on stdout for a
// signature if the exit code is 0 and SIG_CREATED is on the status-fd. So neither
// happens before the signature has been verified and written completely.
func Sign(h *host.Host, call Call) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that is gone must be a write error, and not end the process
	ctx, stop := host.UntilInterrupted(context.Background())
	defer stop()
	if err := sign(ctx, h, call); err != nil {
		f := why.From(err, host.ExitNotGood)
		if ctx.Err() != nil && (f.Reason != why.Interrupted || f.Hint == "") { // whatever error the interrupted step reports
			f = host.Fail(host.ExitNotGood, "interrupted").WithHint("nothing was signed; run it again").Because(why.Interrupted)
		}
		NotSigned(ctx, h, f)
		return f.Code
	}
	h.TellTerminal(ctx, nil)
	why.FailureOver(h)
	return host.ExitGood
}

// NotSigned reports a failed signature: on stderr, on the terminal if git hides
// stderr, and for git seal why. It ignores an error of saving it for git seal why,
// which is not what the user needs to know now.
func NotSigned(ctx context.Context, h *host.Host, f *host.Failure) {
	told := *f
	told.Kept = why.KeepFailure(h, f) == nil
	h.Report(&told)
	h.TellTerminal(ctx, &told)
}

func sign(ctx context.Context, h *host.Host, call Call) (err error) {
	config := settings.StartReadConfig(ctx, h)
	statusFD, err := host.OpenFD(call.StatusFD)
	if err != nil {
		return host.Fail(host.ExitNotGood, "status-fd %d: %w", call.StatusFD, err).WithHint("git reads SIG_CREATED there").Because(why.Stream)
	}
	stdout, err := host.OpenFD(int(h.Stdout.Fd()))
	if err != nil {
		return host.Fail(host.ExitNotGood, "stdout: %w", err).WithHint("git reads the signature there").Because(why.Stream)
	}
	payload, err := readPayload(ctx, h)
	if err != nil {
		return why.Because(why.Stream, err)
	}
	defer func() { err = why.WithFallback(ctx, err, payload) }()
	c, err := config()
	if err != nil {
		return why.Because(why.Git, err)
	}
	vals, err := settings.Load(h, c, nil, settings.Signing)
	if err != nil {
		return why.Because(why.Setting, err)
	}
	trees := settings.WorkTrees(h, c)
	if err := instance.Refresh(ctx, h, vals, trees); err != nil {
		return why.Because(why.TrustUpdate, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood))
	}
	roots, err := instance.TrustedRoots(h, vals, trees) // first: what cannot be verified must not reach a public log
	if err != nil {
		return why.Because(why.TrustedRoot, why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood))
	}
	began := h.Now()
	signature, services, err := signing.Signature(ctx, h, vals, trees, payload, roots)
	if err != nil {
		return err
	}
	if err := signing.VerifyOwn(payload, signature, roots, services, h.Now().Sub(began)); err != nil {
		return why.Because(why.OwnSignature, err)
	}
	return why.Because(why.Stream, deliver(h, stdout, NewStatusWriter(statusFD), signature))
}

// deliver passes a signature to git: all of it on stdout, then SIG_CREATED.
func deliver(h *host.Host, stdout *os.File, status *StatusWriter, signature *signer.Signature) error {
	const hint = "git got no signature: free some disk space, then run it again"
	if _, err := stdout.Write(signature.PEM); err != nil {
		return host.Fail(host.ExitNotGood, "stdout: %w", host.Underlying(err)).WithHint(hint)
	}
	if err := stdout.Close(); err != nil {
		return host.Fail(host.ExitNotGood, "stdout: %w", host.Underlying(err)).WithHint(hint)
	}
	cert := signature.Certificate
	pubkey, hash := algorithms(cert)
	status.SigCreated(SigCreated{PubkeyAlgo: pubkey, HashAlgo: hash, Time: h.Now(), Fingerprint: fulcio.Fingerprint(cert)})
	if err := status.Err(); err != nil {
		return host.Fail(host.ExitNotGood, "%w", err).WithHint(hint)
	}
	return nil
}
