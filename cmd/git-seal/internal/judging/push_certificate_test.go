package judging

import (
	"strings"
	"testing"
)

func TestIsPushCertificate(t *testing.T) {
	t.Parallel()
	const (
		id      = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
		id256   = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
		command = id + " " + id + " refs/heads/main\n"
		headers = "certificate version 0.1\npusher a@example.com 1 +0000\nnonce 1\n\n"
		commit  = "tree " + id + "\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n"
		tag     = "object " + id + "\ntype commit\ntag v1\ntagger A <a@example.com> 1 +0000\n"
	)
	for _, tc := range []struct {
		name    string
		payload string
		want    bool
	}{
		{"git's own", headers + command, true},
		{"of a later version", strings.Replace(headers, "0.1", "2", 1) + command, true},
		{"without a command", headers, true},
		{"a line before the version", "x\n" + headers + command, true},
		{"a tab before the version", "\t" + headers + command, true},
		{"a tree before the version", "tree 0\n" + headers + command, true},
		{"without a header", "\n\n" + command, true},
		{"a commit as well", commit + "nonce 1\n\n" + command, true},
		{"a tag as well", tag + "\n" + command, true},
		{"a commit as well, SHA-256", strings.ReplaceAll(commit+"\n"+command, id, id256), true},
		{"a commit as well, ids of both lengths", commit + "\n" + id256 + " " + command, true},
		{"a commit as well, upper case", commit + "\n" + strings.ToUpper(id+" "+id) + " refs/heads/main\n", true},
		{"a commit as well, no final newline", commit + "\n" + strings.TrimSuffix(command, "\n"), true},
		{"a commit as well, ref without a name", commit + "\n" + id + " " + id + " ", true},
		{"a commit that says nothing", commit + "\n", true},
		{"a commit without an end", commit, true},
		{"nothing", "", true},
		{"neither commit nor tag", "x\n\ntext\n", true},
		{"not quite a commit", "tree " + id + "\n\ntext\n", true},

		{"commit", commit + "\ntext\n", false},
		{"commit, SHA-256", strings.ReplaceAll(commit, id, id256) + "\ntext\n", false},
		{"commit whose message has a command further down", commit + "\ntext\n\n" + command, false},
		{"commit that begins with an id", commit + "\n" + id + " is bad\n", false},
		{"commit that begins with short ids", commit + "\n" + id[1:] + " " + id[1:] + " refs/heads/main\n", false},
		{"tag", tag + "\ntext\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := IsPushCertificate([]byte(tc.payload)); got != tc.want {
				t.Errorf("isPushCertificate(%q) = %v, want %v", tc.payload, got, tc.want)
			}
		})
	}
}

// TestSignedPayload holds what a policy is told of what git hands over: nothing
// makes a commit or tag a push certificate, which needs no committer.
func TestSignedPayload(t *testing.T) {
	t.Parallel()
	const (
		id      = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
		command = id + " " + id + " refs/heads/main\n"
		author  = "tree " + id + "\nauthor A <a@example.com> 1 +0000\n"
		by      = "committer A <a@example.com> 1 +0000\n"
		tag     = "object " + id + "\ntype commit\ntag v1\ntagger A <a@example.com> 1 +0000\n"
	)
	for _, tc := range []struct {
		name, payload string
		want          string // type, committer and tag
		says          string // in the error
	}{
		{"push certificate", "certificate version 0.1\npusher a@example.com 1 +0000\n\n" + command, "push certificate||", ""},
		{"neither commit nor tag", "x\n\n" + command, "push certificate||", ""},
		{"commit", author + by + "\ntext\n", "commit|a@example.com|", ""},
		{"commit that says nothing", author + by + "\n", "commit|a@example.com|", ""},
		{"commit that says what a push does", author + by + "\n" + command, "||", ""},
		{"commit with two committers", author + by + by + "\ntext\n", "||", `header "committer"`},
		{"commit with two committers that says what a push does", author + by + by + "\n" + command, "||", `header "committer"`},
		{"commit without an end", author + by[:10], "||", "no end"},
		{"tag", tag + "\ntext\n", "tag|a@example.com|v1", ""},
		{"tag that says nothing", tag + "\n", "tag|a@example.com|v1", ""},
		{"tag that says what a push does", tag + "\n" + command, "||", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o, err := SignedPayload([]byte(tc.payload))
			if got := string(o.Type) + "|" + o.Committer + "|" + o.TagName; got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if tc.says == "" && err != nil || tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("error %v, want %q", err, tc.says)
			}
		})
	}
}
