package gogit_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gogitlib "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

const signerEmail = "dev@example.com" // of the sandbox's token file

// sealed is a repository in which real git signs with git-seal.
type sealed struct {
	*gittest.Repo
	program string
}

func newSealed(t *testing.T, s *signertest.Sandbox) sealed {
	t.Helper()
	program := filepath.Join(t.TempDir(), "git-seal")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/git-seal")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	r := sealed{gittest.New(t, "sha1").With("GIT_COMMITTER_EMAIL=" + signerEmail), program}
	for _, setting := range [][2]string{
		{"gpg.format", "x509"}, {"gpg.x509.program", program},
		{"seal.trustedRoot", s.TrustedRoot()}, {"seal.signingConfig", s.SigningConfig()}, {"seal.tokenFile", s.TokenFile()},
	} {
		r.Git("config", setting[0], setting[1])
	}
	return r
}

// commit has git commit a message byte by byte and returns the commit's id.
func (r sealed) commit(message string, options ...string) string {
	args := append(options, "commit", "-S", "--quiet", "--allow-empty", "--cleanup=verbatim", "-F", "-")
	r.GitInput([]byte(message), args...)
	return r.Git("rev-parse", "HEAD")
}

// tag has git tag HEAD, message byte by byte, and returns the tag's id.
func (r sealed) tag(name, message string) string {
	r.GitInput([]byte(message), "tag", "-s", "--cleanup=verbatim", "-F", "-", name)
	return r.Git("rev-parse", name)
}

// sign signs a payload that git would not make, as git would have it signed.
func (r sealed) sign(t *testing.T, payload string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), r.program, "--status-fd=2", "-bsau", "key")
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env(), strings.NewReader(payload)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git-seal: %v\n%s", err, &stderr)
	}
	return string(out)
}

// storers returns the repository's objects as go-git stores them: in loose
// files, in a pack, in a pack that another repository lends, and in memory.
func (r sealed) storers(t *testing.T) map[string]storer.EncodedObjectStorer {
	t.Helper()
	packed, borrowing := gittest.NewBare(t, "sha1"), gittest.NewBare(t, "sha1")
	r.packInto(t, packed.Dir)
	// go-git takes a relative path for one below the repository itself.
	borrowing.Write("objects/info/alternates", "lender/objects\n")
	r.packInto(t, filepath.Join(borrowing.Dir, "lender"))
	return map[string]storer.EncodedObjectStorer{
		"loose":      open(t, r.Dir),
		"packed":     open(t, packed.Dir),
		"alternates": open(t, borrowing.Dir),
		"memory":     inMemory(t, open(t, r.Dir)),
	}
}

// packInto packs every object of the repository into another one.
func (r sealed) packInto(t *testing.T, gitDir string) {
	t.Helper()
	dir := filepath.Join(gitDir, "objects", "pack")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ids := r.Git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects")
	r.GitInput([]byte(ids+"\n"), "pack-objects", "--quiet", filepath.Join(dir, "pack"))
}

func open(t *testing.T, dir string) storer.EncodedObjectStorer {
	t.Helper()
	r, err := gogitlib.PlainOpen(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r.Storer
}

// inMemory copies every object of a storer.
func inMemory(t *testing.T, from storer.EncodedObjectStorer) storer.EncodedObjectStorer {
	t.Helper()
	to := memory.NewStorage()
	all, err := from.IterEncodedObjects(plumbing.AnyObject)
	if err != nil {
		t.Fatal(err)
	}
	if err := all.ForEach(func(o plumbing.EncodedObject) error {
		_, err := to.SetEncodedObject(o)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return to
}

// newVerifier returns one that trusts the sandbox and the owner of its token
// file.
func newVerifier(t testing.TB, s *signertest.Sandbox) *verifier.Verifier {
	t.Helper()
	data, err := os.ReadFile(s.TrustedRoot())
	if err != nil {
		t.Fatal(err)
	}
	root, err := trust.ParseRoot("sandbox", s.TrustedRoot(), data)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policy.Parse("policy.yaml", []byte(`
version: 1
identities:
  - name: Dev
    subject: `+signerEmail+`
    issuer: `+s.OIDC+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}, Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
