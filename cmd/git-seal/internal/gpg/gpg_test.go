package gpg

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseGPGReadsGitsCalls(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want Call
	}{
		{"git signs", []string{"--status-fd=2", "-bsau", "A U Thor <author@example.com>"}, Call{StatusFD: 2}},
		{"an old key id", []string{"--status-fd=2", "-bsau", "0xDEADBEEF"}, Call{StatusFD: 2}},
		{"an empty key", []string{"--status-fd=2", "-bsau", ""}, Call{StatusFD: 2}},
		{"a key like an option", []string{"--status-fd=2", "-bsau", "--verify"}, Call{StatusFD: 2}},
		{"git verifies", []string{"--status-fd=1", "--verify", "/tmp/sig", "-"}, Call{Verify: true, StatusFD: 1, Signature: "/tmp/sig"}},
		{"git verifies for gpg.format=openpgp", []string{"--keyid-format=long", "--status-fd=1", "--verify", "/tmp/sig", "-"}, Call{Verify: true, StatusFD: 1, Signature: "/tmp/sig"}},
		{"another status-fd", []string{"--status-fd=3", "--verify", "s", "-"}, Call{Verify: true, StatusFD: 3, Signature: "s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tc.args)
			if err != nil || got != tc.want {
				t.Errorf("parseGPG(%q) = %+v, %v; want %+v", tc.args, got, err, tc.want)
			}
		})
	}
}

func TestParseGPGRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, args, want string
	}{
		{"no key", "--status-fd=2 -bsau", "the key is missing"},
		{"two keys", "--status-fd=2 -bsau a b", `"b" after -bsau KEY`},
		{"a flag before the key", "--status-fd=2 --armor -bsau a", `expected -bsau or --verify, not "--armor"`},
		{"status mixed into the signature", "--status-fd=1 -bsau a", "mix the status lines"},
		{"no status-fd", "-bsau a", `expected --status-fd=N, not "-bsau"`},
		{"separate value", "--status-fd 2 -bsau a", `not "--status-fd"`},
		{"stdin as status-fd", "--status-fd=0 -bsau a", "not open for writing"},
		{"negative", "--status-fd=-1 -bsau a", "not a file descriptor number"},
		{"leading zero", "--status-fd=02 -bsau a", "not a file descriptor number"},
		{"plus sign", "--status-fd=+2 -bsau a", "not a file descriptor number"},
		{"too large", "--status-fd=4294967298 -bsau a", "not a file descriptor number"},
		{"neither", "--status-fd=2", "-bsau or --verify is missing"},
		{"another key format", "--keyid-format=short --status-fd=1 --verify s -", `not "--keyid-format=short"`},
		{"key format when signing", "--keyid-format=long --status-fd=2 -bsau a", "--keyid-format cannot be used with -bsau"},
		{"only a key format", "--keyid-format=long", "--status-fd is missing"},
		{"no file", "--status-fd=1 --verify", "the signature file is missing"},
		{"signature on stdin", "--status-fd=1 --verify - -", "cannot come from stdin"},
		{"no payload", "--status-fd=1 --verify s", "the payload is missing"},
		{"payload in a file", "--status-fd=1 --verify s p", `the payload is "p"`},
		{"more than the payload", "--status-fd=1 --verify s - x", `"x" after`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(tc.args)
			if !Speaks(args) {
				t.Errorf("speaksGPG(%q) = false", args)
			}
			got, err := Parse(args)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("parseGPG(%q) = %+v, %v; want an error with %q", args, got, err, tc.want)
			}
		})
	}
}

func TestSpeaksGPGLeavesCommandsAlone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"verify"}, {"--help"}, {"--version"}, {"init", "--status-fd=2"}} {
		if Speaks(args) {
			t.Errorf("speaksGPG(%q) = true", args)
		}
	}
}

// The law: what is accepted is one of git's two calls to the letter, so that
// writing it out again gives the arguments that came in.
func FuzzParseGPG(f *testing.F) {
	for _, s := range []string{
		"--status-fd=2\x00-bsau\x00A U Thor <author@example.com>",
		"--status-fd=1\x00--verify\x00/tmp/sig\x00-",
		"--keyid-format=long\x00--status-fd=1\x00--verify\x00/tmp/sig\x00-",
		"--status-fd=02\x00-bsau\x00",
		"--status-fd=1\x00--verify\x00-\x00-",
		"-bsau",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		call, err := Parse(args)
		if err != nil {
			return
		}
		if !Speaks(args) {
			t.Errorf("%q is git's call and not known as such", args)
		}
		var again []string
		if args[0] == "--keyid-format=long" {
			again = append(again, args[0])
		}
		again = append(again, fmt.Sprintf("--status-fd=%d", call.StatusFD))
		if call.Verify {
			again = append(again, "--verify", call.Signature, "-")
		} else {
			again = append(again, "-bsau", args[len(args)-1])
		}
		if strings.Join(again, "\x00") != line {
			t.Errorf("parseGPG accepts %q as %+v", args, call)
		}
	})
}
