//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer/signertest"
)

// BenchmarkProcess measures whole processes, as git and people run them: the
// medians of as many runs as -benchtime asks for. docs/benchmarks.md has the
// command, the figures and what each must not exceed.
func BenchmarkProcess(b *testing.B) {
	w := newWorkload(b)
	b.Run("binary", func(b *testing.B) {
		info, err := os.Stat(w.gitSeal)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
		}
		b.ReportMetric(float64(info.Size())/1e6, "MB")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("version", func(b *testing.B) {
		w.measure(b, func(int) []string { return []string{w.gitSeal, "version"} })
	})
	b.Run("init", w.measureInit)
	b.Run("verify-commit", func(b *testing.B) {
		w.measure(b, func(int) []string { return []string{"git", "verify-commit", "HEAD"} })
	})
	b.Run("log-show-signature-200", func(b *testing.B) {
		w.measure(b, func(int) []string { return []string{"git", "log", "--show-signature", "-200"} })
	})
	pinned := []string{"git", "-c", "seal.policyRef=refs/seal/policy"}
	b.Run("verify-commit-policy-ref", func(b *testing.B) {
		w.measure(b, func(int) []string { return append(pinned, "verify-commit", "HEAD") })
	})
	b.Run("log-show-signature-200-policy-ref", func(b *testing.B) {
		w.measure(b, func(int) []string { return append(pinned, "log", "--show-signature", "-200") })
	})
	b.Run("commit", func(b *testing.B) { // without a signature: what git alone costs
		w.measure(b, func(i int) []string {
			return []string{"git", "commit", "-q", "--no-gpg-sign", "--allow-empty", "-m", "unsigned " + strconv.Itoa(i)}
		})
	})
	b.Run("commit-S", func(b *testing.B) { w.measure(b, commitSigned) })
	b.Run("commit-S-overhead", func(b *testing.B) { w.measureOverhead(b, commitSigned) })
	b.Run("commit-S-overhead-v2", func(b *testing.B) { // with Rekor v2 and a timestamp
		w.measureOverhead(b, func(i int) []string {
			return append([]string{"git", "-c", "seal.signingConfig=" + w.sandbox.SigningConfigV2()}, commitSigned(i)[1:]...)
		})
	})
}

func commitSigned(i int) []string {
	return []string{"git", "commit", "-q", "-S", "--allow-empty", "-m", "measured " + strconv.Itoa(i)}
}

// workload is what the measured commands work on: git-seal built as install.sh
// builds it, and a repository of 200 commits that it signed and judges good.
type workload struct {
	sandbox           *signertest.Sandbox
	gitSeal, measurer string
	dir               string
	env               []string
}

func newWorkload(b *testing.B) *workload {
	b.Helper()
	sandbox := signertest.Start(b)
	dir := b.TempDir()
	w := &workload{
		sandbox:  sandbox,
		gitSeal:  filepath.Join(dir, "bin", "git-seal"),
		measurer: filepath.Join(dir, "bin", "measure"),
		dir:      filepath.Join(dir, "repository"),
		env: []string{
			"PATH=" + filepath.Join(dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
			"HOME=" + filepath.Join(dir, "home"), "GIT_CONFIG_NOSYSTEM=1", "GIT_PAGER=cat", "LC_ALL=C",
		},
	}
	for out, pkg := range map[string]string{w.gitSeal: ".", w.measurer: "./testdata/measure"} {
		built := filepath.Join(dir, "built")
		cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", cmd, err, said)
		}
		copyProgram(b, built, out)
	}
	for _, d := range []string{w.dir, filepath.Join(dir, "home")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte(sandbox.Token(b, "alice@example.com", signertest.TokenOptions{})), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{
		{"git", "init", "-q"},
		{"git", "config", "user.name", "Alice"},
		{"git", "config", "user.email", "alice@example.com"},
		{"git", "seal", "init", "--trusted-root", sandbox.TrustedRoot(), "--signing-config", sandbox.SigningConfig(), "--token-file", token},
	} {
		w.run(b, args...)
	}
	for i := range 200 {
		w.run(b, "git", "commit", "-q", "-S", "--allow-empty", "-m", "commit "+strconv.Itoa(i))
	}
	w.run(b, "git", "seal", "policy", "allow", "--yes", "HEAD")
	w.run(b, "git", "seal", "policy", "init", "--output", filepath.Join(w.dir, ".git-seal", "policy.yaml"))
	w.run(b, "git", "add", ".git-seal")
	w.run(b, "git", "commit", "-q", "-S", "-m", "policy")
	w.run(b, "git", "update-ref", "refs/seal/policy", "HEAD")
	w.run(b, "git", "verify-commit", "HEAD")
	return w
}

func (w *workload) run(b *testing.B, args ...string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
	if args[0] == "git" {
		cmd.Dir = w.dir
	}
	cmd.Env = w.env
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%q: %v\n%s", args, err, said)
	}
}

// copyProgram copies a program, as install.sh does. The pages that the linker wrote
// stay in the system's cache one by one; those of a copy come in large blocks,
// as they do when the file is read from the disk, and starting the program
// costs half a millisecond less.
func copyProgram(b *testing.B, built, to string) {
	b.Helper()
	program, err := os.ReadFile(built)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(to, program, 0o755); err != nil {
		b.Fatal(err)
	}
}

// cost is what one run of a command took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

// cost runs a command, which has to succeed.
func (w *workload) cost(b *testing.B, args ...string) cost {
	b.Helper()
	file := filepath.Join(b.TempDir(), "cost")
	cmd := exec.CommandContext(b.Context(), w.measurer, append([]string{file}, args...)...)
	cmd.Dir, cmd.Env = w.dir, w.env
	if said, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%q: %v\n%s", args, err, said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var c cost
	if _, err := fmt.Sscan(string(text), &c.wall, &c.cpu, &c.peak); err != nil {
		b.Fatal(err)
	}
	return c
}

// measure reports the medians over b.N runs of the command that args returns
// for each.
func (w *workload) measure(b *testing.B, args func(i int) []string) {
	b.Helper()
	var wall, cpu, peak []float64
	for i := range b.N {
		c := w.cost(b, args(i)...)
		wall = append(wall, milliseconds(c.wall))
		cpu = append(cpu, milliseconds(c.cpu))
		peak = append(peak, float64(c.peak)/(1<<20))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(wall), "wall-ms")
	b.ReportMetric(median(cpu), "cpu-ms")
	b.ReportMetric(median(peak), "peak-MiB")
}

func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }

func median(xs []float64) float64 {
	slices.Sort(xs)
	n := len(xs)
	return (xs[(n-1)/2] + xs[n/2]) / 2
}
