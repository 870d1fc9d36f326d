package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

const (
	someID    = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"
	someLong  = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"
	emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
)

func parse(t *testing.T, typ git.ObjectType, raw string) *git.Object {
	t.Helper()
	o, err := git.ParseObject(git.SHA1, typ, oddObject{raw: raw}.bytes(git.SHA1, emptyTree, someID))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCommitter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value        string
		wantName, wantMail string
		wantWhen           string
	}{
		{"plain", "Ana Example <ana@example.com> 1700000000 +0100", "Ana Example", "ana@example.com", "2023-11-14T23:13:20+01:00"},
		{"west", "Ana <ana@example.com> 1700000000 -0230", "Ana", "ana@example.com", "2023-11-14T19:43:20-02:30"},
		{"no name", "<ana@example.com> 1700000000 +0000", "", "ana@example.com", "2023-11-14T22:13:20Z"},
		{"no e-mail", "Ana <> 1700000000 +0000", "Ana", "", "2023-11-14T22:13:20Z"},
		{"bytes that are not UTF-8", "M\xfcller <m@example.com> 1700000000 +0000", "M\xfcller", "m@example.com", "2023-11-14T22:13:20Z"},
		{"spaces in the e-mail stay", "Ana < ana@example.com > 1700000000 +0000", "Ana", " ana@example.com ", "2023-11-14T22:13:20Z"},
		{"two addresses", "Eve <eve@example.com> <ana@example.com> 1700000000 +0000", "", "", ""},
		{"brackets in brackets", "Eve <<ana@example.com>> 1700000000 +0000", "", "", ""},
		{"no brackets", "ana@example.com 1700000000 +0000", "", "", ""},
		{"brackets the wrong way round", "Ana >ana@example.com< 1700000000 +0000", "", "", ""},
		{"no time", "Ana <ana@example.com>", "Ana", "ana@example.com", ""},
		{"negative time", "Ana <ana@example.com> -1 +0000", "Ana", "ana@example.com", ""},
		{"time beyond all numbers", "Ana <ana@example.com> 99999999999999999999 +0000", "Ana", "ana@example.com", ""},
		{"zone in words", "Ana <ana@example.com> 1700000000 UTC", "Ana", "ana@example.com", ""},
		{"CR behind the zone", "Ana <ana@example.com> 1700000000 +0000\r", "Ana", "ana@example.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			id := parse(t, git.Commit, "tree TREE\nauthor "+c.value+"\ncommitter "+c.value+"\n\nm\n").Committer()
			when := ""
			if !id.When.IsZero() {
				when = id.When.Format(time.RFC3339)
			}
			if id.Raw != c.value || id.Name != c.wantName || id.Email != c.wantMail || when != c.wantWhen {
				t.Errorf("read %+v (%s) of %q", id, when, c.value)
			}
		})
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		typ  git.ObjectType
		raw  string
		want string
	}{
		{"one line", git.Commit, start + "\nsubject\n", "subject"},
		{"no final newline", git.Commit, start + "\nsubject", "subject"},
		{"more lines", git.Commit, start + "\nsubject\n\nbody\n", "subject"},
		{"CRLF", git.Commit, start + "\nsubject\r\nbody\r\n", "subject"},
		{"blank lines in front", git.Commit, start + "\n\n\r\nsubject\n", "subject"},
		{"no message", git.Commit, start + "\n", ""},
		{"no blank line", git.Commit, start, ""},
		{"no message but a signature", git.Commit, start + "OWN " + foldedArmor, ""},
		{"tag", git.Tag, tagStart + "\nsubject\n" + armor, "subject"},
		{"tag with nothing but a signature", git.Tag, tagStart + "\n" + armor, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, c.typ, c.raw).Subject(); got != c.want {
				t.Errorf("subject %q, want %q", got, c.want)
			}
		})
	}
}

func TestTagNameAndTarget(t *testing.T) {
	t.Parallel()
	tag := parse(t, git.Tag, "object OBJECT\ntype tree\ntag release/1.0 final\n\nm\n"+armor)
	if id, typ := tag.Target(); id != someID || typ != "tree" || tag.TagName() != "release/1.0 final" {
		t.Errorf("tag %q of %s %s", tag.TagName(), typ, id)
	}
	if tag.Committer() != (git.Ident{}) || string(tag.Signature()) != armor {
		t.Errorf("a tag without tagger: %+v, signature %q", tag.Committer(), tag.Signature())
	}
	commit := parse(t, git.Commit, start+"\nm\n")
	if id, typ := commit.Target(); id != "" || typ != "" || commit.TagName() != "" {
		t.Errorf("a commit is tag %q of %s %s", commit.TagName(), typ, id)
	}
}

func TestMergetags(t *testing.T) {
	t.Parallel()
	tagHeader := func(name, object string) string {
		return "mergetag object " + object + "\n type commit\n tag " + name + "\n tagger Carl <carl@example.com> 1 +0000\n \n upstream\n \n  indented\n -----BEGIN SIGNED MESSAGE-----\n MIID\n -----END SIGNED MESSAGE-----\n"
	}
	o := parse(t, git.Commit, start+tagHeader("v1", "OBJECT")+tagHeader("v2", "OBJECT")+"OWN "+foldedArmor+"\nm\n")
	tags, err := o.Mergetags()
	if err != nil || len(tags) != 2 {
		t.Fatalf("%d tags, %v", len(tags), err)
	}
	for i, name := range []string{"v1", "v2"} {
		tag := tags[i]
		if tag.TagName() != name || tag.Scheme() != git.X509 || !strings.HasSuffix(string(tag.Payload()), "\n\nupstream\n\n indented\n") {
			t.Errorf("tag %q, %s, payload %q", tag.TagName(), tag.Scheme(), tag.Payload())
		}
	}

	o = parse(t, git.Commit, start+tagHeader("v1", "HEAD")+tagHeader("v2", "OBJECT")+"\nm\n")
	tags, err = o.Mergetags()
	var ambiguous *git.AmbiguousError
	if len(tags) != 1 || !errors.As(err, &ambiguous) || ambiguous.Header != "object" {
		t.Errorf("%d tags, %v; want the readable one and an error for the other", len(tags), err)
	}
}

func TestMergetagOfARealMerge(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(gittest.Vectors(t, "public"), "objects", "36e083e050095cd1f33ae77ed2e16c139c79c733.commit"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := git.ParseObject(git.SHA1, git.Commit, raw)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := o.Mergetags()
	if err != nil || len(tags) != 1 {
		t.Fatalf("%d tags, %v", len(tags), err)
	}
	if o.Scheme() != git.SSH || tags[0].Scheme() != git.X509 || tags[0].TagName() != "v0.14.0" {
		t.Errorf("commit %s, tag %q %s", o.Scheme(), tags[0].TagName(), tags[0].Scheme())
	}
}

func TestSchemeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, armored string
		want          git.Scheme
	}{
		{"nothing", "", git.None},
		{"CMS", "-----BEGIN SIGNED MESSAGE-----\n", git.X509},
		{"OpenPGP", "-----BEGIN PGP SIGNATURE-----\n", git.OpenPGP},
		{"OpenPGP, old", "-----BEGIN PGP MESSAGE-----\n", git.OpenPGP},
		{"SSH", "-----BEGIN SSH SIGNATURE-----\n", git.SSH},
		{"no newline", "-----BEGIN SIGNED MESSAGE-----", git.X509},
		{"another PEM", "-----BEGIN CERTIFICATE-----\n", git.Junk},
		{"cut short", "-----BEGIN SIGNED MESSAGE----", git.Junk},
		{"space in front", " -----BEGIN SIGNED MESSAGE-----\n", git.Junk},
		{"one byte", "x", git.Junk},
		{"newline", "\n", git.Junk},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := git.SchemeOf([]byte(c.armored)); got != c.want {
				t.Errorf("scheme %q, want %q", got, c.want)
			}
		})
	}
}

func TestParseObjectRefusesByTypeFormatAndSize(t *testing.T) {
	t.Parallel()
	var typeError *git.TypeError
	if _, err := git.ParseObject(git.SHA1, "blob", nil); !errors.As(err, &typeError) {
		t.Errorf("blob: %v", err)
	}
	if _, err := git.ParseObject("md5", git.Commit, nil); err == nil {
		t.Error("format md5 accepted")
	}
	var sizeError *git.SizeError
	if _, err := git.ParseObject(git.SHA1, git.Commit, make([]byte, git.MaxObjectSize+1)); !errors.As(err, &sizeError) || sizeError.Size != git.MaxObjectSize+1 {
		t.Errorf("too large: %v", err)
	}
	var ambiguous *git.AmbiguousError
	raw := oddObject{raw: start + strings.Repeat("a\n", 1<<16) + "\nm\n"}.bytes(git.SHA1, emptyTree, someID)
	if _, err := git.ParseObject(git.SHA1, git.Commit, raw); !errors.As(err, &ambiguous) || !strings.Contains(err.Error(), "more than") {
		t.Errorf("too many headers: %v", err)
	}
	raw = oddObject{raw: start + "\nm\n"}.bytes(git.SHA1, someLong, someID)
	if _, err := git.ParseObject(git.SHA1, git.Commit, raw); !errors.As(err, &ambiguous) {
		t.Errorf("a SHA-256 tree in a SHA-1 commit: %v", err)
	}
}

func BenchmarkParseObject(b *testing.B) {
	raw := oddObject{raw: start + "OWN " + foldedArmor + "\nmessage\n"}.bytes(git.SHA1, emptyTree, someID)
	b.ReportAllocs()
	for b.Loop() {
		o, err := git.ParseObject(git.SHA1, git.Commit, raw)
		if err != nil {
			b.Fatal(err)
		}
		if len(o.Payload()) == 0 || len(o.Signature()) == 0 {
			b.Fatal("nothing found")
		}
	}
}

// TestMergetagCheck holds that a tag vouches for a merge only where it is of one
// of its parents.
func TestMergetagCheck(t *testing.T) {
	t.Parallel()
	const first, second, stranger = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222", "3333333333333333333333333333333333333333"
	for _, c := range []struct {
		target, typ string
		want        string // "": it is of a parent
		nested      bool
	}{
		{first, "commit", "", false},
		{second, "commit", "", false},
		{stranger, "commit", "the tag is of " + stranger + ", which is not a parent of the merge", false},
		{first, "blob", "the tag is of a blob, " + first + ", which is not a parent of the merge", false},
		{emptyTree, "tree", "the tag is of a tree, " + emptyTree + ", which is not a parent of the merge", false},
		{second, "tag", "the tag is of another tag, " + second + ", which may be of anything", true},
	} {
		t.Run(c.typ+" "+c.target, func(t *testing.T) {
			t.Parallel()
			tag := "object " + c.target + "\ntype " + c.typ + "\ntag v1\ntagger Carl <carl@example.com> 1 +0000\n\nupstream\n" + armor
			o := parse(t, git.Commit, "tree TREE\nparent "+first+"\nparent "+second+"\n"+people+string(fold("mergetag", []byte(tag)))+"\nm\n")
			tags, err := o.Mergetags()
			if err != nil || len(tags) != 1 {
				t.Fatalf("%d tags, %v", len(tags), err)
			}
			err = o.MergetagCheck()(tags[0])
			var stray *git.MergetagError
			if errors.As(err, &stray) != (c.want != "") || err != nil && (err.Error() != c.want || stray.Nested() != c.nested || stray.Target != c.target) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestMergetagCheckReadsParentsOnce holds that many tags in a merge of many
// parents cost their sum and not their product.
func TestMergetagCheckReadsParentsOnce(t *testing.T) { // not parallel: it counts allocations
	const n = 20_000
	tag := string(fold("mergetag", []byte("object OBJECT\ntype commit\ntag v1\n\nm\n")))
	o := parse(t, git.Commit, "tree TREE\n"+strings.Repeat("parent OBJECT\n", n)+people+strings.Repeat(tag, n)+"\nm\n")
	tags, err := o.Mergetags()
	if err != nil || len(tags) != n {
		t.Fatalf("%d tags, %v", len(tags), err)
	}
	check := o.MergetagCheck()
	if allocated := testing.AllocsPerRun(1, func() {
		for _, tag := range tags {
			if err := check(tag); err != nil {
				t.Error(err)
			}
		}
	}); allocated > 0 {
		t.Errorf("%v allocations for %d tags", allocated, n)
	}
}
