package gogit_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// A key with an end is compared with the date that the commit names.
func TestVerifyObjectKnowsTheDate(t *testing.T) {
	t.Parallel()
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policy.Parse("policy", []byte(`version: 1
identities: [{name: nobody, subject: nobody@example.com, issuer: "https://accounts.example.com"}]
keys: {ssh: allowed_signers}
`))
	if err != nil {
		t.Fatal(err)
	}
	err = policy.ReadKeys(func(string) ([]byte, error) {
		return append([]byte(`ana@example.com valid-before="20240101Z" `), ssh.MarshalAuthorizedKey(key.PublicKey())...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{trust.PublicGood()}, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	for date, want := range map[string]verifier.Verdict{"1700000000": verifier.Good, "1710000000": verifier.Untrusted} {
		ident := "Ana <ana@example.com> " + date + " +0000\n"
		payload := []byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " + ident + "committer " + ident + "\nmessage\n")
		signature, err := sshsig.Sign(bytes.NewReader(payload), key, sshsig.HashSHA512, "git")
		if err != nil {
			t.Fatal(err)
		}
		o, err := git.Assemble(git.SHA1, git.Commit, payload, sshsig.Armor(signature))
		if err != nil {
			t.Fatal(err)
		}
		if r := gogit.VerifyObject(v, o); r.Verdict != want {
			t.Errorf("made at %s: %s: %s; want %s", date, r.Verdict, r.Reason, want)
		}
	}
}
