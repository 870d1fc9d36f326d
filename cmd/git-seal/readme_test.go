//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// readmeText() is read where the package lies, whatever a script's directory is.
var readmeText = sync.OnceValue(func() string {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		panic(err)
	}
	return string(text)
})

// readme writes the block of shell that holds a text in README.md, with every
// OLD=NEW put in, so that what is run is what is written.
func (s *scripts) readme(ts *testscript.TestScript, args []string) {
	for _, part := range strings.Split(readmeText(), "```sh\n")[1:] {
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
