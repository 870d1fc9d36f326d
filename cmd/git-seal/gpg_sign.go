package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// signForGit signs the payload on stdin for git. Git takes what stands on
// stdout for a signature if the exit code is 0 and SIG_CREATED is on the
// status-fd, so neither happens before the signature has been verified and
// written whole.
func (h *host) signForGit(call gpgCall) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that has gone is an error of writing, not the end
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process, whatever it waits for
	if err := h.sign(ctx, call); err != nil {
		f := asFailure(err, exitNotGood)
		if ctx.Err() != nil && (f.reason != whyInterrupted || f.hint == "") { // whatever the step says that it died of
			f = fail(exitNotGood, "interrupted").withHint("nothing was signed; run it again").because(whyInterrupted)
		}
		h.notSigned(ctx, f)
		return f.code
	}
	h.tellTerminal(ctx, nil)
	h.failureOver()
	return exitGood
}

// notSigned tells of a signature that failed: on stderr, on the terminal where
// git keeps stderr to itself, and to git seal why. That it cannot be kept is not
// what the user has to know of now.
func (h *host) notSigned(ctx context.Context, f *failure) {
	told := *f
	told.kept = h.keepFailure(f) == nil
	h.report(&told)
	h.tellTerminal(ctx, &told)
}

func (h *host) sign(ctx context.Context, call gpgCall) (err error) {
	config := h.startReadConfig(ctx)
	statusFD, err := openFD(call.StatusFD)
	if err != nil {
		return fail(exitNotGood, "status-fd %d: %w", call.StatusFD, err).withHint("git waits there for SIG_CREATED").because(whyStream)
	}
	stdout, err := openFD(int(h.stdout.Fd()))
	if err != nil {
		return fail(exitNotGood, "stdout: %w", err).withHint("git reads the signature there").because(whyStream)
	}
	payload, err := h.readPayload(ctx)
	if err != nil {
		return because(whyStream, err)
	}
	defer func() { err = withWayOut(ctx, err, payload) }()
	c, err := config()
	if err != nil {
		return because(whyGit, err)
	}
	vals, err := h.loadSettings(c, nil, signing)
	if err != nil {
		return because(whySetting, err)
	}
	trees := h.workTrees(c)
	if err := h.refreshTrust(ctx, vals, trees); err != nil {
		return because(whyTrustUpdate, asFailure(err, exitNotGood).withCode(exitNotGood))
	}
	roots, err := h.trustedRoots(vals, trees) // first: what cannot be verified must not reach a public log
	if err != nil {
		return because(whyTrustedRoot, asFailure(err, exitNotGood).withCode(exitNotGood))
	}
	began := h.now()
	signature, services, err := h.signature(ctx, vals, trees, payload, roots)
	if err != nil {
		return err
	}
	if err := verifyOwn(payload, signature, roots, services, h.now().Sub(began)); err != nil {
		return because(whyOwnSignature, err)
	}
	return because(whyStream, h.deliver(stdout, git.NewStatusWriter(statusFD), signature))
}

// signature asks the services that the settings name for a signature, whose
// parts are verified while the last of them are being asked.
func (h *host) signature(ctx context.Context, vals values, trees []string, payload []byte, roots []*trust.Root) (*signer.Signature, signer.Services, error) {
	services, err := h.services(vals, trees)
	if err != nil {
		return nil, services, because(whyServices, err)
	}
	token, err := h.token(vals, services)
	if err != nil {
		return nil, services, because(whyTokenMissing, err)
	}
	o := signer.Options{
		Services:  services,
		Timestamp: signer.TimestampMode(vals.text(settingTimestamp, "")),
		Audience:  vals.text(settingClientID, ""),
		Issuers:   token.issuers,
		Timeout:   vals.timeout(),
		Now:       h.now,
		Warn:      func(w string) { h.warn("%s", w) },

		BeforeSend:  h.beforeSend(vals, services, payload),
		Certified:   func(c *x509.Certificate) { verifier.PrepareCertificate(roots, c) },
		Timestamped: func(token, signature []byte) { verifier.PrepareTimestamp(roots, token, signature) },
	}
	if h.trace != nil {
		o.Trace = h.traceRequest
	}
	s, err := signer.New(o)
	if err != nil {
		return nil, services, because(whyServices, err)
	}
	signature, err := s.Sign(ctx, payload, h.traceToken(token))
	if bad := (*signer.TokenError)(nil); errors.As(err, &bad) && !strings.Contains(bad.Detail, token.from) {
		err = fmt.Errorf("%s: %w", token.from, err)
	}
	return signature, services, err
}

// deliver hands a signature to git: all of it on stdout, then SIG_CREATED.
func (h *host) deliver(stdout *os.File, status *git.StatusWriter, signature *signer.Signature) error {
	const hint = "nothing was signed as far as git is concerned; run it again when there is room to write"
	if _, err := stdout.Write(signature.PEM); err != nil {
		return fail(exitNotGood, "stdout: %w", underlying(err)).withHint(hint)
	}
	if err := stdout.Close(); err != nil {
		return fail(exitNotGood, "stdout: %w", underlying(err)).withHint(hint)
	}
	cert := signature.Certificate
	pubkey, hash := algorithms(cert)
	status.SigCreated(git.SigCreated{PubkeyAlgo: pubkey, HashAlgo: hash, Time: h.now(), Fingerprint: fingerprint(cert)})
	if err := status.Err(); err != nil {
		return fail(exitNotGood, "%w", err).withHint(hint)
	}
	return nil
}

// underlying is an error without the name that os gives a standard stream.
func underlying(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
