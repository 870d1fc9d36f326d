//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/git-seal/git-seal/git/gittest"
)

// recipeDocuments() are read where the package lies, whatever a script's directory is.
var recipeDocuments = sync.OnceValue(func() string {
	var texts strings.Builder
	for _, name := range []string{"policy.md", "audit.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			panic(err)
		}
		texts.Write(text)
	}
	return texts.String()
})

// recipeBlock is what stands first between fences under a heading of
// docs/policy.md or docs/audit.md, with every OLD=NEW put in; an OLD that is not there is an error, so that what
// is run is what is written.
func recipeBlock(ts *testscript.TestScript, heading, language string, replacements []string) string {
	_, section, ok := strings.Cut(recipeDocuments(), "# "+heading+"\n")
	if !ok {
		ts.Fatalf("no recipe %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n### ")
	_, block, ok := strings.Cut(section, "```"+language+"\n")
	if !ok {
		ts.Fatalf("the recipe %q has no block of %s", heading, language)
	}
	block, _, _ = strings.Cut(block, "```")
	return replaced(ts, block, replacements)
}

func (s *scripts) recipe(ts *testscript.TestScript, args []string) {
	block := strings.ReplaceAll(recipeBlock(ts, args[0], "yaml", args[2:]), "https://accounts.example.com", ts.Getenv("ISSUER"))
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(block), 0o644))
}

func (s *scripts) recipeRun(ts *testscript.TestScript, args []string) {
	ts.Check(ts.Exec("sh", "-e", "-x", "-c", recipeBlock(ts, args[0], "sh", args[1:])))
}

func (s *scripts) signedAt(ts *testscript.TestScript, args []string) {
	ts.Check(ts.Exec("git", "seal", "show", "--format", "json", args[1]))
	var shown struct{ SignedAt time.Time }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &shown))
	if shown.SignedAt.IsZero() {
		ts.Fatalf("%s: no proven time", args[1])
	}
	ts.Setenv(args[0], shown.SignedAt.Format(time.RFC3339))
	ts.Setenv(args[0]+"_AFTER", shown.SignedAt.Add(time.Second).Format(time.RFC3339))
	ts.Setenv(args[0]+"_BEFORE", shown.SignedAt.Add(-time.Second).Format(time.RFC3339))
}

func (s *scripts) vector(ts *testscript.TestScript, args []string) {
	dir, err := gittest.VectorsDir()
	ts.Check(err)
	file := filepath.Join(dir, filepath.FromSlash(args[1]))
	ts.Check(ts.Exec("git", "hash-object", "--literally", "-w", "-t", strings.TrimPrefix(filepath.Ext(file), "."), file))
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
