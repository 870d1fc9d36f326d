package git_test

import (
	"bufio"
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
	unsigned := unsignedVectors(t)
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
		switch {
		case strings.Contains(file, "junk-gpgsig"):
			want = git.Junk
		case unsigned[filepath.Base(file)] != "":
			want = git.Scheme(unsigned[filepath.Base(file)])
			if want == "none" {
				want = git.None
			}
		}
		if o.Scheme() != want {
			t.Errorf("%s: scheme %q, want %q", filepath.Base(file), o.Scheme(), want)
		}
		if o.Committer().Email == "" || o.Committer().When.IsZero() {
			t.Errorf("%s: committer %q could not be read", filepath.Base(file), o.Committer().Raw)
		}
	}
}

// unsignedVectors returns, of the vectors made to fail, the ones whose
// signature is none or of another scheme.
func unsignedVectors(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(vectors(t), "gitsign", "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schemes := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		switch {
		case strings.Contains(fields[2], "signature removed"):
			schemes[fields[0]] = "none"
		case strings.Contains(fields[2], "PGP armour"):
			schemes[fields[0]] = "openpgp"
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return schemes
}
