package git

import (
	"bytes"
	"strings"
	"testing"
)

const (
	assembledArmor  = "-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"
	assembledCommit = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n"
	assembledTag    = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype tree\ntag v\n"
)

func TestAssembleRefusesWhatWouldNotBeToldApart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		typ       ObjectType
		payload   string
		signature string
		says      string // in the error; empty: there is none
	}{
		{"commit", Commit, assembledCommit + "\nm\n", assembledArmor, ""},
		{"commit without a final newline", Commit, assembledCommit + "\nm", assembledArmor, ""},
		{"tag", Tag, assembledTag + "\nm\n", assembledArmor, ""},
		{"tag without a final newline", Tag, assembledTag + "\nm", assembledArmor, "told apart"},
		{"tag whose message ends in a signature", Tag, assembledTag + "\n" + assembledArmor, assembledArmor, ""},
		{"signature without a final newline", Commit, assembledCommit + "\nm\n", strings.TrimSuffix(assembledArmor, "\n"), "told apart"},
		{"commit without a message", Commit, assembledCommit, assembledArmor, "told apart"},
		{"commit that is signed already", Commit, assembledCommit + "gpgsig x\n\nm\n", assembledArmor, "a second time"},
		{"another type", "blob", "m\n", assembledArmor, "not a commit or tag"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o, err := Assemble(SHA1, tc.typ, []byte(tc.payload), []byte(tc.signature))
			if (o == nil) == (err == nil) || tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("%v, error %v, want %q", o, err, tc.says)
			}
		})
	}
}

// The law: what is put together splits into the bytes that went in.
func FuzzAssemble(f *testing.F) {
	f.Add(true, []byte(assembledCommit+"\nm\n"), []byte(assembledArmor))
	f.Add(false, []byte(assembledTag+"\nm\n"), []byte(assembledArmor))
	f.Add(true, []byte("tree \n\n"), []byte("\n"))
	f.Fuzz(func(t *testing.T, commit bool, payload, signature []byte) {
		typ := Tag
		if commit {
			typ = Commit
		}
		for _, format := range []ObjectFormat{SHA1, SHA256} {
			o, err := Assemble(format, typ, payload, signature)
			if err == nil && (!bytes.Equal(o.Payload(), payload) || !bytes.Equal(o.Signature(), signature)) {
				t.Errorf("payload %q, signature %q: %q", payload, signature, o.Raw)
			}
		}
	})
}
