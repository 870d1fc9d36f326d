package gogit_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogitlib "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/signer/gogit"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	verifiergogit "github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

var _ gogitlib.Signer = (*gogit.Signer)(nil)

const signerEmail = "dev@example.com" // of the sandbox's token file

// newSandboxSigner returns a signer at the sandbox's services.
func newSandboxSigner(t testing.TB, s *signertest.Sandbox) *signer.Signer {
	t.Helper()
	sg, err := signer.New(signer.Options{Services: signertest.Services(t, s.SigningConfig()), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return sg
}

const policyYAML = `
version: 1
identities:
  - name: Dev
    subject: ` + signerEmail + `
    issuer: `

// newSandboxVerifier returns one that trusts the sandbox and the owner of its
// token file.
func newSandboxVerifier(t testing.TB, s *signertest.Sandbox) *verifier.Verifier {
	t.Helper()
	data, err := os.ReadFile(s.TrustedRoot())
	if err != nil {
		t.Fatal(err)
	}
	root, err := trust.ParseRoot("sandbox", s.TrustedRoot(), data)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policy.Parse("policy.yaml", []byte(policyYAML+s.OIDC+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newSigner(t *testing.T, ctx context.Context, o gogit.Options) *gogit.Signer {
	t.Helper()
	s, err := gogit.New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var person = object.Signature{Name: "Dev", Email: signerEmail, When: time.Unix(1700000000, 0).UTC()}

// sandboxed returns the options for the sandbox, with a check that wants a good
// verdict.
func sandboxed(t *testing.T, s *signertest.Sandbox) gogit.Options {
	t.Helper()
	return gogit.Options{
		Signer: newSandboxSigner(t, s),
		Tokens: signer.FileToken(s.TokenFile()),
		Check:  verifiergogit.Check(newSandboxVerifier(t, s)),
	}
}

// Real git, with the real program, finds good what go-git has committed and
// tagged.
func TestGitVerifiesWhatGoGitSigns(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	v := newSandboxVerifier(t, s)
	repo := newSealed(t, s)
	r, err := gogitlib.PlainOpen(repo.Dir)
	if err != nil {
		t.Fatal(err)
	}
	sg := newSigner(t, t.Context(), sandboxed(t, s))
	tree, err := r.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"plain\n", "no final newline", "first\r\n\r\nthird\r\n", "-----BEGIN PGP SIGNATURE-----\n\nx\n", ""} {
		id, err := tree.Commit(message, &gogitlib.CommitOptions{Author: &person, AllowEmptyCommits: true, Signer: sg})
		if err != nil {
			t.Errorf("%q: %v", message, err)
			continue
		}
		if r := verifiergogit.Verify(v, r.Storer, id); r.Verdict != verifier.Good {
			t.Errorf("%q: %s (%s)", message, r.Verdict, r.Reason)
		}
		if out, stderr, err := repo.Try(nil, "verify-commit", "--raw", id.String()); err != nil || !strings.Contains(stderr, "[GNUPG:] GOODSIG ") {
			t.Errorf("%q: git verify-commit: %v\n%s%s", message, err, out, stderr)
		}
	}

	id := tagHead(t, r, sg, "v1.0", "release\n")
	if r := verifiergogit.VerifyTag(v, r.Storer, plumbing.NewHashReference("refs/tags/v1.0", id)); r.Verdict != verifier.Good {
		t.Errorf("tag: %s (%s)", r.Verdict, r.Reason)
	}
	if out, stderr, err := repo.Try(nil, "verify-tag", "--raw", id.String()); err != nil || !strings.Contains(stderr, "[GNUPG:] GOODSIG ") {
		t.Errorf("git verify-tag: %v\n%s%s", err, out, stderr)
	}
	repo.Git("fsck", "--strict")
}

// newSealed makes a repository in which git verifies with the program.
func newSealed(t *testing.T, s *signertest.Sandbox) *gittest.Repo {
	t.Helper()
	program := filepath.Join(t.TempDir(), "git-seal")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/git-seal")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	r := gittest.New(t, "sha1")
	policy := filepath.Join(r.Home, "policy.yaml")
	if err := os.WriteFile(policy, []byte(policyYAML+s.OIDC+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, setting := range [][2]string{
		{"gpg.format", "x509"}, {"gpg.x509.program", program}, {"seal.trustedRoot", s.TrustedRoot()}, {"seal.policy", policy},
	} {
		r.Git("config", setting[0], setting[1])
	}
	return r
}

// tagHead makes a signed tag of HEAD: go-git's CreateTag knows OpenPGP alone.
func tagHead(t *testing.T, r *gogitlib.Repository, sg gogitlib.Signer, name, message string) plumbing.Hash {
	t.Helper()
	head, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	tag := &object.Tag{Name: name, Tagger: person, Message: message, TargetType: plumbing.CommitObject, Target: head.Hash()}
	unsigned := r.Storer.NewEncodedObject()
	if err := tag.EncodeWithoutSignature(unsigned); err != nil {
		t.Fatal(err)
	}
	payload, err := unsigned.Reader()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := sg.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	tag.PGPSignature = string(signature)
	signed := r.Storer.NewEncodedObject()
	if err := tag.Encode(signed); err != nil {
		t.Fatal(err)
	}
	id, err := r.Storer.SetEncodedObject(signed)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The check sees the bytes as they are, and what it refuses is not handed out.
func TestSignFailsWithItsCheck(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	errCheck := errors.New("not by us")
	var payload, pem []byte
	o := sandboxed(t, s)
	o.Check = func(p, s []byte) error {
		payload, pem = p, s
		return errCheck
	}
	message := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\r\n\x00no final newline"
	signature, err := newSigner(t, t.Context(), o).Sign(strings.NewReader(message))
	if signature != nil || !errors.Is(err, errCheck) || !strings.Contains(err.Error(), "the new signature is not valid") {
		t.Errorf("signature %q, error %v", signature, err)
	}
	if string(payload) != message || git.SchemeOf(pem) != git.X509 {
		t.Errorf("check saw payload %q, signature %q", payload, pem)
	}
}

// A tag that would swallow its signature, and objects that nobody could read in
// one way alone, are not signed.
func TestCheckRefusesWhatWouldNotVerify(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	sg := newSigner(t, t.Context(), sandboxed(t, s))
	const tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	const commit = tree + "author Dev <dev@example.com> 1 +0000\ncommitter Dev <dev@example.com> 1 +0000\n"
	const tag = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v1\ntagger Dev <dev@example.com> 1 +0000\n"
	for _, test := range []struct{ name, payload, says string }{
		{"nothing", "", "ambiguous"},
		{"neither commit nor tag", "certificate version 0.1\n\n", "ambiguous"},
		{"commit, a tree twice", tree + commit + "\nmessage\n", "ambiguous"},
		{"commit with a signature", commit + "gpgsig x\n\nmessage\n", "ambiguous"},
		{"commit without an end of headers", commit, "told apart"},
		{"tag without final newline", tag + "\nmessage", "told apart"},
		{"tag without message", tag, "ambiguous"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			signature, err := sg.Sign(strings.NewReader(test.payload))
			if signature != nil || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("signature %q, error %v, want %q", signature, err, test.says)
			}
		})
	}
}

// A stranger's token makes a sound signature, and the policy's no keeps it out.
func TestCheckRefusesWhomThePolicyDoesNotAllow(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	o := sandboxed(t, s)
	o.Tokens = signer.StaticToken(s.Token(t, "eve@example.com", signertest.TokenOptions{}))
	r, err := gogitlib.PlainInit(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := r.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	_, err = tree.Commit("stranger\n", &gogitlib.CommitOptions{Author: &person, AllowEmptyCommits: true, Signer: newSigner(t, t.Context(), o)})
	if err == nil || !strings.Contains(err.Error(), `untrusted: policy does not allow "eve@example.com"`) {
		t.Errorf("error %v", err)
	}
	if _, err := r.Head(); !errors.Is(err, plumbing.ErrReferenceNotFound) {
		t.Errorf("HEAD: %v", err)
	}
}

func TestNewWantsEveryOption(t *testing.T) {
	t.Parallel()
	check := func(_, _ []byte) error { return nil }
	for _, test := range []struct {
		name    string
		ctx     context.Context
		options gogit.Options
		says    string
	}{
		{"context", nil, gogit.Options{Signer: new(signer.Signer), Tokens: signer.StaticToken("x"), Check: check}, "no context"},
		{"signer", t.Context(), gogit.Options{Tokens: signer.StaticToken("x"), Check: check}, "no signer"},
		{"tokens", t.Context(), gogit.Options{Signer: new(signer.Signer), Check: check}, "no token source"},
		{"check", t.Context(), gogit.Options{Signer: new(signer.Signer), Tokens: signer.StaticToken("x")}, "no check for new signatures"},
	} {
		if s, err := gogit.New(test.ctx, test.options); s != nil || err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, %v", test.name, s, err)
		}
	}
}

// blocked is a source of tokens that waits for a person.
type blocked struct{ asked chan struct{} }

func (b blocked) Token(ctx context.Context) (string, error) {
	close(b.asked)
	<-ctx.Done()
	return "", ctx.Err()
}

func TestSignEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	src := blocked{make(chan struct{})}
	go func() {
		<-src.asked
		cancel()
	}()
	s, err := signer.New(signer.Options{
		Services:  signer.Services{Fulcio: "https://fulcio.example.com", Rekor: []signer.Log{{URL: "https://rekor.example.com", Version: 1}}},
		Transport: http.NewFileTransport(nil),
		Now:       time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	sg := newSigner(t, ctx, gogit.Options{Signer: s, Tokens: src, Check: func(_, _ []byte) error { return nil }})
	if signature, err := sg.Sign(strings.NewReader("message")); signature != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("signature %q, error %v", signature, err)
	}
}

// unasked is a source of tokens that must not be asked.
type unasked struct{ t *testing.T }

func (u unasked) Token(context.Context) (string, error) {
	u.t.Error("a token was asked for")
	return "", errors.New("no token")
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// What cannot be read whole is not signed, nor is what no verifier would read.
func TestSignRefusesMessage(t *testing.T) {
	t.Parallel()
	errPipe := errors.New("broken pipe")
	sg := newSigner(t, t.Context(), gogit.Options{Signer: new(signer.Signer), Tokens: unasked{t}, Check: func(_, _ []byte) error { return nil }})
	for _, test := range []struct {
		name    string
		message io.Reader
		says    string
	}{
		{"too long", bytes.NewReader(make([]byte, git.MaxObjectSize+1)), "longer than 16777216 bytes"},
		{"not whole", io.MultiReader(strings.NewReader("tree "), brokenReader{errPipe}), "broken pipe"},
	} {
		if signature, err := sg.Sign(test.message); signature != nil || err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: signature %q, error %v", test.name, signature, err)
		}
	}
}
