package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// vectorObjects returns the files with raw objects, at least min of them.
func vectorObjects(t *testing.T, min int, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(gittest.Vectors(t, ""), pattern))
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
	for _, set := range []string{"gitsign", "public"} {
		for _, v := range gittest.ReadVectors(t, set) {
			switch {
			case strings.Contains(v.Why, "signature removed"):
				schemes[v.Name] = git.None
			case strings.Contains(v.Why, "PGP armour"):
				schemes[v.Name] = git.OpenPGP
			case strings.Contains(v.Why, "signed with SSH"):
				schemes[v.Name] = git.SSH
			}
		}
	}
	return schemes
}
