package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

// maxSignatureFile bounds what is read of a signature's file: more than the
// verifier accepts, so that it is the one to say that it is too large.
const maxSignatureFile = 2 << 20

// verifyForGit judges a signature for git. Whatever happens, git gets one
// verdict on the status-fd: what could not be judged is ERRSIG, because
// silence would read as "no signature".
func (h *host) verifyForGit(call gpgCall) int {
	statusFD, err := openFD(call.StatusFD)
	if err != nil {
		h.report(fail(exitUnknown, "status-fd %d: %w", call.StatusFD, err).withHint("git reads the verdict there"))
		return exitUnknown
	}
	status := git.NewStatusWriter(statusFD)
	status.NewSig()
	code := h.judgeForGit(context.Background(), call, status)
	if err := status.Err(); err != nil {
		h.report(fail(exitUnknown, "%w", err).withHint("git reads the verdict there"))
		return exitUnknown
	}
	return code
}

func (h *host) judgeForGit(ctx context.Context, call gpgCall, status *git.StatusWriter) int {
	j, err := h.judgeSignature(ctx, call.Signature)
	if err != nil {
		writeStatus(status, statusOf(verifier.Unknown, false, false), &verifier.Result{})
		h.report(asFailure(err, exitUnknown))
		return exitUnknown
	}
	writeStatus(status, statusOf(j.Verdict, j.policy != nil, j.pushed), j.Result)
	for i, line := range j.details() {
		if i == 0 {
			line = j.Verdict.String() + ": " + strings.TrimPrefix(line, "why: ")
		}
		h.say("%s", line)
	}
	return exitCode(j.Verdict)
}

// judgeSignature judges the signature in a file over the payload on stdin. Git's
// configuration is read beside the rest: git log --show-signature comes here
// once for each commit.
func (h *host) judgeSignature(ctx context.Context, file string) (*judgement, error) {
	config := h.startReadConfig(ctx)
	payload, err := h.readPayload(ctx)
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
	vals, err := h.loadSettings(c, nil, judging)
	if err != nil {
		return nil, err
	}
	repo := git.New(h.gitOptions())
	defer repo.Close()
	judge, ready := h.startJudge(ctx, vals, c, repo, nil)
	verifier.Prepare(judge.roots, signature)
	if err := ready(); err != nil {
		return nil, err
	}
	j := &judgement{policy: judge.policy, object: reassemble(payload, signature), pushed: isPushCertificate(payload)}
	if object, err := signedPayload(payload); err != nil {
		j.Result = unreadable(err)
	} else {
		j.Result = judge.verify(object, payload, signature)
	}
	return j, nil
}

func readSignature(file string) (signature []byte, err error) {
	ended := traceRead(file)
	defer func() { ended(len(signature), err) }()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSignatureFile))
}
