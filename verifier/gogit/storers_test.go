package gogit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/gogit"
)

// object is one of the repository's with the verdict that it should get.
type object struct {
	name, id string
	want     verifier.Verdict
	holds    string // what git has kept in the raw object, the odd part
}

// oddObjects has real git make what go-git's own decoding would not give back,
// and adds what git's porcelain does not make.
func oddObjects(t *testing.T, r sealed) []object {
	t.Helper()
	const good = verifier.Good
	objects := []object{
		{"commit", r.commit("plain\n"), good, "\n\nplain\n"},
		{"commit, CRLF", r.commit("first\r\n\r\nthird\r\n"), good, "\n\nfirst\r\n\r\nthird\r\n"},
		{"commit, no final newline", r.commit("no newline"), good, "\n\nno newline"},
		{"commit, CRLF and no final newline", r.commit("first\r\n\r\nthird\r"), good, "third\r"},
		{"commit, encoding", r.commit("M\xfcller\n", "-c", "i18n.commitEncoding=ISO-8859-1"), good, "encoding ISO-8859-1\n"},
		{"commit, armor in the message", r.commit("-----BEGIN PGP SIGNATURE-----\n\nx\n"), good, "\n\n-----BEGIN PGP SIGNATURE-----\n"},
		{"tag", r.tag("v1", "plain\n"), good, "\ntag v1\n"},
		{"tag, CRLF", r.tag("v2", "first\r\n\r\nthird\r\n"), good, "\n\nfirst\r\n\r\nthird\r\n"},
		{"tag, armor in the message", r.tag("v3", "-----BEGIN PGP SIGNATURE-----\n\nx\n"), good, "\n\n-----BEGIN PGP SIGNATURE-----\n"},
	}
	r.Git("tag", "-s", "-m", "tag of a tag", "v4", "v1")
	objects = append(objects, object{"tag of a tag", r.Git("rev-parse", "v4"), good, "\ntype tag\n"})

	r.Git("checkout", "--quiet", "-b", "upstream")
	r.commit("upstream\n")
	r.tag("v5", "upstream's\r\n")
	r.Git("checkout", "--quiet", "main")
	r.Git("merge", "--quiet", "-S", "--no-ff", "-m", "merge", "v5")
	objects = append(objects, object{"commit, mergetag", r.Git("rev-parse", "HEAD"), good, "\nmergetag object "})

	r.Git("commit", "--quiet", "--allow-empty", "-m", "unsigned")
	objects = append(objects, object{"commit, unsigned", r.Git("rev-parse", "HEAD"), verifier.Unsigned, ""})
	r.Git("tag", "-a", "-m", "unsigned", "v6")
	objects = append(objects, object{"tag, unsigned", r.Git("rev-parse", "v6"), verifier.Unsigned, ""})

	tree := r.Git("rev-parse", "HEAD^{tree}")
	begin := "tree " + tree + "\nauthor Ana <ana@example.com> 1700000000 +0000\ncommitter Dev <" + signerEmail + "> 1700000000 +0000\n"
	store := func(name string, want verifier.Verdict, headers, message string) object {
		return object{name, r.Store("commit", []byte(begin+headers+"\n"+message)), want, ""}
	}
	gpgsig := func(headers, message string) string {
		signature := r.sign(t, begin+headers+"\n"+message)
		return "gpgsig " + strings.ReplaceAll(strings.TrimSuffix(signature, "\n"), "\n", "\n ") + "\n"
	}
	extra := "HG:extra branch:a\nHG:extra source:b\nstrange one\n two\n  three\nencoding \n"
	message := "before\x00behind"
	signature := gpgsig("", message)
	return append(objects,
		store("commit, extra headers", good, extra+gpgsig(extra, "message"), "message"),
		store("commit, headers behind the signature", good, gpgsig(extra, "message")+extra, "message"),
		store("commit, NUL in the message", good, signature, message),
		store("commit, invalid UTF-8", good, gpgsig("", "\xff\xfe\x80"), "\xff\xfe\x80"),
		store("commit, a byte changed", verifier.Bad, signature, "before\x00Behind"),
		store("commit, final newline added", verifier.Bad, signature, message+"\n"),
		store("commit, two signatures", verifier.Bad, signature+signature, message),
		store("commit, signed with OpenPGP", verifier.Unsupported, "gpgsig -----BEGIN PGP SIGNATURE-----\n x\n", message),
	)
}

// What real git has made is judged the same out of each of go-git's storers as
// through git itself, from the same bytes.
func TestStorersGiveTheVerdictsOfGit(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	v := newVerifier(t, s)
	r := newSealed(t, s)
	objects := oddObjects(t, r)
	repository, err := git.Open(t.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repository.Close()
	for storage, objectStorer := range r.storers(t) {
		for _, o := range objects {
			id := plumbing.NewHash(o.id)
			got := gogit.Verify(v, objectStorer, id)
			if got.Verdict != o.want {
				t.Errorf("%s: %s: %s (%s), want %s", storage, o.name, got.Verdict, got.Reason, o.want)
			}
			read, errRead := gogit.ReadObject(objectStorer, id)
			_, want, errWant := repository.ReadObject(t.Context(), o.id)
			if errRead != nil || errWant != nil {
				var a, b *git.AmbiguousError
				if !errors.As(errRead, &a) || !errors.As(errWant, &b) || *a != *b {
					t.Errorf("%s: %s: error %v, of git %v", storage, o.name, errRead, errWant)
				}
				continue
			}
			if !bytes.Equal(read.Raw, want.Raw) || !bytes.Equal(read.Payload(), want.Payload()) || !bytes.Equal(read.Signature(), want.Signature()) {
				t.Errorf("%s: %s: not split as git has it", storage, o.name)
			}
			if !bytes.Contains(read.Raw, []byte(o.holds)) {
				t.Errorf("%s: %s: no %q in it", storage, o.name, o.holds)
			}
			if r := gogit.VerifyObject(v, want); r.Verdict != got.Verdict || r.Reason != got.Reason {
				t.Errorf("%s: %s: %s (%s), and through git %s (%s)", storage, o.name, got.Verdict, got.Reason, r.Verdict, r.Reason)
			}
			checkMergetags(t, v, o.name, read)
		}
	}
}

// checkMergetags holds that the tag inside the one merge commit has its own
// verdict.
func checkMergetags(t *testing.T, v *verifier.Verifier, name string, o *git.Object) {
	t.Helper()
	tags, err := o.Mergetags()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if strings.Contains(name, "mergetag") != (len(tags) == 1) {
		t.Errorf("%s: %d mergetags", name, len(tags))
	}
	for _, tag := range tags {
		if r := gogit.VerifyObject(v, tag); r.Verdict != verifier.Good {
			t.Errorf("%s: its mergetag is %s (%s)", name, r.Verdict, r.Reason)
		}
	}
}
