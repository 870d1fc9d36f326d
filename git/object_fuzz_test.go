package git_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
)

// FuzzParseObject holds the laws of the splitter: the spans account for every
// byte; payload and signature, with the signature for the other algorithm in
// its place, give back the raw object and its id; they are what a second
// reading of git's rules, line by line, finds; and what is not split is refused
// as ambiguous.
func FuzzParseObject(f *testing.F) {
	formats := []git.ObjectFormat{git.SHA1, git.SHA256}
	if len(legalObjects) == 0 {
		f.Fatal("no seeds")
	}
	for _, c := range legalObjects {
		if len(c.raw) > 100_000 {
			continue
		}
		for i, format := range formats {
			id := strings.Repeat("5eed", 10+6*i)
			f.Add(c.bytes(format, id, id), format == git.SHA256, c.typ == git.Tag)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, isSHA256, isTag bool) {
		format, typ := git.SHA1, git.Commit
		if isSHA256 {
			format = git.SHA256
		}
		if isTag {
			typ = git.Tag
		}
		kept := bytes.Clone(raw)
		o, err := git.ParseObject(format, typ, raw)
		if err != nil {
			var ambiguous *git.AmbiguousError
			if !errors.As(err, &ambiguous) || ambiguous.Offset < 0 || ambiguous.Offset > len(raw) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		rebuilt := rebuild(t, o)
		if !bytes.Equal(rebuilt, kept) || !bytes.Equal(o.Raw, kept) {
			t.Fatalf("rebuilt %q from %q", rebuilt, kept)
		}
		if id := idOf(format, typ, rebuilt); o.ID() != id {
			t.Fatalf("id %s, want %s", o.ID(), id)
		}
		payload, signature := splitByLine(format, typ, kept)
		if !bytes.Equal(o.Signature(), signature) || (o.Signature() == nil) != (signature == nil) {
			t.Fatalf("signature %q, line by line %q", o.Signature(), signature)
		}
		if signature != nil && !bytes.Equal(o.Payload(), payload) {
			t.Fatalf("payload %q, line by line %q", o.Payload(), payload)
		}
		if (signature == nil) != (o.Scheme() == git.None) {
			t.Fatalf("scheme %q of signature %q", o.Scheme(), signature)
		}
		checkReading(t, o)
	})
}

// rebuild puts the object together again from what its accessors return.
func rebuild(t *testing.T, o *git.Object) []byte {
	t.Helper()
	payload, signature := o.Payload(), o.Signature()
	var raw []byte
	at := 0
	for _, s := range o.SpansForTest() {
		if s.Start != at || s.End <= s.Start {
			t.Fatalf("span %+v after byte %d", s, at)
		}
		at = s.End
		switch {
		case s.Role == "signed":
			raw = append(raw, payload[:s.End-s.Start]...)
			payload = payload[s.End-s.Start:]
		case s.Role == "other":
			raw = append(raw, o.Raw[s.Start:s.End]...)
		case o.Type == git.Tag:
			raw, signature = append(raw, signature...), nil
		default:
			name := map[git.ObjectFormat]string{git.SHA1: "gpgsig", git.SHA256: "gpgsig-sha256"}[o.Format]
			raw, signature = append(raw, fold(name, signature)...), nil
		}
	}
	if at != len(o.Raw) || len(payload) != 0 || len(signature) != 0 {
		t.Fatalf("spans end at %d of %d bytes, %d of the payload and %d of the signature left", at, len(o.Raw), len(payload), len(signature))
	}
	return raw
}

// fold writes a value as a header.
func fold(name string, value []byte) []byte {
	lines := bytes.TrimSuffix(value, []byte("\n"))
	return []byte(name + " " + string(bytes.ReplaceAll(lines, []byte("\n"), []byte("\n "))) + "\n")
}

func idOf(format git.ObjectFormat, typ git.ObjectType, raw []byte) string {
	stored := append(fmt.Appendf(nil, "%s %d\x00", typ, len(raw)), raw...)
	if format == git.SHA256 {
		return fmt.Sprintf("%x", sha256.Sum256(stored))
	}
	return fmt.Sprintf("%x", sha1.Sum(stored))
}

// splitByLine reads an unambiguous object as git's documentation and behaviour
// have it, one line after the other, without spans.
func splitByLine(format git.ObjectFormat, typ git.ObjectType, raw []byte) (payload, signature []byte) {
	own := "gpgsig "
	if format == git.SHA256 {
		own = "gpgsig-sha256 "
	}
	lines := bytes.SplitAfter(raw, []byte("\n"))
	if typ == git.Tag {
		for i, line := range lines {
			for _, begin := range []string{"SIGNED MESSAGE", "PGP SIGNATURE", "PGP MESSAGE", "SSH SIGNATURE"} {
				if bytes.HasPrefix(line, []byte("-----BEGIN "+begin+"-----")) {
					signature = bytes.Join(lines[i:], nil)
				}
			}
		}
		lines = bytes.SplitAfter(raw[:len(raw)-len(signature)], []byte("\n"))
	}
	in := "payload"
	for _, line := range lines {
		switch {
		case in == "message" || string(line) == "\n":
			in = "message"
		case bytes.HasPrefix(line, []byte(" ")):
			line = line[1:]
			if in == "payload" {
				line = append([]byte(" "), line...)
			}
		case typ == git.Commit && bytes.HasPrefix(line, []byte(own)):
			in, line = "signature", line[len(own):]
		case bytes.HasPrefix(line, []byte("gpgsig")):
			in = "other"
		default:
			in = "payload"
		}
		switch in {
		case "signature":
			signature = append(signature, line...)
		case "payload", "message":
			payload = append(payload, line...)
		}
	}
	return payload, signature
}

// checkReading holds what is promised of the parts that people read.
func checkReading(t *testing.T, o *git.Object) {
	t.Helper()
	if subject := o.Subject(); strings.Contains(subject, "\n") || !bytes.Contains(o.Payload(), []byte(subject)) {
		t.Fatalf("subject %q", subject)
	}
	if id := o.Committer(); strings.ContainsAny(id.Email, "<>\n\x00") || strings.ContainsAny(id.Name, "<>\n\x00") {
		t.Fatalf("ident %+v", id)
	}
	if id, typ := o.Target(); (o.Type == git.Tag) != (id != "" && typ != "") {
		t.Fatalf("target %q %q of a %s", id, typ, o.Type)
	}
	tags, err := o.Mergetags()
	headers := o.MergetagHeadersForTest()
	if err == nil && len(tags) != len(headers) {
		t.Fatalf("%d mergetags of %d headers", len(tags), len(headers))
	}
	if err == nil {
		for i, tag := range tags {
			if !bytes.Equal(fold("mergetag", tag.Raw), headers[i]) {
				t.Fatalf("mergetag %q of header %q", tag.Raw, headers[i])
			}
		}
	}
}
