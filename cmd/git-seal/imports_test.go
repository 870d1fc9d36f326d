package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/git-seal/git-seal"

// TestImportsAreThoseOfTheLayout holds the last column of the table in
// docs/layout.md: every package stands there, and imports of ours what stands
// beside it and nothing else. Packages that exist for tests are imported by
// tests alone.
func TestImportsAreThoseOfTheLayout(t *testing.T) {
	t.Parallel()
	allowed := readLayout(t)
	found := make(map[string]bool)
	for _, f := range goFiles(t) {
		found[f.dir] = true
		allow, listed := allowed[f.dir]
		if !listed {
			t.Errorf("%s: package %s is not in the table of docs/layout.md", f.name, f.dir)
			continue
		}
		for _, imported := range f.imports() {
			dir, ours := strings.CutPrefix(imported, modulePath+"/")
			switch {
			case !ours || f.isTest():
			case isForTests(dir) && !isForTests(f.dir):
				t.Errorf("%s: imports %s, which is for tests", f.name, dir)
			case !slices.Contains(allow, dir):
				t.Errorf("%s: %s may not import %s (docs/layout.md)", f.name, f.dir, dir)
			}
		}
	}
	for dir := range allowed {
		if !found[dir] {
			t.Errorf("docs/layout.md: names package %s, which is not there", dir)
		}
	}
}

// TestPackagesStayOffTheNetwork: what reads bytes from outside and what judges
// them cannot reach anything else.
func TestPackagesStayOffTheNetwork(t *testing.T) {
	t.Parallel()
	banned := map[string][]string{
		"git":            {"net", "net/http", "github.com/sigstore/sigstore-go", "github.com/go-git"},
		"cms":            {"net", "net/http", "os", "os/exec", "github.com/sigstore/sigstore-go", "github.com/go-git"},
		"verifier":       {"net", "net/http", "os", "os/exec", "github.com/sigstore/sigstore-go/pkg/sign", "github.com/sigstore/sigstore-go/pkg/tuf", "github.com/go-git"},
		"verifier/trust": {"os/exec", "github.com/sigstore/sigstore-go/pkg/sign", "github.com/go-git", "github.com/sigstore/sigstore-go/pkg/tuf", "github.com/theupdateframework"},
		// Not verifier/trust/tuf, which signing and git seal trust call.
		"verifier/trust/store": {"net", "net/http", "os/exec", "github.com/sigstore/sigstore-go", "github.com/theupdateframework", "github.com/go-git"},
		// Of go-git the storers' interface; everything else of it is large.
		"verifier/gogit": {"net", "net/http", "os", "os/exec", "github.com/go-git/go-git/v5/plumbing/object", "github.com/go-git/go-git/v5/plumbing/transport", "github.com/go-git/go-git/v5/storage"},
		"signer/gogit":   {"net", "net/http", "os", "os/exec", "github.com/go-git"},
	}
	for _, f := range goFiles(t) {
		if f.isTest() {
			continue
		}
		for _, imported := range f.imports() {
			for _, ban := range banned[f.dir] {
				if imported == ban || strings.Contains(ban, ".") && strings.HasPrefix(imported, ban+"/") {
					t.Errorf("%s: %s may not import %s", f.name, f.dir, imported)
				}
			}
		}
	}
}

// TestOnlyCommandsTouchTheirProcess: streams, exit, environment and clock are
// arguments everywhere but in cmd/.
func TestOnlyCommandsTouchTheirProcess(t *testing.T) {
	t.Parallel()
	banned := map[string][]string{
		"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
		"os": {
			"Args", "Exit", "Stdin", "Stdout", "Stderr",
			"Getenv", "LookupEnv", "Environ", "Setenv", "ExpandEnv", "Getwd",
			"UserHomeDir", "UserConfigDir", "UserCacheDir",
		},
		"time": {"Now", "Since", "Until"},
		"log":  {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"},
	}
	for _, f := range goFiles(t) {
		if f.isTest() || isForTests(f.dir) || strings.HasPrefix(f.dir, "cmd/") {
			continue
		}
		names := f.importNames()
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && slices.Contains(banned[names[x.Name]], n.Sel.Name) {
					t.Errorf("%s: %s.%s is for cmd/ alone", f.at(n), x.Name, n.Sel.Name)
				}
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && (fun.Name == "print" || fun.Name == "println") {
					t.Errorf("%s: %s is for cmd/ alone", f.at(n), fun.Name)
				}
			}
			return true
		})
	}
}

// TestGitSealLinksNoGoGit: go-git alone would break the binary's size, and the
// servers belong to the sandbox's own module.
func TestGitSealLinksNoGoGit(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range strings.Fields(string(out)) {
		for _, ban := range []string{
			"github.com/go-git/", "github.com/sigstore/fulcio/", "github.com/sigstore/rekor/", "github.com/google/trillian/",
			modulePath + "/git/gittest", modulePath + "/signer/signertest",
		} {
			if dep == ban || strings.HasSuffix(ban, "/") && strings.HasPrefix(dep, ban) {
				t.Errorf("git-seal links %s", dep)
			}
		}
	}
}

// readLayout returns, for each package in the table of docs/layout.md, the
// packages of ours that it may import.
func readLayout(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), "docs", "layout.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z/-]+)` \\|.*\\|([^|]*)\\|$")
	quoted := regexp.MustCompile("`([a-z/-]+)`")
	layout := make(map[string][]string)
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		layout[m[1]] = nil
		for _, q := range quoted.FindAllStringSubmatch(m[2], -1) {
			layout[m[1]] = append(layout[m[1]], q[1])
		}
	}
	if len(layout) == 0 {
		t.Fatal("docs/layout.md: no table of packages")
	}
	return layout
}

// isForTests reports whether dir holds a package that only tests may use.
func isForTests(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// goFile is a Go file of this module; dir and name are relative to its root.
type goFile struct {
	dir, name string
	fset      *token.FileSet
	syntax    *ast.File
}

func (f goFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

func (f goFile) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(n.Pos()).Line)
}

func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// importNames maps the names under which f imports packages to their paths.
func (f goFile) importNames() map[string]string {
	names := make(map[string]string)
	for i, p := range f.imports() {
		name := path.Base(p)
		if n := f.syntax.Imports[i].Name; n != nil {
			name = n.Name
		}
		names[name] = p
	}
	return names
}

// goFiles parses every Go file of this module, whatever its build tags. Modules
// inside it, testdata and hidden directories are not part of it.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	root := moduleRoot(t)
	var files []goFile
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file == root {
				return nil
			}
			_, err := os.Stat(filepath.Join(file, "go.mod"))
			if err == nil || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		files = append(files, goFile{dir: path.Dir(name), name: name, fset: fset, syntax: syntax})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// moduleRoot is the nearest directory above the test's that holds a go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = parent
	}
}
