package verifier_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// The verifier is handed bytes and never a path, an address or the time.
func ExampleVerifier_VerifyObject() {
	rootJSON, policyYAML, payload, signature := signedCommit()

	root, err := trust.ParseRoot("example", "trusted_root.json", rootJSON)
	if err != nil {
		log.Fatal(err)
	}
	rules, err := policy.Parse("policy.yaml", policyYAML)
	if err != nil {
		log.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}, Policy: rules})
	if err != nil {
		log.Fatal(err)
	}
	// Only Good is good; Reason says what is missing from the others.
	r := v.VerifyObject(policy.Object{Type: policy.Commit, Committer: "ana@example.com"}, payload, signature)
	fmt.Println(r.Verdict, r.Identity.SubjectAlternativeName, r.TimeSource, r.Rule)

	// By other bytes than the signed ones nothing is good.
	r = v.VerifyObject(policy.Object{Type: policy.Commit, Committer: "ana@example.com"}, append(payload, '\n'), signature)
	fmt.Println(r.Verdict, r.Reason)
	// Output:
	// good ana@example.com log Ana
	// bad object is not what was signed
}

// Without a policy the public-good instance's signatures can be verified, and
// nobody is trusted.
func ExampleVerifier_Verify() {
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}})
	if err != nil {
		log.Fatal(err)
	}
	r := v.Verify([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"), nil)
	fmt.Println(r.Verdict)
	// Output: unsigned
}

// signedCommit returns a trusted root, a policy that allows ana@example.com, and
// the two parts of a commit that she has signed.
func signedCommit() (rootJSON, policyYAML, payload, signature []byte) {
	sandbox := signertest.Start(exampleTB{})
	payload = []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" +
		"author Ana <ana@example.com> 1700000000 +0000\n" +
		"committer Ana <ana@example.com> 1700000000 +0000\n\nmessage\n")
	s, err := signer.New(signer.Options{
		Services: signer.Services{Fulcio: sandbox.Fulcio, Rekor: []signer.Log{{URL: sandbox.Rekor, Version: 1}}},
		Now:      time.Now,
	})
	if err != nil {
		log.Fatal(err)
	}
	token := sandbox.Token(exampleTB{}, "ana@example.com", signertest.TokenOptions{})
	signed, err := s.Sign(context.Background(), payload, signer.StaticToken(token))
	if err != nil {
		log.Fatal(err)
	}
	if rootJSON, err = os.ReadFile(sandbox.TrustedRoot()); err != nil {
		log.Fatal(err)
	}
	policyYAML = fmt.Appendf(nil, "version: 1\nidentities:\n  - {name: Ana, subject: ana@example.com, issuer: %q}\n", sandbox.OIDC)
	return rootJSON, policyYAML, payload, signed.PEM
}

// exampleTB is the part of a testing.TB that the sandbox needs; an example has
// none.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
