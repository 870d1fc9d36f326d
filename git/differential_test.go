package git_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// oddObject is an object as no porcelain writes it. In its text the words TREE,
// OBJECT, OWN and OTHER stand for a tree's id, a commit's id, and the names of
// the signature headers for the repository's own and for the other hash
// algorithm.
type oddObject struct {
	name string
	typ  git.ObjectType
	raw  string
}

const (
	armor       = "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"
	foldedArmor = "-----BEGIN SIGNED MESSAGE-----\n MIIB\n -----END SIGNED MESSAGE-----\n"
	otherArmor  = "-----BEGIN SIGNED MESSAGE-----\n MIIC\n -----END SIGNED MESSAGE-----\n"
	people      = "author Ana <ana@example.com> 1700000000 +0100\ncommitter Carl <carl@example.com> 1700000001 -0230\n"
	start       = "tree TREE\n" + people
	tagStart    = "object OBJECT\ntype commit\ntag v1\ntagger Carl <carl@example.com> 1700000001 -0230\n"
)

// legalObjects are read in one way by every reader, whatever they look like.
var legalObjects = []oddObject{
	{"plain", git.Commit, start + "OWN " + foldedArmor + "\nmessage\n"},
	{"unsigned", git.Commit, start + "\nmessage\n"},
	{"no message", git.Commit, start + "OWN " + foldedArmor + "\n"},
	{"no blank line", git.Commit, start + "OWN " + foldedArmor},
	{"no final newline", git.Commit, start + "OWN " + foldedArmor + "\nmessage"},
	{"CRLF in the message", git.Commit, start + "OWN " + foldedArmor + "\nfirst\r\n\r\nthird\r\n"},
	{"CRLF in the signature", git.Commit, start + "OWN " + strings.ReplaceAll(foldedArmor, "\n", "\r\n") + "\nmessage\n"},
	{"CR behind the committer", git.Commit, strings.TrimSuffix(start, "\n") + "\r\nOWN " + foldedArmor + "\nmessage\n"},
	{"NUL in the message", git.Commit, start + "OWN " + foldedArmor + "\nbefore\x00behind\n"},
	{"invalid UTF-8", git.Commit, start + "OWN " + foldedArmor + "\n\xff\xfe\x80\n"},
	{"encoding header", git.Commit, start + "encoding ISO-8859-1\nOWN " + foldedArmor + "\nM\xfcller\n"},
	{"encoding behind the signature", git.Commit, start + "OWN " + foldedArmor + "encoding ISO-8859-1\n\nM\xfcller\n"},
	{"change-id", git.Commit, start + "change-id zxzxzxzx\nOWN " + foldedArmor + "\nmessage\n"},
	{"change-id behind the signature", git.Commit, start + "OWN " + foldedArmor + "change-id zxzxzxzx\n\nmessage\n"},
	{"HG:extra twice", git.Commit, start + "HG:extra branch:a\nHG:extra source:b\nOWN " + foldedArmor + "\nmessage\n"},
	{"unknown folded header", git.Commit, start + "strange one\n two\n  three\nOWN " + foldedArmor + "\nmessage\n"},
	{"header without value", git.Commit, start + "strange\nOWN " + foldedArmor + "\nmessage\n"},
	{"parents", git.Commit, "tree TREE\nparent OBJECT\nparent OBJECT\n" + people + "OWN " + foldedArmor + "\nmessage\n"},
	{"empty line in the signature", git.Commit, start + "OWN -----BEGIN SIGNED MESSAGE-----\n \n MIIB\n \n -----END SIGNED MESSAGE-----\n \n\nmessage\n"},
	{"signature lines that begin with spaces", git.Commit, start + "OWN -----BEGIN SIGNED MESSAGE-----\n   MIIB\n -----END SIGNED MESSAGE-----\n\nmessage\n"},
	{"signature header in the message", git.Commit, start + "OWN " + foldedArmor + "\nmessage\n\nOWN " + foldedArmor + "OTHER " + otherArmor},
	{"message begins with a space", git.Commit, start + "OWN " + foldedArmor + "\n message\n"},
	{"both signatures", git.Commit, start + "OWN " + foldedArmor + "OTHER " + otherArmor + "\nmessage\n"},
	{"both signatures, the other first", git.Commit, start + "OTHER " + otherArmor + "OWN " + foldedArmor + "\nmessage\n"},
	{"both signatures, a header between", git.Commit, start + "OTHER " + otherArmor + "strange x\n y\nOWN " + foldedArmor + "\nmessage\n"},
	{"the other signature alone", git.Commit, start + "OTHER " + otherArmor + "\nmessage\n"},
	{"the other signature, then a folded header", git.Commit, start + "OTHER " + otherArmor + "strange x\n y\n\nmessage\n"},
	{"the other signature by OpenPGP", git.Commit, start + "OTHER -----BEGIN PGP SIGNATURE-----\n Version: GnuPG v2\n Comment: some words\n \n iQEz+/BA=\n =aBcD\n -----END PGP SIGNATURE-----\nOWN " + foldedArmor + "\nmessage\n"},
	{"the other signature by OpenPGP, without headers", git.Commit, start + "OTHER -----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----\n\nmessage\n"},
	{"the other signature by SSH", git.Commit, start + "OTHER -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\nOWN " + foldedArmor + "\nmessage\n"},
	{"the other signature as libgit2 stores it", git.Commit, start + "OTHER " + otherArmor + " \nOWN " + foldedArmor + "\nmessage\n"},
	{"mergetag", git.Commit, start + "mergetag object OBJECT\n type commit\n tag v1\n tagger Carl <carl@example.com> 1 +0000\n \n upstream\n -----BEGIN SIGNED MESSAGE-----\n MIID\n -----END SIGNED MESSAGE-----\nOWN " + foldedArmor + "\nmessage\n"},
	{"mergetag twice, unsigned", git.Commit, start + strings.Repeat("mergetag object OBJECT\n type commit\n tag v1\n tagger Carl <carl@example.com> 1 +0000\n \n upstream\n", 2) + "OWN " + foldedArmor + "\nmessage\n"},
	{"a megabyte without a newline", git.Commit, start + "OWN " + foldedArmor + "\n" + strings.Repeat("x", 1<<20)},
	{"a header of a megabyte", git.Commit, start + "strange " + strings.Repeat("x", 1<<20) + "\nOWN " + foldedArmor + "\nmessage\n"},
	{"a signature of one long line", git.Commit, start + "OWN -----BEGIN SIGNED MESSAGE-----" + strings.Repeat("x", 100_000) + "\n\nmessage\n"},

	{"plain", git.Tag, tagStart + "\nmessage\n" + armor},
	{"unsigned", git.Tag, tagStart + "\nmessage\n"},
	{"no message at all", git.Tag, tagStart},
	{"no message but a signature", git.Tag, tagStart + "\n" + armor},
	{"no final newline", git.Tag, tagStart + "\nmessage\n" + strings.TrimSuffix(armor, "\n")},
	{"CRLF", git.Tag, tagStart + "\nmessage\r\n" + strings.ReplaceAll(armor, "\n", "\r\n")},
	{"NUL in the message", git.Tag, tagStart + "\nbefore\x00behind\n" + armor},
	{"NUL behind the signature", git.Tag, tagStart + "\nmessage\n" + armor + "\x00\n"},
	{"invalid UTF-8", git.Tag, tagStart + "\n\xff\xfe\n" + armor},
	{"two armors", git.Tag, tagStart + "\nmessage\n" + armor + "between\n" + armor},
	{"two armors of two schemes", git.Tag, tagStart + "\nmessage\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n" + armor},
	{"an armor that does not begin its line", git.Tag, tagStart + "\nmessage\n > -----BEGIN SIGNED MESSAGE-----\n" + armor},
	{"a first line that goes on", git.Tag, tagStart + "\nmessage\n-----BEGIN SIGNED MESSAGE-----and more\nMIIB\n"},
	{"text behind the signature", git.Tag, tagStart + "\nmessage\n" + armor + "\ntrailing text\n"},
	{"the other signature in a header", git.Tag, tagStart + "OTHER " + otherArmor + "\nmessage\n" + armor},
	{"the other signature in a header alone", git.Tag, tagStart + "OTHER " + otherArmor + "\nmessage\n"},
	{"unknown header", git.Tag, tagStart + "strange x\n y\n\nmessage\n" + armor},
	{"unknown headers around the other signature", git.Tag, tagStart + "strange x\n y\nOTHER " + otherArmor + "strange z\n y\n\nmessage\n" + armor},
	{"signature header in the message", git.Tag, tagStart + "\nOWN " + foldedArmor + "OTHER " + otherArmor + "\nmessage\n" + armor},
}

func (c oddObject) bytes(format git.ObjectFormat, tree, object string) []byte {
	own, other := "gpgsig", "gpgsig-sha256"
	if format == git.SHA256 {
		own, other = other, own
	}
	return []byte(strings.NewReplacer("TREE", tree, "OBJECT", object, "OWN", own, "OTHER", other).Replace(c.raw))
}

// dumpProgram stands in for gpg.x509.program: it keeps what git hands it.
const dumpProgram = `#!/bin/sh
for arg; do
	case $arg in
	--verify) next=sigfile ;;
	*) if [ "$next" = sigfile ]; then cp "$arg" "$DUMP/signature"; next=; fi ;;
	esac
done
cat >"$DUMP/payload"
printf '[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0 x\n[GNUPG:] TRUST_FULLY 0\n'
`

// handedOver returns what git gives the verifying program for an object; both
// are nil if git does not run it.
func handedOver(t *testing.T, repo *gittest.Repo, program string, typ git.ObjectType, id string) (payload, signature []byte) {
	t.Helper()
	dump := t.TempDir()
	out, stderr, err := repo.With("DUMP="+dump).Try(nil, "-c", "gpg.x509.program="+program, "verify-"+string(typ), id)
	payload, errPayload := os.ReadFile(filepath.Join(dump, "payload"))
	signature, errSignature := os.ReadFile(filepath.Join(dump, "signature"))
	if (errPayload == nil) != (errSignature == nil) || (err == nil) != (errPayload == nil) {
		t.Fatalf("git verify-%s: %v, %v, %v\n%s%s", typ, err, errPayload, errSignature, out, stderr)
	}
	return payload, signature
}

func TestPayloadAndSignatureAreWhatGitHandsOver(t *testing.T) {
	t.Parallel()
	dump := program(t, dumpProgram)
	for _, format := range []git.ObjectFormat{git.SHA1, git.SHA256} {
		repo := gittest.New(t, string(format))
		object := repo.Commit("first")
		tree := repo.Git("rev-parse", "HEAD^{tree}")
		for _, c := range legalObjects {
			t.Run(string(format)+"/"+string(c.typ)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				raw := c.bytes(format, tree, object)
				o, err := git.ParseObject(format, c.typ, raw)
				if err != nil {
					t.Fatal(err)
				}
				id := repo.Store(string(c.typ), raw)
				if o.ID() != id {
					t.Errorf("id %s, git says %s", o.ID(), id)
				}
				payload, signature := handedOver(t, repo, dump, c.typ, id)
				if !bytes.Equal(o.Signature(), signature) {
					t.Errorf("signature %q, git hands over %q", short(o.Signature()), short(signature))
				}
				if signature != nil && !bytes.Equal(o.Payload(), payload) {
					t.Errorf("payload %q, git hands over %q", short(o.Payload()), short(payload))
				}
			})
		}
	}
}

func TestMergetagIsWhatGitHandsOver(t *testing.T) {
	t.Parallel()
	dump := program(t, dumpProgram)
	for _, format := range []git.ObjectFormat{git.SHA1, git.SHA256} {
		repo := gittest.New(t, string(format))
		object := repo.Commit("first")
		tree := repo.Git("rev-parse", "HEAD^{tree}")
		for _, c := range legalObjects {
			if c.typ != git.Tag || !strings.HasSuffix(c.raw, "\n") || strings.Contains(c.raw, "\x00") {
				continue // git completes the last line of a tag that it folds into a header; NUL is refused there
			}
			t.Run(string(format)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				tag := c.bytes(format, tree, object)
				raw := oddObject{raw: "tree TREE\nparent OBJECT\nparent OBJECT\n" + people}.bytes(format, tree, object)
				raw = append(append(raw, fold("mergetag", tag)...), "\nmessage\n"...)
				o, err := git.ParseObject(format, git.Commit, raw)
				if err != nil {
					t.Fatal(err)
				}
				tags, err := o.Mergetags()
				if err != nil || len(tags) != 1 || !bytes.Equal(tags[0].Raw, tag) {
					t.Fatalf("%d tags, %v", len(tags), err)
				}
				into := t.TempDir()
				repo.With("DUMP="+into).Git("-c", "gpg.x509.program="+dump, "show", "-s", "--show-signature", repo.Store("commit", raw))
				payload, _ := os.ReadFile(filepath.Join(into, "payload"))
				signature, _ := os.ReadFile(filepath.Join(into, "signature"))
				if !bytes.Equal(tags[0].Signature(), signature) {
					t.Errorf("signature %q, git hands over %q", short(tags[0].Signature()), short(signature))
				}
				if signature != nil && !bytes.Equal(tags[0].Payload(), payload) {
					t.Errorf("payload %q, git hands over %q", short(tags[0].Payload()), short(payload))
				}
			})
		}
	}
}

func short(b []byte) []byte { return b[:min(len(b), 1000)] }

// CVE-2026-44309, CVE-2026-45022: what was verified was one reading of several.
func TestParseObjectRefusesWhatReadersTakeInTwoWays(t *testing.T) {
	t.Parallel()
	signature := "OWN " + foldedArmor
	for _, c := range []struct {
		oddObject
		header string
		before string // what stands in the object before the offset
	}{
		{oddObject{"two own signatures", git.Commit, start + signature + signature + "\nm\n"}, "OWN", start + signature},
		{oddObject{"two own signatures apart", git.Commit, start + signature + "strange x\n" + signature + "\nm\n"}, "OWN", start + signature + "strange x\n"},
		{oddObject{"two other signatures", git.Commit, start + "OTHER " + otherArmor + "OTHER " + otherArmor + signature + "\nm\n"}, "OTHER", start + "OTHER " + otherArmor},
		{oddObject{"words for the other signature", git.Commit, start + "OTHER words\n" + signature + "\nm\n"}, "OTHER", start},
		{oddObject{"words after the other signature", git.Commit, start + signature + "OTHER " + otherArmor + " words\n\nm\n"}, "OTHER", start + signature},
		{oddObject{"words before the other signature", git.Commit, start + "OTHER words\n " + otherArmor + "\nm\n"}, "OTHER", start},
		{oddObject{"words in the other signature", git.Commit, start + "OTHER " + strings.Replace(otherArmor, "MIIC", "some words", 1) + "\nm\n"}, "OTHER", start},
		{oddObject{"a header in the other signature", git.Commit, start + "OTHER " + strings.Replace(otherArmor, " MIIC", " Comment: words\n \n MIIC", 1) + "\nm\n"}, "OTHER", start},
		{oddObject{"an empty line in the other signature", git.Commit, start + "OTHER " + strings.Replace(otherArmor, " MIIC", " \n MIIC", 1) + "\nm\n"}, "OTHER", start},
		{oddObject{"two empty lines after the other signature", git.Commit, start + "OTHER " + otherArmor + " \n \n\nm\n"}, "OTHER", start},
		{oddObject{"the other signature with nothing in it", git.Commit, start + "OTHER " + strings.Replace(otherArmor, " MIIC\n", "", 1) + "\nm\n"}, "OTHER", start},
		{oddObject{"the other signature with another end", git.Commit, start + "OTHER " + strings.Replace(otherArmor, "END SIGNED", "END OTHER", 1) + "\nm\n"}, "OTHER", start},
		{oddObject{"the other signature with CRLF", git.Commit, start + "OTHER " + strings.ReplaceAll(otherArmor, "\n", "\r\n") + "\nm\n"}, "OTHER", start},
		{oddObject{"a header of another name in the other OpenPGP signature", git.Commit, start + "OTHER -----BEGIN PGP SIGNATURE-----\n Reviewed: by all\n \n iQEz\n -----END PGP SIGNATURE-----\n\nm\n"}, "OTHER", start},
		{oddObject{"two armors for the other signature", git.Commit, start + "OTHER " + otherArmor + " " + otherArmor + "\nm\n"}, "OTHER", start},
		{oddObject{"words for the other signature of a tag", git.Tag, tagStart + "OTHER words\n\nm\n" + armor}, "OTHER", tagStart},
		{oddObject{"signature before the tree", git.Commit, signature + start + "\nm\n"}, "tree", ""},
		{oddObject{"signature between author and committer", git.Commit, "tree TREE\nauthor A <a@example.com> 1 +0000\n" + signature + "committer A <a@example.com> 1 +0000\n\nm\n"}, "committer", "tree TREE\nauthor A <a@example.com> 1 +0000\n"},
		{oddObject{"header that only begins like a signature", git.Commit, start + "gpgsig-sha512 x\n" + signature + "\nm\n"}, "gpgsig-sha512", start},
		{oddObject{"signature without value", git.Commit, start + "OWN\n -----BEGIN SIGNED MESSAGE-----\n\nm\n"}, "OWN", start},
		{oddObject{"signature behind a tab", git.Commit, start + "OWN\t-----BEGIN SIGNED MESSAGE-----\n\nm\n"}, "OWN\t-----BEGIN", start},
		{oddObject{"no tree", git.Commit, people + signature + "\nm\n"}, "author", ""},
		{oddObject{"two trees", git.Commit, "tree TREE\n" + start + signature + "\nm\n"}, "tree", "tree TREE\n"},
		{oddObject{"tree at the end", git.Commit, start + signature + "tree TREE\n\nm\n"}, "tree", start + signature},
		{oddObject{"tree that is no id", git.Commit, "tree TREE0\n" + people + signature + "\nm\n"}, "tree", ""},
		{oddObject{"tree with CR", git.Commit, "tree TREE\r\n" + people + signature + "\nm\n"}, "tree", ""},
		{oddObject{"folded tree", git.Commit, "tree TREE\n x\n" + people + signature + "\nm\n"}, "tree", ""},
		{oddObject{"parent before the tree", git.Commit, "parent OBJECT\n" + start + signature + "\nm\n"}, "parent", ""},
		{oddObject{"parent behind the author", git.Commit, start + "parent OBJECT\n" + signature + "\nm\n"}, "parent", start},
		{oddObject{"parent that is no id", git.Commit, "tree TREE\nparent main\n" + people + signature + "\nm\n"}, "parent", "tree TREE\n"},
		{oddObject{"two authors", git.Commit, "tree TREE\nauthor A <a@example.com> 1 +0000\n" + people + signature + "\nm\n"}, "author", "tree TREE\nauthor A <a@example.com> 1 +0000\n"},
		{oddObject{"two committers", git.Commit, start + "committer Eve <eve@example.com> 1 +0000\n" + signature + "\nm\n"}, "committer", start},
		{oddObject{"no author", git.Commit, "tree TREE\ncommitter A <a@example.com> 1 +0000\n" + signature + "\nm\n"}, "committer", "tree TREE\n"},
		{oddObject{"no committer", git.Commit, "tree TREE\nauthor A <a@example.com> 1 +0000\n" + signature + "\nm\n"}, "committer", "tree TREE\nauthor A <a@example.com> 1 +0000\n"},
		{oddObject{"nothing behind the author", git.Commit, "tree TREE\nauthor A <a@example.com> 1 +0000\n"}, "committer", "tree TREE\nauthor A <a@example.com> 1 +0000\n"},
		{oddObject{"folded committer", git.Commit, start + " x\n" + signature + "\nm\n"}, "committer", "tree TREE\nauthor Ana <ana@example.com> 1700000000 +0100\n"},
		{oddObject{"two encodings", git.Commit, start + "encoding UTF-8\nencoding ISO-8859-1\n" + signature + "\nm\n"}, "encoding", start + "encoding UTF-8\n"},
		{oddObject{"folded encoding", git.Commit, start + "encoding UTF-8\n x\n" + signature + "\nm\n"}, "encoding", start},
		{oddObject{"NUL among the headers", git.Commit, start + "strange a\x00b\n" + signature + "\nm\n"}, "", start + "strange a"},
		{oddObject{"NUL in the signature", git.Commit, start + "OWN x\x00\n\nm\n"}, "", start + "OWN x"},
		{oddObject{"CR for the blank line", git.Commit, start + signature + "\r\nm\n"}, "", start + signature},
		{oddObject{"headers without an end", git.Commit, start + "OWN -----BEGIN SIGNED MESSAGE-----"}, "", start},
		{oddObject{"continuation of nothing", git.Commit, " x\n" + start + signature + "\nm\n"}, "", ""},
		{oddObject{"blank line first", git.Commit, "\n" + start + signature + "\nm\n"}, "tree", "\n" + start + signature + "\nm\n"},
		{oddObject{"empty", git.Commit, ""}, "tree", ""},

		{oddObject{"own signature in a header", git.Tag, tagStart + signature + "\nm\n"}, "OWN", tagStart},
		{oddObject{"both signatures in headers", git.Tag, tagStart + "OTHER " + otherArmor + signature + "\nm\n" + armor}, "OWN", tagStart + "OTHER " + otherArmor},
		{oddObject{"two other signatures", git.Tag, tagStart + "OTHER " + otherArmor + "OTHER " + otherArmor + "\nm\n" + armor}, "OTHER", tagStart + "OTHER " + otherArmor},
		{oddObject{"header that only begins like a signature", git.Tag, tagStart + "gpgsigs x\n\nm\n" + armor}, "gpgsigs", tagStart},
		{oddObject{"armor among the headers", git.Tag, tagStart + armor + "\nm\n"}, "", tagStart},
		{oddObject{"type first", git.Tag, "type commit\nobject OBJECT\ntag v1\n\nm\n" + armor}, "type", ""},
		{oddObject{"tagger before the tag", git.Tag, "object OBJECT\ntype commit\ntagger A <a@example.com> 1 +0000\ntag v1\n\nm\n" + armor}, "tagger", "object OBJECT\ntype commit\n"},
		{oddObject{"two objects", git.Tag, "object OBJECT\n" + tagStart + "\nm\n" + armor}, "object", "object OBJECT\n"},
		{oddObject{"two types", git.Tag, tagStart + "type tree\n\nm\n" + armor}, "type", tagStart},
		{oddObject{"two names", git.Tag, tagStart + "tag v2\n\nm\n" + armor}, "tag", tagStart},
		{oddObject{"two taggers", git.Tag, tagStart + "tagger Eve <eve@example.com> 1 +0000\n\nm\n" + armor}, "tagger", tagStart},
		{oddObject{"no name", git.Tag, "object OBJECT\ntype commit\n\nm\n" + armor}, "tag", "object OBJECT\ntype commit\n\nm\n" + armor},
		{oddObject{"unknown type", git.Tag, "object OBJECT\ntype commits\ntag v1\n\nm\n" + armor}, "type", "object OBJECT\n"},
		{oddObject{"object that is no id", git.Tag, "object HEAD\ntype commit\ntag v1\n\nm\n" + armor}, "object", ""},
		{oddObject{"folded name", git.Tag, "object OBJECT\ntype commit\ntag v1\n x\n\nm\n" + armor}, "tag", "object OBJECT\ntype commit\n"},
		{oddObject{"NUL in the name", git.Tag, "object OBJECT\ntype commit\ntag v1\x00x\n\nm\n" + armor}, "", "object OBJECT\ntype commit\ntag v1"},
	} {
		for _, format := range []git.ObjectFormat{git.SHA1, git.SHA256} {
			t.Run(string(format)+"/"+string(c.typ)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				id := strings.Repeat("5eed", 10)
				if format == git.SHA256 {
					id = strings.Repeat("5eed", 16)
				}
				text := func(s string) string {
					return string(oddObject{raw: s}.bytes(format, id, id))
				}
				_, err := git.ParseObject(format, c.typ, []byte(text(c.raw)))
				var ambiguous *git.AmbiguousError
				if !errors.As(err, &ambiguous) {
					t.Fatalf("error %v, want an AmbiguousError", err)
				}
				if ambiguous.Header != text(c.header) || ambiguous.Offset != len(text(c.before)) || ambiguous.Type != c.typ {
					t.Errorf("%v: want header %q at byte %d", err, text(c.header), len(text(c.before)))
				}
			})
		}
	}
}
