package gogit_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/signer/signertest"
	"github.com/git-seal/git-seal/verifier/gogit"
)

// Check is for signatures just made: it lets through what will be good as part
// of the object, and nothing else.
func TestCheckWantsAGoodObject(t *testing.T) {
	t.Parallel()
	s := signertest.Start(t)
	check := gogit.Check(newVerifier(t, s))
	const tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor Ana <ana@example.com> 1 +0000\n"
	const commit = tree + "committer Dev <dev@example.com> 1 +0000\n\nfirst\r\nno final newline"
	const notByDev = tree + "committer Ana <ana@example.com> 1 +0000\n\nmessage\n"
	const tag = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v1\ntagger Dev <dev@example.com> 1 +0000\n\nmessage\n"
	ofCommit, ofTag := signature(s, commit), signature(s, tag)
	for _, test := range []struct {
		name, payload, signature string
		says                     string // empty: no error
	}{
		{"commit", commit, ofCommit, ""},
		{"tag", tag, ofTag, ""},
		{"another object's signature", tag, ofCommit, "bad: object is not what was signed"},
		{"a final newline added", commit + "\n", ofCommit, "bad: object is not what was signed"},
		{"another committer", notByDev, signature(s, notByDev), "untrusted: policy does not allow"},
		{"signature without its final newline", commit, strings.TrimSuffix(ofCommit, "\n"), "told apart"},
		{"signature with CRLF", commit, strings.ReplaceAll(ofCommit, "\n", "\r\n"), "bad: "},
		{"signature as libgit2 stores it", commit, ofCommit + "\n", ""},
		{"signature with lines after it", commit, ofCommit + "\n\n", "bad: malformed signature"},
		{"no signature of the commit", commit, "", "told apart"},
		{"no signature of the tag", tag, "", "unsigned: no signature"},
		{"no payload", "", ofCommit, "ambiguous"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := check([]byte(test.payload), []byte(test.signature))
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("error %v, want %q", err, test.says)
			}
		})
	}
}
