//go:build unix

package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/signing"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestVerifyOwnAsksBoth: the verifier and the second opinion each stop a
// signature by themselves. They read it in different forms, so that one can be
// given what the other does not see.
func TestVerifyOwnAsksBoth(t *testing.T) {
	t.Parallel()
	sandbox := signertest.Start(t)
	services := signertest.Services(t, sandbox.SigningConfig())
	s, err := signer.New(signer.Options{Services: services, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	sign := func(payload string) *signer.Signature {
		token := sandbox.Token(t, "alice@example.com", signertest.TokenOptions{})
		signature, err := s.Sign(t.Context(), []byte(payload), signer.StaticToken(token))
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	text, err := os.ReadFile(sandbox.TrustedRoot())
	if err != nil {
		t.Fatal(err)
	}
	root, err := trust.ParseRoot("sandbox", sandbox.TrustedRoot(), text)
	if err != nil {
		t.Fatal(err)
	}

	const payload = "what is signed\n"
	own, another := sign(payload), sign("another payload\n")
	for _, tc := range []struct {
		name      string
		signature signer.Signature
		want      string // in the error; empty: none
	}{
		{"both agree", signer.Signature{DER: own.DER, PEM: own.PEM}, ""},
		{"the verifier disagrees", signer.Signature{DER: own.DER, PEM: another.PEM}, "is not valid: bad: "},
		{"the second opinion disagrees", signer.Signature{DER: another.DER, PEM: own.PEM}, "is not valid: the second implementation refused it: "},
		{"nothing for a second opinion", signer.Signature{PEM: own.PEM}, "is not valid: the second implementation refused it: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := signing.VerifyOwn([]byte(payload), &tc.signature, []*trust.Root{root}, services, time.Second)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("VerifyOwn: %v, want %q", err, tc.want)
			}
		})
	}
}
