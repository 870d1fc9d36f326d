package gogit_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"time"

	gogitlib "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
)

// What a forge does with each commit that is pushed.
func ExampleVerify() {
	v, r := forge()
	head, err := r.Head()
	if err != nil {
		log.Fatal(err)
	}

	result := gogit.Verify(v, r.Storer, head.Hash())
	fmt.Println(result.Verdict, result.Reason)
	// Output: unsigned no signature
}

// What a GitOps controller does before it takes over a release: it goes on with
// the commit that the judged tag names.
func ExampleVerifyTag() {
	v, r := forge()
	for _, name := range []string{"v1.0", "v2.0", "v3.0"} {
		ref, err := r.Tag(name)
		if err != nil {
			log.Fatal(err)
		}
		result := gogit.VerifyTag(v, r.Storer, ref)
		if result.Verdict != verifier.Good {
			fmt.Printf("%s: %s: %s\n", name, result.Verdict, result.Reason)
			continue
		}
		tag, err := gogit.ReadObject(r.Storer, ref.Hash())
		if err != nil {
			log.Fatal(err)
		}
		_, typ := tag.Target()
		fmt.Printf("%s: %s: a %s signed by %s\n", name, result.Verdict, typ, result.Rule)
	}
	// Output:
	// v1.0: good: a commit signed by Dev
	// v2.0: bad: the tag's own name is "v1.0", and it is served as "refs/tags/v2.0"
	// v3.0: unsigned: "refs/tags/v3.0" leads to a commit and not to a tag: nobody signed that name
}

// forge returns a repository with an unsigned commit and dev@example.com's tag
// v1.0 of it, served as v2.0 too, beside a lightweight tag v3.0; and a verifier
// whose policy allows dev@example.com as Dev.
func forge() (*verifier.Verifier, *gogitlib.Repository) {
	tb := exampleTB{}
	sandbox := signertest.Start(tb)
	r, err := gogitlib.Init(memory.NewStorage(), nil)
	if err != nil {
		log.Fatal(err)
	}
	const dev = "Dev <dev@example.com> 1700000000 +0000\n"
	commit := set(tb, r.Storer, plumbing.CommitObject, "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor "+dev+"committer "+dev+"\nmessage\n")
	payload := "object " + commit.String() + "\ntype commit\ntag v1.0\ntagger " + dev + "\nrelease\n"
	tag := set(tb, r.Storer, plumbing.TagObject, payload+signature(sandbox, payload))
	for name, id := range map[plumbing.ReferenceName]plumbing.Hash{
		"refs/heads/master": commit, "refs/tags/v1.0": tag, "refs/tags/v2.0": tag, "refs/tags/v3.0": commit,
	} {
		if err := r.Storer.SetReference(plumbing.NewHashReference(name, id)); err != nil {
			log.Fatal(err)
		}
	}
	return newVerifier(tb, sandbox), r
}

func signature(sandbox *signertest.Sandbox, payload string) string {
	s, err := signer.New(signer.Options{
		Services: signer.Services{Fulcio: sandbox.Fulcio, Rekor: []signer.Log{{URL: sandbox.Rekor, Version: 1}}},
		Now:      time.Now,
	})
	if err != nil {
		log.Fatal(err)
	}
	signed, err := s.Sign(context.Background(), []byte(payload), signer.FileToken(sandbox.TokenFile()))
	if err != nil {
		log.Fatal(err)
	}
	return string(signed.PEM)
}

// exampleTB is the part of a testing.TB that is needed; an example has none.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                           {}
func (exampleTB) Fatal(args ...any)                 { log.Fatal(args...) }
func (exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
