package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// maxBinary is the bar in docs/benchmarks.md, in bytes. Of the bars there it is
// the one that no other process on the machine can spoil.
const maxBinary = 24e6

func TestBinaryIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxBinary {
		t.Errorf("%.1f MB, at most %.1f: what does it link that it did not?", float64(info.Size())/1e6, maxBinary/1e6)
	}
}

// buildProgram builds git-seal as users get it and returns its file.
func buildProgram(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "git-seal")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	return file
}
