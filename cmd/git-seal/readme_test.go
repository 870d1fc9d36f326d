//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// readmeText is read where the package lies, whatever a script's directory is.
var readmeText = func() string {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// readme writes the block of shell that holds a text in README.md, with every
// OLD=NEW put in, so that what is run is what is written.
func (s *scripts) readme(ts *testscript.TestScript, args []string) {
	for _, part := range strings.Split(readmeText, "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		if !strings.Contains(block, args[0]) {
			continue
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(replaced(ts, block, args[2:])), 0o755))
		return
	}
	ts.Fatalf("README.md has no shell with %q", args[0])
}

// replaced is text with every OLD=NEW put in; an OLD that is not there is an
// error.
func replaced(ts *testscript.TestScript, text string, pairs []string) string {
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, "=")
		if !strings.Contains(text, from) {
			ts.Fatalf("no %q in:\n%s", from, text)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// pushByHand does what git push --signed would never do: it sends a push
// certificate of any form to git receive-pack.
func (s *scripts) pushByHand(ts *testscript.TestScript, args []string) {
	payload := replaced(ts, ts.ReadFile(args[1]), args[3:])
	file := filepath.Join(ts.Getenv("WORK"), "certificate")
	ts.Check(os.WriteFile(file, []byte(payload), 0o644))
	ts.Check(ts.Exec("sh", "-c", `SIGSTORE_ID_TOKEN=$(cat "$2") git-seal --status-fd=2 -bsau x <"$1"`, "sh", file, ts.MkAbs(args[2])))
	var lines strings.Builder
	packet := func(line string) { fmt.Fprintf(&lines, "%04x%s", len(line)+4, line) }
	packet("push-cert\x00report-status agent=hand")
	for line := range strings.Lines(payload + ts.ReadFile("stdout")) {
		packet(line)
	}
	packet("push-cert-end\n")
	lines.WriteString("0000")
	ts.Check(os.WriteFile(file, []byte(lines.String()), 0o644))
	ts.Check(ts.Exec("sh", "-c", `git receive-pack "$1" <"$2"`, "sh", args[0], file))
}
