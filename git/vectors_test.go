package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
)

// vectors returns the folder with the real signed objects, which is not part of
// the project. Where it is absent the test is skipped, but never in CI.
func vectors(t *testing.T) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the test's folder")
		}
		root = filepath.Dir(root)
	}
	dir := filepath.Join(root, "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("vectors are needed in CI: %v", err)
		}
		t.Skipf("no vectors beside this clone: %v", err)
	}
	return dir
}

// vectorObjects returns the files with raw objects, at least min of them.
func vectorObjects(t *testing.T, min int, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(vectors(t), pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < min {
		t.Fatalf("found %d objects, want at least %d", len(all), min)
	}
	return all
}

func TestParseObjectAcceptsEveryRealObject(t *testing.T) {
	t.Parallel()
	others := otherSchemes(t)
	for _, file := range vectorObjects(t, 160, "public/objects/*", "gitsign/objects/*", "junk-gpgsig/*.commit") {
		id, typ, _ := strings.Cut(filepath.Base(file), ".")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o, err := git.ParseObject(git.SHA1, git.ObjectType(typ), raw)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if o.ID() != id {
			t.Errorf("%s: id of its bytes is %s", filepath.Base(file), o.ID())
		}
		want := git.X509
		if strings.Contains(file, "junk-gpgsig") {
			want = git.Junk
		} else if other, ok := others[filepath.Base(file)]; ok {
			want = other
		}
		if o.Scheme() != want {
			t.Errorf("%s: scheme %q, want %q", filepath.Base(file), o.Scheme(), want)
		}
		if o.Committer().Email == "" || o.Committer().When.IsZero() {
			t.Errorf("%s: committer %q could not be read", filepath.Base(file), o.Committer().Raw)
		}
	}
}

// otherSchemes returns the vectors that bear no X.509 signature, by what their
// table says about them.
func otherSchemes(t *testing.T) map[string]git.Scheme {
	t.Helper()
	schemes := map[string]git.Scheme{}
	for _, folder := range []string{"gitsign", "public"} {
		table, err := os.ReadFile(filepath.Join(vectors(t), folder, "expected.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(table)) {
			object, why, _ := strings.Cut(line, "\t")
			switch {
			case strings.Contains(why, "signature removed"):
				schemes[object] = git.None
			case strings.Contains(why, "PGP armour"):
				schemes[object] = git.OpenPGP
			case strings.Contains(why, "signed with SSH"):
				schemes[object] = git.SSH
			}
		}
	}
	return schemes
}
