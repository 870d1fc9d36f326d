package gogit_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// Real signed objects, most of them without a final newline, get their expected
// verdicts out of go-git too.
func TestVectorsGetTheirVerdicts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gitsign", "public"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join(gittest.Vectors(t, name), "trusted_root.json"))
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
			for _, vector := range gittest.ReadVectors(t, name) {
				checkVector(t, v, vector)
			}
		})
	}
}

// checkVector judges the object of a vector, or the tag inside it.
func checkVector(t *testing.T, v *verifier.Verifier, vector gittest.Vector) {
	t.Helper()
	typ, err := plumbing.ParseObjectType(vector.Type)
	if err != nil {
		t.Fatal(err)
	}
	objects := memory.NewStorage()
	if got := set(t, objects, typ, string(vector.Raw)); got.String() != vector.ID {
		t.Fatalf("%s: stored as %s", vector.Name, got)
	}
	got := gogit.Verify(v, objects, plumbing.NewHash(vector.ID))
	if vector.Mergetag {
		o, err := gogit.ReadObject(objects, plumbing.NewHash(vector.ID))
		if err != nil {
			t.Fatal(err)
		}
		tags, err := o.Mergetags()
		if err != nil || len(tags) == 0 {
			t.Fatalf("%s: %d tags, %v", vector.Name, len(tags), err)
		}
		got = gogit.VerifyObject(v, tags[0])
	}
	want := vector.Verdict
	switch {
	case want == "good":
		want = "untrusted" // no policy names the signer
	case want == "refuse" && got.Verdict != verifier.Good && got.Verdict != verifier.Untrusted && got.Verdict != verifier.Unproven:
		return
	}
	if got.Verdict.String() != want {
		t.Errorf("%s: %s (%s), want %s", vector.Name, got.Verdict, got.Reason, want)
	}
}
