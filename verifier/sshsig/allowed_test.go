package sshsig_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/git-seal/git-seal/verifier/sshsig"
)

// armor is a blob as ssh-keygen writes it.
func armor(blob []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: blob}))
}

func TestParseAllowedSigners(t *testing.T) {
	t.Parallel()
	key := line(ed25519Signer(t))
	day := func(d int) time.Time { return time.Date(2024, 3, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name, text    string
		principals    string
		after, before time.Time
	}{
		{name: "plain", text: "ana@example.com " + key, principals: "ana@example.com"},
		{name: "with a comment", text: "ana@example.com " + key + " Ana's laptop", principals: "ana@example.com"},
		{name: "quoted principals", text: `"ana@example.com,*@b.example.com" ` + key, principals: "ana@example.com,*@b.example.com"},
		{name: "tabs", text: "\tana@example.com\t \t" + key, principals: "ana@example.com"},
		{name: "a negated pattern", text: "*@example.com,!eve@example.com " + key, principals: "*@example.com,!eve@example.com"},
		{name: "CRLF", text: "ana@example.com " + key + "\r", principals: "ana@example.com"},
		{name: "namespaces", text: `ana@example.com namespaces="git,file" ` + key, principals: "ana@example.com"},
		{name: "options in capitals", text: `ana@example.com NameSpaces="git" ` + key, principals: "ana@example.com"},
		{name: "a window", text: `ana@example.com valid-after="20240301Z",valid-before="20240302000000Z" ` + key, principals: "ana@example.com", after: day(1), before: day(2)},
		{name: "UTC", text: `ana@example.com valid-after="20240301utc" ` + key, principals: "ana@example.com", after: day(1)},
		{name: "blanks in quoted principals", text: `"Ana Banana,ana@example.com" ` + key, principals: "Ana Banana,ana@example.com"},
		{name: "a comment in Latin-1", text: "ana@example.com " + key + " Zo\xeb", principals: "ana@example.com"},
		{name: "minutes", text: `ana@example.com valid-after="202403010000z" ` + key, principals: "ana@example.com", after: day(1)},
	} {
		for _, text := range []string{tt.text, "# head\n\n" + tt.text + "\n \t\n  # foot\n"} {
			a, err := sshsig.ParseAllowedSigners([]byte(text))
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			s := a.Signers()
			if len(s) != 1 || len(a.Warnings()) != 0 || s[0].Principals != tt.principals || !s[0].ValidAfter.Equal(tt.after) || !s[0].ValidBefore.Equal(tt.before) {
				t.Errorf("%s: %+v", tt.name, s)
			}
		}
	}
}

// TestParseAllowedSignersPassesOver: a line that cannot be used allows nobody and
// is reported; the lines next to it count.
func TestParseAllowedSignersPassesOver(t *testing.T) {
	key := line(ed25519Signer(t))
	other := line(ed25519Signer(t))
	keyType, blob, _ := strings.Cut(key, " ")
	weak := line(rsaSigner(t, 1024))
	for _, tt := range []struct{ name, text, want string }{
		{"principals alone", "ana@example.com", "no key"},
		{"no key", "ana@example.com ssh-ed25519", "not a key type"},
		{"no principals", key, "no key"},
		{"empty quotes", `"" ` + key, "empty pattern"},
		{"open quotes", `"ana@example.com ` + key, "quotes"},
		{"quotes that end in a word", `"ana"@example.com ` + key, "quotes"},
		{"an empty pattern", "ana@example.com, " + key, "empty pattern"},
		{"only negated", "!eve@example.com " + key, "matches no one"},
		{"negated twice", "a,!!b " + key, "is not a pattern"},
		{"a certificate authority", "*@example.com cert-authority " + key, "certificates are not verified"},
		{"a certificate authority in capitals", "*@example.com CERT-AUTHORITY " + key, "certificates are not verified"},
		{"among others", `*@example.com namespaces="git",cert-authority ` + key, "certificates are not verified"},
		{"an unknown option", "ana@example.com no-touch-required " + key, "not known"},
		{"an option twice", `ana@example.com namespaces="git",namespaces="file" ` + key, "twice"},
		{"an option without value", "ana@example.com namespaces " + key, "empty pattern"},
		{"an empty value", `ana@example.com namespaces="" ` + key, "no value"},
		{"a value without quotes", "ana@example.com namespaces=git " + key, "is not an option"},
		{"an escaped quote", `ana@example.com namespaces="a\"b" ` + key, "backslash"},
		{"a comma too many", `ana@example.com namespaces="git", ` + key, "is not an option"},
		{"no comma", `ana@example.com namespaces="git"valid-after="20240301Z" ` + key, "is not an option"},
		{"is not a time", `ana@example.com valid-after="2024-03-01Z" ` + key, "is not a time"},
		{"a day that is none", `ana@example.com valid-after="20240230Z" ` + key, "is not a time"},
		{"the first second", `ana@example.com valid-before="19700101Z" ` + key, "is not a time"},
		{"an empty window", `ana@example.com valid-after="20240302Z",valid-before="20240301Z" ` + key, "no moment is surely"},
		{"another type before the key", "ana@example.com ecdsa-sha2-nistp256 " + blob, "the line says"},
		{"bytes after the key", "ana@example.com " + keyType + " " + strings.TrimRight(blob, "=") + "AAAA", "key"},
		{"RSA of 1024 bits", "ana@example.com " + weak, "too weak"},
		{"an invisible character", "ana\u202e@example.com " + key, "cannot be seen"},
		{"not UTF-8", "ana\xff@example.com " + key, "cannot be seen"},
		{"NUL", "ana\x00@example.com " + key, "cannot be seen"},
		{"a long line", strings.Repeat("a", 40<<10) + " " + key, "at most"},
		{"DSA", "ana@example.com ssh-dss " + base64.StdEncoding.EncodeToString(append([]byte("\x00\x00\x00\x07ssh-dss"), make([]byte, 16)...)), "key"},
		{"an unknown type", "ana@example.com ssh-new " + base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-newxxxx")), `type "ssh-new", which is not supported`},
		{"a certificate", "ana@example.com ssh-ed25519-cert-v01@openssh.com AAAA", "key"},
		{"not base64", "ana@example.com ssh-ed25519 A", "base64"},
	} {
		a, err := sshsig.ParseAllowedSigners([]byte("# one\n" + tt.text + "\nbob@example.com " + other))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if w := a.Warnings(); len(w) != 1 || w[0].Line != 2 || !strings.Contains(w[0].Reason, "passed over: ") || !strings.Contains(w[0].Reason, tt.want) {
			t.Errorf("%s: %+v, want %q", tt.name, w, tt.want)
		}
		if s := a.Signers(); len(s) != 1 || s[0].Line != 3 {
			t.Errorf("%s: %+v", tt.name, s)
		}
	}
}

// TestPassedOver: of a signature by a key whose line is passed over, the file
// says why.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	signer := ed25519Signer(t)
	s, err := sshsig.ParseSignature(sign(t, signer, "git"))
	if err != nil {
		t.Fatal(err)
	}
	for head, want := range map[string]string{"*@example.com cert-authority ": "certificates", "!a ": "takes away", "": "no key after"} {
		a, err := sshsig.ParseAllowedSigners([]byte(head + line(signer) + " c"))
		if err != nil {
			t.Fatal(err)
		}
		w, found := a.PassedOver(s)
		if len(a.Find(s)) != 0 || found != (head != "") || found && (w.Line != 1 || !strings.Contains(w.Reason, want)) {
			t.Errorf("%q: %+v, %v", head, w, found)
		}
	}
}

func TestParseAllowedSignersRefuses(t *testing.T) {
	t.Parallel()
	key := line(ed25519Signer(t))
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "\n# nothing\n", "no signer"},
		{"a long file", strings.Repeat("#\n", 3<<20), "at most"},
		{"many lines", strings.Repeat("a "+key+"\n", 10_001), "more than 10000"},
	} {
		if a, err := sshsig.ParseAllowedSigners([]byte(tt.text)); err == nil || a != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestTimesWithoutZone: such a time is the moment that allows the least on all
// machines.
func TestTimesWithoutZone(t *testing.T) {
	t.Parallel()
	key := line(ed25519Signer(t))
	a, err := sshsig.ParseAllowedSigners([]byte(`a valid-after="20240301",valid-before="202403101200" ` + key))
	if err != nil {
		t.Fatal(err)
	}
	if w := a.Warnings(); len(w) != 1 || w[0].Line != 1 || !strings.Contains(w[0].Reason, "write it with Z") {
		t.Errorf("%+v", w)
	}
	s := a.Signers()[0]
	after, before := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2024, 3, 9, 22, 0, 0, 0, time.UTC)
	if !s.ValidAfter.Equal(after) || !s.ValidBefore.Equal(before) {
		t.Errorf("after %s, before %s", s.ValidAfter, s.ValidBefore)
	}
	a, err = sshsig.ParseAllowedSigners([]byte(`a valid-after="20240301",valid-before="20240302" ` + key))
	if err != nil || len(a.Signers()) != 0 || len(a.Warnings()) != 1 || !strings.Contains(a.Warnings()[0].Reason, "no moment is surely") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	signer := ed25519Signer(t)
	const zone = 3600
	at := time.Date(2024, 3, 1, 1, 0, 0, 0, time.FixedZone("", zone)) // midnight in UTC
	for _, tt := range []struct {
		name, principals, options, principal string
		at                                   time.Time
		want                                 string
	}{
		{name: "the name", principals: "ana@example.com", principal: "ana@example.com"},
		{name: "another name", principals: "ana@example.com", principal: "bob@example.com", want: "principals"},
		{name: "no name", principals: "*", principal: "", want: "principals"},
		{name: "another case", principals: "ana@example.com", principal: "Ana@Example.COM"},
		{name: "another case in the file", principals: "Ana@Example.com", principal: "ana@example.com"},
		{name: "another case, not of ASCII", principals: "\u212aim@example.com", principal: "kim@example.com", want: "principals"},
		{name: "taken away in another case", principals: "*@example.com,!Eve@*", principal: "eve@EXAMPLE.com", want: "principals"},
		{name: "a name with blanks", principals: `"Bob Builder,b?b b*"`, principal: "bob builder"},
		{name: "a part of the name", principals: "ana@example.com", principal: "dana@example.com", want: "principals"},
		{name: "more than the name", principals: "ana@example.com", principal: "ana@example.com.org", want: "principals"},
		{name: "a star", principals: "*@example.com", principal: "bob@example.com"},
		{name: "a star that is empty", principals: "ana*@example.com", principal: "ana@example.com"},
		{name: "a star too few", principals: "a*b*c", principal: "abcb", want: "principals"},
		{name: "stars that have to move", principals: "*ab*abc", principal: "xabxababc"},
		{name: "a question mark", principals: "b?b@example.com", principal: "bob@example.com"},
		{name: "a question mark for nothing", principals: "bob?", principal: "bob", want: "principals"},
		{name: "taken away", principals: "*@example.com,!eve@*", principal: "eve@example.com", want: "principals"},
		{name: "taken away first", principals: "!eve@*,*@example.com", principal: "eve@example.com", want: "principals"},
		{name: "not taken away", principals: "*@example.com,!eve@*", principal: "ana@example.com"},
		{name: "git's namespace", principals: "*", options: `namespaces="file,g*" `, principal: "a"},
		{name: "git's namespace in another case", principals: "*", options: `namespaces="GIT" `, principal: "a", want: "namespaces"},
		{name: "another namespace", principals: "*", options: `namespaces="file" `, principal: "a", want: "namespaces"},
		{name: "a namespace taken away", principals: "*", options: `namespaces="*,!git" `, principal: "a", want: "namespaces"},
		{name: "at the first moment", principals: "*", options: `valid-after="20240301Z" `, principal: "a", at: at},
		{name: "before the first moment", principals: "*", options: `valid-after="20240301000001Z" `, principal: "a", at: at, want: "only after"},
		{name: "at the last moment", principals: "*", options: `valid-before="20240301Z" `, principal: "a", at: at},
		{name: "after the last moment", principals: "*", options: `valid-before="20240229235959Z" `, principal: "a", at: at, want: "only before"},
		{name: "at no time", principals: "*", options: `valid-after="20240301Z" `, principal: "a", want: "has no time"},
		{name: "a long name", principals: "*", principal: strings.Repeat("a", 2000), want: "principals"},
	} {
		a, err := sshsig.ParseAllowedSigners([]byte(tt.principals + " " + tt.options + line(signer)))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		s := a.Signers()[0]
		if err = s.Check(sshsig.Namespace, tt.at); err == nil && !s.Names(tt.principal) {
			err = errors.New("principals")
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// BenchmarkFind looks for a key in a long file.
func BenchmarkFind(b *testing.B) {
	var text bytes.Buffer
	for i := range 9999 {
		seed := make([]byte, ed25519.SeedSize)
		binary.BigEndian.PutUint32(seed, uint32(i))
		text.WriteString("ana@example.com " + line(newSigner(b, ed25519.NewKeyFromSeed(seed))) + "\n")
	}
	signer := ed25519Signer(b)
	text.WriteString("bob@example.com " + line(signer))
	a, err := sshsig.ParseAllowedSigners(text.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	s, err := sshsig.ParseSignature(sign(b, signer, "git"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if found := a.Find(s); len(found) != 1 || found[0].Line != 10_000 {
			b.Fatal(found)
		}
	}
}

// FuzzParseAllowedSigners checks that reading a file never panics; that what is
// read has a key and principals in every line, and reads the same from that line
// alone; that every other line has a warning; that no line names nobody; and that
// one with a bound allows no unknown time.
func FuzzParseAllowedSigners(f *testing.F) {
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIObHlcqGiBGUDQvsBR4u/eLUAjGWEkTSTSl4pgM1wOzT"
	for _, text := range []string{
		"ana@example.com " + key, `"a,b" ` + key + " comment", `* namespaces="git",valid-after="20240301Z",valid-before="20240302Z" ` + key,
		"*@example.com,!eve@* " + key + "\n# comment\n\nb " + key, "* cert-authority " + key, `* valid-after="20240301" ` + key, "* " + strings.ToUpper(key),
	} {
		f.Add([]byte(text), "ana@example.com")
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, principal string) {
		a, err := sshsig.ParseAllowedSigners(text)
		if err != nil {
			if a != nil {
				t.Fatal("signers beside an error")
			}
			return
		}
		lines := strings.Split(string(text), "\n")
		told := len(a.Signers()) + len(a.Warnings())
		for _, l := range lines {
			if l = strings.Trim(l, " \t\r"); l != "" && l[0] != '#' {
				told--
			}
		}
		if told < 0 {
			t.Fatal("a line without a word")
		}
		for _, s := range a.Signers() {
			if s.Line < 1 || s.Line > len(lines) || s.Principals == "" || !strings.HasPrefix(s.Fingerprint(), "SHA256:") {
				t.Fatalf("%+v", s)
			}
			again, err := sshsig.ParseAllowedSigners([]byte(lines[s.Line-1]))
			if err != nil || len(again.Signers()) != 1 || again.Signers()[0].Principals != s.Principals {
				t.Fatalf("%q reads otherwise by itself: %v", lines[s.Line-1], err)
			}
			if s.Names("") || s.Names(principal) != s.Names(strings.ToUpper(principal)) && isASCII(principal) {
				t.Fatal("nobody may sign, or the case counts")
			}
			if !(s.ValidAfter.IsZero() && s.ValidBefore.IsZero()) && s.Check(sshsig.Namespace, time.Time{}) == nil {
				t.Fatal("an unknown time is allowed")
			}
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > 127 })
}
