package judging

import (
	"testing"

	"github.com/git-seal/git-seal/git"
)

const armor = "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"

func TestReassembleNamesTheObject(t *testing.T) {
	t.Parallel()
	tree := map[git.ObjectFormat]string{
		git.SHA1:   "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
		git.SHA256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
	}
	folded := "-----BEGIN SIGNED MESSAGE-----\n MIIB\n -----END SIGNED MESSAGE-----\n"
	ident := "A U Thor <author@example.com> 1700000000 +0000\n"
	for _, tc := range []struct {
		name   string
		format git.ObjectFormat
		typ    git.ObjectType
		raw    string
	}{
		{"commit", git.SHA1, git.Commit, "tree " + tree[git.SHA1] + "\nauthor " + ident + "committer " + ident + "gpgsig " + folded + "\nmessage\n"},
		{"commit without a message", git.SHA1, git.Commit, "tree " + tree[git.SHA1] + "\nauthor " + ident + "committer " + ident + "gpgsig " + folded + "\n"},
		{"commit, SHA-256", git.SHA256, git.Commit, "tree " + tree[git.SHA256] + "\nauthor " + ident + "committer " + ident + "gpgsig-sha256 " + folded + "\nmessage\n"},
		{"tag", git.SHA1, git.Tag, "object " + tree[git.SHA1] + "\ntype tree\ntag v1\ntagger " + ident + "\nmessage\n" + armor},
		{"tag, SHA-256", git.SHA256, git.Tag, "object " + tree[git.SHA256] + "\ntype tree\ntag v1\ntagger " + ident + "\nmessage\n" + armor},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o, err := git.ParseObject(tc.format, tc.typ, []byte(tc.raw))
			if err != nil {
				t.Fatal(err)
			}
			got := Reassemble(o.Payload(), o.Signature())
			if got == nil || got.ID() != o.ID() {
				t.Errorf("reassemble: %v, want %s", got, o.ID())
			}
		})
	}
}

func TestReassembleLeavesOtherPayloadsAlone(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", "certificate version 0.1\npusher a\n\n", "tree x\n", "object 1\n\n", "\x00"} {
		if o := Reassemble([]byte(payload), []byte(armor)); o != nil {
			t.Errorf("reassemble(%q) = %s", payload, o.ID())
		}
	}
}
