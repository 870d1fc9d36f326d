package signer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/trust"
)

// The instance's signing config names the services. What comes back has not
// been judged: that is the verifier's part.
func ExampleSigner_Sign() {
	ctx := context.Background()
	sandbox := signertest.Start(exampleTB{})
	configJSON, err := os.ReadFile(sandbox.SigningConfig())
	if err != nil {
		log.Fatal(err)
	}

	config, err := signer.ParseSigningConfig(configJSON)
	if err != nil {
		log.Fatal(err)
	}
	services, err := config.Services(time.Now(), signer.Overrides{})
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.New(signer.Options{Services: services, Now: time.Now})
	if err != nil {
		log.Fatal(err)
	}
	payload := []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n")
	signature, err := s.Sign(ctx, payload, signer.FileToken(sandbox.TokenFile()))
	if err != nil {
		log.Fatal(err)
	}
	if err := check(sandbox, payload, signature.PEM); err != nil {
		log.Fatal(err)
	}
	armor, _, _ := strings.Cut(string(signature.PEM), "\n")
	fmt.Println(armor)
	fmt.Println(signature.Certificate.EmailAddresses)
	// Output:
	// -----BEGIN SIGNED MESSAGE-----
	// [dev@example.com]
}

// A token does not end in a log by mistake.
func ExampleStaticToken() {
	fmt.Println(signer.StaticToken("eyJhbGciOiJFUzI1NiJ9.e30.c2VjcmV0"))
	// Output: [token]
}

// check holds a signature to the sandbox's trusted root. Nobody is trusted
// without a policy, so the evidence is good when that is all that is missing.
func check(sandbox *signertest.Sandbox, payload, pem []byte) error {
	rootJSON, err := os.ReadFile(sandbox.TrustedRoot())
	if err != nil {
		return err
	}
	root, err := trust.ParseRoot("example", "trusted_root.json", rootJSON)
	if err != nil {
		return err
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}})
	if err != nil {
		return err
	}
	if r := v.Verify(payload, pem); r.Verdict != verifier.Untrusted {
		return errors.New(r.Reason)
	}
	return nil
}

// exampleTB is the part of a testing.TB that the sandbox needs; an example has
// none.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
