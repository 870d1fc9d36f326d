package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/signing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier"
)

func TestServiceHints(t *testing.T) {
	t.Parallel()
	const own, public = "https://fulcio.example.com", "https://fulcio.sigstore.dev"
	refused := errors.New("connection refused")
	for _, tc := range []struct {
		name string
		err  signer.ServiceError
		want string
	}{
		{"interrupted", signer.ServiceError{Service: signer.Fulcio, URL: own, Err: context.Canceled}, "nothing was signed; run it again"},
		{"no answer", signer.ServiceError{Service: signer.Fulcio, URL: own, Err: context.DeadlineExceeded}, "try again later, or allow more time (seal.timeout)"},
		{"no answer of the public one", signer.ServiceError{Service: signer.Fulcio, URL: public, Err: context.DeadlineExceeded}, "try again later (https://status.sigstore.dev), or"},
		{"not there", signer.ServiceError{Service: signer.Rekor, URL: own, Err: refused}, "the address (seal.rekor, otherwise"},
		{"timestamp authority not there", signer.ServiceError{Service: signer.TimestampAuthority, URL: own, Err: refused}, "the address (seal.timestampServerURL, otherwise"},
		{"half an answer", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 201, Err: fmt.Errorf("answer: %w", io.ErrUnexpectedEOF)}, "check the network"},
		{"too often", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 429, Err: refused}, "too many requests"},
		{"out of order", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 500, Err: refused}, "the fault is in the service: try again later"},
		{"public one out of order", signer.ServiceError{Service: signer.Fulcio, URL: public, Status: 503, Err: refused}, "later (https://status.sigstore.dev)"},
		{"taken in", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 409, Err: refused}, "run it again"},
		{"token refused", signer.ServiceError{Service: signer.Fulcio, URL: own, Status: 400, Err: refused}, "check that it accepts the token's provider"},
		{"not found", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 404, Err: refused}, "check its address (seal.rekor)"},
		{"another's answer", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 200, Err: refused}, "whether another server answers in the service's place"},
		{"redirect elsewhere", signer.ServiceError{Service: signer.Rekor, URL: own, Err: signer.RedirectError("redirects")}, "wants a login (open any web page), or the address has moved (seal.rekor)"},
		{"no proxy", signer.ServiceError{Service: signer.Fulcio, URL: own, Err: &net.OpError{Op: "proxyconnect", Err: refused}}, "check that the proxy is up"},
		{"no TLS", signer.ServiceError{Service: signer.Fulcio, URL: own, Err: http.ErrSchemeMismatch}, "whether a proxy inspects connections"},
		{"redirect", signer.ServiceError{Service: signer.Rekor, URL: own, Status: 302, Err: refused}, "check its address (seal.rekor)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := why.HintFor(&tc.err); !strings.Contains(got, tc.want) {
				t.Errorf("hint %q, want %q in it", got, tc.want)
			}
		})
	}
}

// A signature that does not verify names the service whose answer does not hold.
func TestAnswerOf(t *testing.T) {
	t.Parallel()
	services := signer.Services{
		Fulcio: "https://fulcio.example.com", Rekor: []signer.Log{{URL: "https://rekor.example.com", Version: 1}},
		TimestampAuthorities: []string{"https://tsa.example.com"},
	}
	for name, want := range map[verifier.CheckName]string{
		verifier.CheckSignature:            "",
		verifier.CheckCertificate:          "Fulcio (https://fulcio.example.com): ",
		verifier.CheckCertificateTimestamp: "Fulcio (https://fulcio.example.com): ",
		verifier.CheckLogEntry:             "Rekor (https://rekor.example.com): ",
		verifier.CheckInclusionProof:       "Rekor (https://rekor.example.com): ",
		verifier.CheckCheckpoint:           "Rekor (https://rekor.example.com): ",
		verifier.CheckSignedEntryTimestamp: "Rekor (https://rekor.example.com): ",
		verifier.CheckTimestamp:            "timestamp authority (https://tsa.example.com): ",
		verifier.CheckWindows:              "",
	} {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			r := &verifier.Result{Verdict: verifier.Bad, Reason: "why", Checks: []verifier.Check{
				{Name: verifier.CheckForm, Outcome: verifier.Passed},
				{Name: verifier.CheckPolicy, Outcome: verifier.Failed, Detail: "there is no policy"},
				{Name: name, Outcome: verifier.Failed, Detail: "why"},
			}}
			if got := signing.AnswerOf(r, services); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			signing.AnswerOf(r, signer.Services{}) // of a service that was not asked nothing is said
		})
	}
}
