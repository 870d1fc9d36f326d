//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/audit/audittest"
)

// BenchmarkAudit audits made histories with the binary as install.sh builds it.
// Beside each stands, in the same run, what bounds it: the bare signature checks
// on all processors, and git's own walk. docs/benchmarks.md has the command, the
// figures and the bars.
func BenchmarkAudit(b *testing.B) {
	gitSeal, measurer := buildForBenchmark(b)
	for _, bb := range []struct {
		name       string
		history    audittest.History
		p256, p384 float64 // signatures that each commit needs
		again      bool    // after an audit that kept what it verified
	}{
		{"certificates-10000", audittest.History{Commits: 10_000, PerCertificate: 1, Signers: 20}, 4, 1, false},
		{"certificates-200", audittest.History{Commits: 10_000, PerCertificate: 50, Signers: 20}, 3.02, 0.02, false},
		{"commits-100000", audittest.History{Commits: 100_000, PerCertificate: 50, Signers: 20}, 3.02, 0.02, false},
		{"commits-200000", audittest.History{Commits: 200_000, PerCertificate: 50, Signers: 20}, 3.02, 0.02, false},
		{"again-10000", audittest.History{Commits: 10_000, PerCertificate: 50, Signers: 20}, 0, 0, true},
		{"again-100000", audittest.History{Commits: 100_000, PerCertificate: 50, Signers: 20}, 0, 0, true},
		{"again-certificates-100000", audittest.History{Commits: 100_000, PerCertificate: 1, Signers: 20}, 0, 0, true},
		{"again-200000", audittest.History{Commits: 200_000, PerCertificate: 50, Signers: 20}, 0, 0, true},
		{"unsigned-80000", audittest.History{Commits: 80_000, Signers: 20}, 0, 0, false},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := newAuditWorkload(b, gitSeal, measurer, bb.history)
			var git []time.Duration
			for range 3 {
				git = append(git, w.timed(b, "sh", "-c", "git -c core.commitGraph=false rev-list HEAD | git cat-file --batch --buffer >/dev/null"))
			}
			slices.Sort(git)
			audit := []string{"git-seal", "audit"}
			if bb.again {
				w.timed(b, gitSeal, "audit")
			} else {
				audit = append(audit, "--no-cache")
			}
			if bb.history.PerCertificate == 0 {
				audit = append(audit, "--report-only")
			}
			b.ResetTimer()
			w.measure(b, func(int) []string { return audit })
			b.StopTimer()
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(git[1].Seconds(), "git-s")
			b.ReportMetric(seconds/git[1].Seconds(), "times-git")
			rate := float64(bb.history.Commits) / seconds
			b.ReportMetric(rate, "commits/s")
			if bb.p256 > 0 {
				b.ReportMetric(rate/mathematics(b, bb.p256, bb.p384), "of-mathematics")
			}
		})
	}
}

// buildForBenchmark builds git-seal and the program that measures.
func buildForBenchmark(b *testing.B) (gitSeal, measurer string) {
	b.Helper()
	dir := b.TempDir()
	gitSeal, measurer = filepath.Join(dir, "git-seal"), filepath.Join(dir, "measure")
	for out, pkg := range map[string]string{gitSeal: ".", measurer: "./testdata/measure"} {
		cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", cmd, err, said)
		}
	}
	return gitSeal, measurer
}

// newAuditWorkload makes a repository with a history, and a policy that allows
// its signers.
func newAuditWorkload(b *testing.B, gitSeal, measurer string, h audittest.History) *workload {
	b.Helper()
	dir := b.TempDir()
	w := &workload{
		gitSeal: gitSeal, measurer: measurer, dir: filepath.Join(dir, "repository"),
		env: []string{
			"PATH=" + filepath.Dir(gitSeal) + string(os.PathListSeparator) + os.Getenv("PATH"),
			"HOME=" + filepath.Join(dir, "home"), "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		},
	}
	for _, d := range []string{w.dir, filepath.Join(dir, "home")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	w.run(b, "git", "init", "-q")
	i, err := audittest.NewInstance()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "git", "index-pack", "--stdin")
	cmd.Dir, cmd.Env = w.dir, w.env
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	tip, err := i.WritePack(in, h)
	if err != nil {
		b.Fatal(err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	w.run(b, "git", "update-ref", "HEAD", tip)
	root, err := i.TrustedRoot()
	if err != nil {
		b.Fatal(err)
	}
	var policy strings.Builder
	policy.WriteString("version: 1\nidentities:\n")
	for n := range h.Signers {
		fmt.Fprintf(&policy, "  - {name: Signer %d, subject: %s, issuer: %q}\n", n, audittest.Signer(n), audittest.Issuer)
	}
	for setting, text := range map[string][]byte{"seal.trustedRoot": root, "seal.policy": []byte(policy.String())} {
		file := filepath.Join(dir, setting)
		if err := os.WriteFile(file, text, 0o644); err != nil {
			b.Fatal(err)
		}
		w.run(b, "git", "config", setting, file)
	}
	return w
}

// timed is how long a command takes.
func (w *workload) timed(b *testing.B, args ...string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = w.dir, w.env
	began := time.Now()
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%q: %v\n%s", args, err, said)
	}
	return time.Since(began)
}

// mathematics is how many commits a second the bare signature checks allow, on
// all processors: so many of each curve for each commit.
func mathematics(b *testing.B, p256, p384 float64) float64 {
	b.Helper()
	digest := sha256.Sum256([]byte("a payload"))
	const n = 1000 // commits for each processor
	var all sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Add(1)
		go func() {
			defer all.Done()
			for curve, count := range map[elliptic.Curve]float64{elliptic.P256(): p256, elliptic.P384(): p384} {
				key, err := ecdsa.GenerateKey(curve, rand.Reader)
				if err != nil {
					b.Error(err)
					return
				}
				signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
				if err != nil {
					b.Error(err)
					return
				}
				for range int(n * count) {
					if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
						b.Error("signature does not hold")
						return
					}
				}
			}
		}()
	}
	all.Wait()
	return float64(n*runtime.GOMAXPROCS(0)) / time.Since(began).Seconds()
}
