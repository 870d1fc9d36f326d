package gogit_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"

	gogitlib "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/gogit"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	verifiergogit "github.com/git-seal/git-seal/verifier/gogit"
)

// A commit signed through go-git, and not made unless the verifier finds it
// good.
func Example() {
	s, v, tokens, dir := services()
	defer os.RemoveAll(dir)

	check := verifiergogit.Check(v)
	sign, err := gogit.New(context.Background(), gogit.Options{Signer: s, Tokens: tokens, Check: check})
	if err != nil {
		log.Fatal(err)
	}

	r, err := gogitlib.PlainInit(dir, false)
	if err != nil {
		log.Fatal(err)
	}
	tree, err := r.Worktree()
	if err != nil {
		log.Fatal(err)
	}
	id, err := tree.Commit("message\n", &gogitlib.CommitOptions{Author: &person, AllowEmptyCommits: true, Signer: sign})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(verifiergogit.Verify(v, r.Storer, id).Verdict)
	// Output: good
}

// Tags of go-git are put together by hand: its CreateTag knows OpenPGP alone.
func Example_tag() {
	s, v, tokens, dir := services()
	defer os.RemoveAll(dir)
	sign, err := gogit.New(context.Background(), gogit.Options{Signer: s, Tokens: tokens, Check: verifiergogit.Check(v)})
	if err != nil {
		log.Fatal(err)
	}

	tag := &object.Tag{
		Name: "v1.0", Tagger: person, Message: "release\n", // ends in a newline
		TargetType: plumbing.TreeObject, Target: plumbing.NewHash("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
	}
	unsigned := new(plumbing.MemoryObject)
	if err := tag.EncodeWithoutSignature(unsigned); err != nil {
		log.Fatal(err)
	}
	payload, err := unsigned.Reader()
	if err != nil {
		log.Fatal(err)
	}
	signature, err := sign.Sign(payload)
	if err != nil {
		log.Fatal(err)
	}
	tag.PGPSignature = string(signature)

	r, err := gogitlib.PlainInit(dir, false)
	if err != nil {
		log.Fatal(err)
	}
	signed := r.Storer.NewEncodedObject()
	if err := tag.Encode(signed); err != nil {
		log.Fatal(err)
	}
	id, err := r.Storer.SetEncodedObject(signed)
	if err != nil {
		log.Fatal(err)
	}
	ref := plumbing.NewHashReference(plumbing.NewTagReferenceName(tag.Name), id)
	fmt.Println(verifiergogit.VerifyTag(v, r.Storer, ref).Verdict)
	// Output: good
}

// services returns a signer and the source of its tokens, a verifier whose
// policy allows their owner, and an empty directory.
func services() (*signer.Signer, *verifier.Verifier, signer.TokenSource, string) {
	tb := exampleTB{}
	sandbox := signertest.Start(tb)
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	return newSandboxSigner(tb, sandbox), newSandboxVerifier(tb, sandbox), signer.FileToken(sandbox.TokenFile()), dir
}

// exampleTB is the part of a testing.TB that is needed; an example has none.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Fatal(args ...any)                 { log.Fatal(args...) }
func (exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
