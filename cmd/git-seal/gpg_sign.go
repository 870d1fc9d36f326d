package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/git-seal/git-seal/cms"
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
		if f.hint == "" && ctx.Err() != nil {
			f = fail(exitNotGood, "interrupted").withHint("nothing was signed; run it again")
		}
		h.report(f)
		h.tellTerminal(ctx, f)
		return f.code
	}
	h.tellTerminal(ctx, nil)
	return exitGood
}

func (h *host) sign(ctx context.Context, call gpgCall) error {
	config := h.startReadConfig(ctx)
	statusFD, err := openFD(call.StatusFD)
	if err != nil {
		return fail(exitNotGood, "status-fd %d: %w", call.StatusFD, err).withHint("git waits there for SIG_CREATED")
	}
	stdout, err := openFD(int(h.stdout.Fd()))
	if err != nil {
		return fail(exitNotGood, "stdout: %w", err).withHint("git reads the signature there")
	}
	payload, err := h.readPayload(ctx)
	if err != nil {
		return err
	}
	c, err := config()
	if err != nil {
		return err
	}
	vals, err := h.loadSettings(c, nil, signing)
	if err != nil {
		return err
	}
	roots, err := trustedRoots(vals, h.workTrees(c)) // first: what cannot be verified must not reach a public log
	if err != nil {
		return asFailure(err, exitNotGood).withCode(exitNotGood)
	}
	signature, services, err := h.signature(ctx, vals, payload, roots)
	if err != nil {
		return err
	}
	if err := verifyOwn(payload, signature, roots, services); err != nil {
		return err
	}
	return h.deliver(stdout, git.NewStatusWriter(statusFD), signature)
}

// signature asks the services that the settings name for a signature, whose
// parts are verified while the last of them are being asked.
func (h *host) signature(ctx context.Context, vals values, payload []byte, roots []*trust.Root) (*signer.Signature, signer.Services, error) {
	services, err := h.services(vals)
	if err != nil {
		return nil, services, err
	}
	token, err := h.token(vals)
	if err != nil {
		return nil, services, err
	}
	o := signer.Options{
		Services:  services,
		Timestamp: signer.TimestampMode(vals.text(settingTimestamp, "")),
		Audience:  vals.text(settingClientID, ""),
		Timeout:   vals.timeout(),
		Now:       h.now,
		Warn:      func(w string) { h.warn("%s", w) },

		Certified:   func(c *x509.Certificate) { verifier.PrepareCertificate(roots, c) },
		Timestamped: func(token, signature []byte) { verifier.PrepareTimestamp(roots, token, signature) },
	}
	if h.trace != nil {
		o.Trace = h.traceRequest
	}
	s, err := signer.New(o)
	if err != nil {
		return nil, services, err
	}
	signature, err := s.Sign(ctx, payload, h.traceToken(token))
	if bad := (*signer.TokenError)(nil); errors.As(err, &bad) && !strings.Contains(bad.Detail, token.from) {
		err = fmt.Errorf("%s: %w", token.from, err)
	}
	return signature, services, err
}

// tokenOrigin is where the ID token comes from.
type tokenOrigin struct {
	source signer.TokenSource
	from   string // for people: a variable or a file
}

func (h *host) token(vals values) (tokenOrigin, error) {
	const env = "SIGSTORE_ID_TOKEN"
	if text, ok := h.getenv(env); ok && text != "" {
		return tokenOrigin{signer.StaticToken(strings.TrimSpace(text)), env}, nil
	}
	if file, ok := vals.one(settingTokenFile); ok {
		return tokenOrigin{signer.FileToken(file.Text), file.Text}, nil
	}
	return tokenOrigin{}, fail(exitNotGood, "no ID token").withHint("put one into SIGSTORE_ID_TOKEN, or name its file: git config seal.tokenFile FILE")
}

// verifyOwn holds a signature just made to what will be asked of it: our own
// verifier with the configured roots, and another implementation of CMS. Without
// a policy the best verdict is untrusted; where no log is configured its
// absence is what was asked for.
func verifyOwn(payload []byte, signature *signer.Signature, roots []*trust.Root, services signer.Services) error {
	v, err := verifier.New(verifier.Options{Roots: roots})
	if err != nil {
		return err
	}
	r := v.Verify(payload, signature.PEM)
	if r.Verdict != verifier.Untrusted && !(len(services.Rekor) == 0 && onlyLogIsMissing(r)) {
		return fail(exitNotGood, "the signature just made does not verify: %s: %s", r.Verdict, r.Reason).
			withHint("nothing was written; do seal.trustedRoot and seal.signingConfig belong to the same instance?")
	}
	if err := cms.SecondOpinion(signature.DER, payload); err != nil {
		return fail(exitNotGood, "the signature just made does not verify: second opinion: %w", err).
			withHint("nothing was written; please report this")
	}
	return nil
}

// onlyLogIsMissing tells a signature that would be untrusted with a log entry.
func onlyLogIsMissing(r *verifier.Result) bool {
	return r.Verdict == verifier.Unproven && !slices.ContainsFunc(r.Checks, func(c verifier.Check) bool {
		return c.Missing && c.Required && c.Name != verifier.CheckLogEntry
	})
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
