package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

var update = flag.Bool("update", false, "write docs/settings.md and the printed parts of the man page")

func TestDocsListTheSettings(t *testing.T) {
	t.Parallel()
	checkDoc(t, "settings.md", func([]byte) []byte { return settingsMarkdown() })
}

func TestDocsManPageListsCommandsFlagsAndSettings(t *testing.T) {
	t.Parallel()
	checkDoc(t, filepath.Join("man", "git-seal.1"), func(page []byte) []byte {
		root := command((&host.Host{}))
		page = replacePart(t, page, "synopsis", roffSynopsis(root))
		page = replacePart(t, page, "commands", roffCommands(root))
		return replacePart(t, page, "settings", roffSettings())
	})
}

// checkDoc fails if a file under docs differs from what the code prints; with
// -update it writes the file.
func checkDoc(t *testing.T, name string, printed func(old []byte) []byte) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	old, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	text := printed(old)
	if bytes.Equal(old, text) {
		return
	}
	if !*update {
		t.Fatalf("docs/%s differs from what the code prints; run: go test ./cmd/git-seal -run TestDocs -update", name)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// replacePart puts text between the lines `.\" begin NAME` and `.\" end NAME`.
func replacePart(t *testing.T, page []byte, name, text string) []byte {
	t.Helper()
	begin, end := `.\" begin `+name+"\n", `.\" end `+name+"\n"
	head, rest, ok1 := strings.Cut(string(page), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("the man page lacks the part %q", name)
	}
	return []byte(head + begin + text + end + tail)
}

func settingsMarkdown() []byte {
	var b bytes.Buffer
	b.WriteString(`# Settings

A setting ` + "`seal.fooBar`" + ` in Git's configuration is ` + "`GIT_SEAL_FOO_BAR`" + ` in the environment and
` + "`--foo-bar`" + ` on the command line of the commands that read it. The command line takes precedence over
the environment, the environment over the configuration, and the configuration over the default. A
value that is not valid is an error that names where it is set. An unknown key under ` + "`seal.`" + ` is a
warning.

File names are absolute or begin with ` + "`~/`" + `; on the command line they may be relative. An empty value
in the environment counts as not set. An empty value in the configuration discards the values before
it. To give a setting several values, repeat the configuration key or the flag; in the environment,
separate them as in PATH.

` + "`SIGSTORE_ID_TOKEN`" + ` in the environment contains the ID token itself. It takes precedence over
` + "`seal.tokenFile`" + `.

This page is printed from the table in cmd/git-seal/internal/settings/settings.go.
`)
	for _, s := range settings.Table {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s\n\n", s.Name, wrap(s.Doc))
		form := s.Kind.Form
		if s.Many {
			form += ", several"
		}
		fmt.Fprintf(&b, "- value: %s\n- default: %s\n- read when: %s\n- environment: `%s`\n- flag: `--%s`\n", form, s.Default, s.For, s.Env(), s.Flag())
	}
	return b.Bytes()
}

// wrap breaks a text into lines of at most 100 columns, as all pages are.
func wrap(text string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > 100 {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return strings.Join(append(lines, line), "\n")
}

// commands returns all commands that can be run, in the order of the usage text.
func commands(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range root.Commands() {
		if c.Name() == "help" || c.Hidden {
			continue
		}
		if c.HasSubCommands() {
			all = append(all, commands(c)...)
			continue
		}
		all = append(all, c)
	}
	return all
}

func roffSynopsis(root *cobra.Command) string {
	var b strings.Builder
	for _, c := range commands(root) {
		fmt.Fprintf(&b, "%s\n", roff(c.UseLine()))
	}
	return b.String()
}

func roffCommands(root *cobra.Command) string {
	var b strings.Builder
	for _, c := range commands(root) {
		fmt.Fprintf(&b, ".SS %s\n", roff(c.CommandPath()))
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		for i, paragraph := range strings.Split(text, "\n\n") {
			if i > 0 {
				b.WriteString(".PP\n")
			}
			if strings.HasPrefix(paragraph, "  ") {
				fmt.Fprintf(&b, ".nf\n%s\n.fi\n", roff(paragraph))
				continue
			}
			fmt.Fprintf(&b, "%s\n", roff(paragraph))
		}
		for _, line := range strings.Split(strings.TrimRight(c.LocalFlags().FlagUsages(), "\n"), "\n") {
			names, usage, ok := strings.Cut(strings.TrimSpace(line), "   ")
			if !ok || strings.HasPrefix(names, "-h, --help") {
				continue
			}
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(names), roff(strings.TrimSpace(usage)))
		}
	}
	return b.String()
}

func roffSettings() string {
	var b strings.Builder
	for _, s := range settings.Table {
		fmt.Fprintf(&b, ".TP\n.BR %s \" (\" %s \", \" %s \")\"\n%s\nDefault: %s.\n",
			roff(s.Name), roff(s.Env()), roff("--"+s.Flag()), roff(s.Doc), roff(s.Default))
	}
	return b.String()
}

// roff escapes text for the man page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
