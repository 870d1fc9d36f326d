package gogit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportersLinkLittle holds what a program links that imports one of our
// packages: not more than docs/benchmarks.md says, and nothing of what would
// drag a world in.
func TestImportersLinkLittle(t *testing.T) {
	t.Parallel()
	heavy := []string{
		"github.com/spf13/", "google.golang.org/grpc", "github.com/go-openapi/", "k8s.io/",
		"github.com/sigstore/rekor/", "github.com/sigstore/rekor-tiles/", "github.com/sigstore/fulcio/", "github.com/google/trillian/",
		"github.com/google/certificate-transparency-go", "github.com/sigstore/sigstore-go/pkg/sign", "github.com/sigstore/sigstore-go/pkg/verify",
	}
	const goGit = "github.com/go-git/"
	bars := readBars(t)
	for _, test := range []struct {
		dir    string
		banned []string // beginnings of import paths; $ is a path's end
	}{
		{"verifier", slices.Concat(heavy, []string{goGit})},
		{"verifier/gogit", slices.Concat(heavy, []string{
			goGit + "go-git/v5$", goGit + "go-git/v5/storage", goGit + "go-git/v5/plumbing/object", goGit + "go-git/v5/plumbing/transport", goGit + "go-billy",
		})},
		{"signer", slices.Concat(heavy, []string{goGit})},
		{"signer/gogit", slices.Concat(heavy, []string{goGit})},
		{"cmd/git-seal", []string{goGit}},
	} {
		t.Run(test.dir, func(t *testing.T) {
			t.Parallel()
			deps := linked(t, test.dir)
			for _, dep := range deps {
				for _, ban := range test.banned {
					if strings.HasPrefix(dep+"$", ban) {
						t.Errorf("links %s", dep)
					}
				}
			}
			bar, ok := bars[test.dir]
			if !ok {
				t.Fatal("not in the table of docs/benchmarks.md")
			}
			outside := 0
			for _, dep := range deps {
				if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") && !strings.HasPrefix(dep, "github.com/git-seal/git-seal/") {
					outside++
				}
			}
			if outside > bar {
				t.Errorf("links %d packages of other modules; docs/benchmarks.md: at most %d", outside, bar)
			}
		})
	}
}

// linked returns the import paths of all that a package of ours links.
func linked(t *testing.T, dir string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./"+dir)
	cmd.Dir, cmd.Stderr = filepath.Join("..", ".."), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// readBars returns the second column of the table in docs/benchmarks.md.
func readBars(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## What a Go program links\n")
	section, _, _ = strings.Cut(section, "\n## ")
	bars := make(map[string]int)
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z/-]+)` \\| ([0-9]+) \\|").FindAllStringSubmatch(section, -1) {
		bars[m[1]], err = strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
	}
	return bars
}
