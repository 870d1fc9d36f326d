package audittest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/audittest"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// TestHistoryIsGoodByEveryCheck: git takes the pack for a repository without a
// fault, and every commit is good.
func TestHistoryIsGoodByEveryCheck(t *testing.T) {
	t.Parallel()
	for _, perCertificate := range []int{1, 3} {
		t.Run(fmt.Sprint(perCertificate), func(t *testing.T) {
			t.Parallel()
			i, err := audittest.NewInstance()
			if err != nil {
				t.Fatal(err)
			}
			repo := gittest.New(t, "sha1")
			tip := unpack(t, repo, i, audittest.History{Commits: 30, PerCertificate: perCertificate, Signers: 4})
			repo.Git("fsck", "--strict", "--full")
			json, err := i.TrustedRoot()
			if err != nil {
				t.Fatal(err)
			}
			root, err := trust.ParseRoot("test", "test", json)
			if err != nil {
				t.Fatal(err)
			}
			policy, err := policy.New("test", policy.Identity{Name: "all", SubjectRegexp: `signer\d+@example\.com`, Issuer: audittest.Issuer})
			if err != nil {
				t.Fatal(err)
			}
			v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}, Policy: policy})
			if err != nil {
				t.Fatal(err)
			}
			r, err := git.Open(t.Context(), git.Options{Dir: repo.Dir, Env: repo.Env()})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			certificates, commits := map[[sha256.Size]byte]bool{}, 0
			for s, err := range r.WalkCommits(t.Context(), []git.Tip{{ID: tip}}, git.WalkOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				o, err := git.ParseStored(s)
				if err != nil {
					t.Fatal(err)
				}
				result := v.Verify(o.Payload(), o.Signature())
				if result.Verdict != verifier.Good || result.TimeSource != verifier.TimeFromLog {
					t.Fatalf("%s: %v: %s", s.ID, result.Verdict, result.Reason)
				}
				certificates[sha256.Sum256(result.Certificate.Raw)] = true
				commits++
			}
			if commits != 30 || perCertificate == 1 && len(certificates) != 30 || perCertificate > 1 && len(certificates) > 17 {
				t.Errorf("%d commits by %d certificates", commits, len(certificates))
			}
		})
	}
}

func unpack(t *testing.T, repo *gittest.Repo, i *audittest.Instance, h audittest.History) string {
	t.Helper()
	var pack bytes.Buffer
	tip, err := i.WritePack(&pack, h)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "git", "index-pack", "--stdin", "--strict")
	cmd.Dir, cmd.Env, cmd.Stdin = repo.Dir, repo.Env(), &pack
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if err := os.WriteFile(filepath.Join(repo.Dir, ".git", "refs", "heads", "main"), []byte(tip+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(repo.Git("rev-parse", "HEAD")); got != tip {
		t.Fatalf("HEAD is %s, want %s", got, tip)
	}
	return tip
}
