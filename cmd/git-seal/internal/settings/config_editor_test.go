package settings

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// edit runs use with an editor of a repository's configuration and returns
// what was printed and noted.
func edit(t *testing.T, r *gittest.Repo, use func(*ConfigEditor) error) (printed, noted string) {
	t.Helper()
	var out bytes.Buffer
	var notes []string
	e := &ConfigEditor{
		Repo:  git.New(git.Options{Dir: r.Dir, Env: r.Env()}),
		Scope: git.Local,
		Out:   host.NewOutput(&out),
		Note:  func(format string, _ ...any) { notes = append(notes, format) },
	}
	if err := use(e); err != nil {
		t.Fatal(err)
	}
	if err := e.Out.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), strings.Join(notes, "\n")
}

func config(t *testing.T, r *gittest.Repo) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.Dir, ".git", "config"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUndoPutsBackWhatWasThere(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		before [][]string // git config …
	}{
		{"nothing", nil},
		{"another value", [][]string{{"gpg.format", "openpgp"}}},
		{"the same value", [][]string{{"gpg.format", "x509"}}},
		{"several values", [][]string{{"--add", "seal.trustedRoot", "/a"}, {"--add", "seal.trustedRoot", "/b c=d"}}},
		{"an empty value", [][]string{{"gpg.format", ""}}},
		{"a newline in the value", [][]string{{"seal.trustedRoot", "/a\n/b"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t, "sha1")
			for _, args := range tc.before {
				r.Git(append([]string{"config"}, args...)...)
			}
			before := r.Git("config", "--local", "--list", "-z")
			for _, root := range []string{"/first", "/second"} { // a second init must not remember the first one's values
				edit(t, r, func(e *ConfigEditor) error {
					return e.Apply(t.Context(), []Change{{"gpg.format", []string{"x509"}}, {"seal.trustedRoot", []string{root, "/both"}}})
				})
			}
			if got := r.Git("config", "--get-all", "seal.trustedRoot"); got != "/second\n/both" {
				t.Errorf("seal.trustedRoot is %q", got)
			}
			edit(t, r, func(e *ConfigEditor) error { return e.Undo(t.Context()) })
			if after := r.Git("config", "--local", "--list", "-z"); sorted(after) != sorted(before) {
				t.Errorf("before %q, after %q\n%s", before, after, config(t, r))
			}
		})
	}
}

func sorted(list string) string {
	lines := strings.Split(list, "\x00")
	for i := range lines {
		for j := range i {
			if lines[i] < lines[j] && !strings.HasPrefix(lines[i], "seal.") {
				lines[i], lines[j] = lines[j], lines[i]
			}
		}
	}
	return strings.Join(lines, "\x00")
}

func TestUndoAfterAnInitThatWasStopped(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	for _, v := range []string{"openpgp", "ssh"} {
		r.Git("config", "--add", "gpg.format", v)
		r.Git("config", "--add", undoHad, "gpg.format="+v) // as far as the first init came
	}
	edit(t, r, func(e *ConfigEditor) error {
		return e.Apply(t.Context(), []Change{{"gpg.format", []string{"x509"}}})
	})
	edit(t, r, func(e *ConfigEditor) error { return e.Undo(t.Context()) })
	if got := r.Git("config", "--get-all", "gpg.format"); got != "openpgp\nssh" {
		t.Errorf("gpg.format is %q", got)
	}
}

func TestUndoLeavesLaterChangesAlone(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	edit(t, r, func(e *ConfigEditor) error {
		return e.Apply(t.Context(), []Change{{"gpg.format", []string{"x509"}}, {"seal.timestamp", []string{"always"}}})
	})
	r.Git("config", "gpg.format", "ssh")
	_, noted := edit(t, r, func(e *ConfigEditor) error { return e.Undo(t.Context()) })
	if got := r.Git("config", "gpg.format"); got != "ssh" {
		t.Errorf("gpg.format is %q", got)
	}
	if !strings.Contains(noted, "was changed after git seal init wrote it") {
		t.Errorf("noted %q", noted)
	}
	if strings.Contains(config(t, r), "undo") || strings.Contains(config(t, r), "timestamp") {
		t.Errorf("left behind:\n%s", config(t, r))
	}
}

func TestApplyPrintsTheCommands(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	changes := []Change{{"gpg.format", []string{"x509"}}, {"seal.trustedRoot", []string{"/a", "/b c"}}}
	printed, _ := edit(t, r, func(e *ConfigEditor) error { return e.Apply(t.Context(), changes) })
	want := "git config --local gpg.format x509\ngit config --local seal.trustedRoot /a\ngit config --local --add seal.trustedRoot '/b c'\n"
	if printed != want {
		t.Errorf("printed %q, want %q", printed, want)
	}
	if again, _ := edit(t, r, func(e *ConfigEditor) error { return e.Apply(t.Context(), changes) }); again != "" {
		t.Errorf("printed the second time: %q", again)
	}
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":           "''",
		"/usr/bin/x": "/usr/bin/x",
		"a b":        "'a b'",
		"it's":       `'it'\''s'`,
		"$(rm)":      "'$(rm)'",
		"a\nb":       "'a\nb'",
		"~/x":        "'~/x'",
	} {
		if got := ShellQuote(in); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
