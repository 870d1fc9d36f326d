package gogit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// vectors is a folder of the shared vectors, which lie beside the repository
// and are no part of it. Where they are absent the test is skipped, but never
// in CI.
func vectors(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "vectors", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("vectors are needed in CI: %v", err)
		}
		t.Skipf("no vectors beside this clone: %v", err)
	}
	return dir
}

// Real signed objects, most of them without a final newline, get their expected
// verdicts out of go-git too.
func TestVectorsGetTheirVerdicts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gitsign", "public"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := vectors(t, name)
			data, err := os.ReadFile(filepath.Join(dir, "trusted_root.json"))
			if err != nil {
				t.Fatal(err)
			}
			root, err := trust.ParseRoot(name, "trusted_root.json", data)
			if err != nil {
				t.Fatal(err)
			}
			v, err := verifier.New(verifier.Options{Roots: []*trust.Root{root}})
			if err != nil {
				t.Fatal(err)
			}
			table, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
				fields := strings.Split(line, "\t")
				checkVector(t, v, dir, fields[0], fields[1])
			}
		})
	}
}

// checkVector judges the object in a file, or, where the name ends in
// #mergetag, the tag inside it.
func checkVector(t *testing.T, v *verifier.Verifier, dir, name, want string) {
	t.Helper()
	file, isMergetag := strings.CutSuffix(name, "#mergetag")
	id, extension, _ := strings.Cut(file, ".")
	raw, err := os.ReadFile(filepath.Join(dir, "objects", file))
	if err != nil {
		t.Fatal(err)
	}
	typ, err := plumbing.ParseObjectType(extension)
	if err != nil {
		t.Fatal(err)
	}
	objects := memory.NewStorage()
	if got := set(t, objects, typ, string(raw)); got.String() != id {
		t.Fatalf("%s: stored as %s", name, got)
	}
	got := gogit.Verify(v, objects, plumbing.NewHash(id))
	if isMergetag {
		o, err := gogit.ReadObject(objects, plumbing.NewHash(id))
		if err != nil {
			t.Fatal(err)
		}
		tags, err := o.Mergetags()
		if err != nil || len(tags) == 0 {
			t.Fatalf("%s: %d tags, %v", name, len(tags), err)
		}
		got = gogit.VerifyObject(v, tags[0])
	}
	switch {
	case want == "good":
		want = "untrusted" // no policy names the signer
	case want == "refuse" && got.Verdict != verifier.Good && got.Verdict != verifier.Untrusted && got.Verdict != verifier.Unproven:
		return
	}
	if got.Verdict.String() != want {
		t.Errorf("%s: %s (%s), want %s", name, got.Verdict, got.Reason, want)
	}
}
