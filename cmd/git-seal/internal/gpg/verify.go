package gpg

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// maxSignatureFile bounds what is read of a signature's file: more than the
// verifier accepts, so that it is the one to say that it is too large.
const maxSignatureFile = 2 << 20

// Verify verifies a signature for git. Whatever happens, git gets one verdict on the
// status-fd: a signature that could not be verified is ERRSIG, because git reads
// silence as "no signature".
func Verify(h *host.Host, call Call) int {
	statusFD, err := host.OpenFD(call.StatusFD)
	if err != nil {
		h.Report(host.Fail(host.ExitUnknown, "status-fd %d: %w", call.StatusFD, err).WithHint("git reads the verdict there"))
		return host.ExitUnknown
	}
	status := NewStatusWriter(statusFD)
	status.NewSig()
	code := judgeForGit(context.Background(), h, call, status)
	if err := status.Err(); err != nil {
		h.Report(host.Fail(host.ExitUnknown, "%w", err).WithHint("git reads the verdict there"))
		return host.ExitUnknown
	}
	return code
}

func judgeForGit(ctx context.Context, h *host.Host, call Call, status *StatusWriter) int {
	j, err := judgeSignature(ctx, h, call.Signature)
	if err != nil {
		writeStatus(status, statusOf(verifier.Unknown, false, false), &verifier.Result{})
		h.Report(why.From(err, host.ExitUnknown))
		return host.ExitUnknown
	}
	writeStatus(status, statusOf(j.Verdict, j.Policy != nil, j.Pushed), j.Result)
	for i, line := range j.Details() {
		if i == 0 {
			line = j.Verdict.String() + ": " + strings.TrimPrefix(line, "why: ")
		}
		h.Say("%s", line)
	}
	return judging.ExitCode(j.Verdict)
}

// judgeSignature verifies the signature in a file over the payload on stdin. It reads
// git's configuration in the background, because git log --show-signature runs this
// once for each commit.
func judgeSignature(ctx context.Context, h *host.Host, file string) (*judging.Judgement, error) {
	config := settings.StartReadConfig(ctx, h)
	payload, err := readPayload(ctx, h)
	if err != nil {
		return nil, err
	}
	signature, err := readSignature(file)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	c, err := config()
	if err != nil {
		return nil, err
	}
	vals, err := settings.Load(h, c, nil, settings.Judging)
	if err != nil {
		return nil, err
	}
	repo := git.New(settings.GitOptions(h))
	defer repo.Close()
	judge, ready := judging.Start(ctx, h, vals, c, repo, nil)
	findings := judge.Examine(payload, signature)
	if err := ready(); err != nil {
		return nil, err
	}
	if findings == nil { // another scheme: gpg.program may name git-seal too
		if err := judge.ReadKeys(); err != nil {
			return nil, err
		}
	}
	j := &judging.Judgement{Policy: judge.Policy, Object: judging.Reassemble(payload, signature), Pushed: judging.IsPushCertificate(payload)}
	if object, err := judging.SignedPayload(payload); err != nil {
		j.Result = judging.Unreadable(err)
	} else {
		j.Result = judge.Decide(object, payload, signature, findings)
	}
	return j, nil
}

func readSignature(file string) (signature []byte, err error) {
	ended := host.TraceRead(file)
	defer func() { ended(len(signature), err) }()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSignatureFile))
}
