package main

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// testSources is what a package's tests declare and say.
type testSources struct {
	text     map[string]string // of the file, by the test that it declares
	literals map[string]bool   // every string in them: the names of a test's parts
}

// TestLessonsAreTested holds the table of lessons in docs/threat-model.md to
// the tests that it names: each is in the package that the table says, has the
// part that it says, and each advisory is named by one of the lesson's tests.
func TestLessonsAreTested(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "\n## Lessons of others\n")
	table, _, _ = strings.Cut(table, "\n## ")
	if !found {
		t.Fatal("docs/threat-model.md has no lessons")
	}
	packages := readTestSources(t)
	test := regexp.MustCompile("`([a-z][a-z/-]*)\\.((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)(?:/([^`]+))?`")
	script := regexp.MustCompile("`([a-z0-9_]+\\.txtar)`")
	advisory := regexp.MustCompile(`CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}`)
	lessons := 0
	for _, row := range strings.Split(table, "\n") {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| what happened ") {
			continue
		}
		lessons++
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		lesson, named := cells[0], cells[len(cells)-1]
		var text strings.Builder
		for _, m := range test.FindAllStringSubmatch(named, -1) {
			p := packages[m[1]]
			if p == nil || p.text[m[2]] == "" {
				t.Errorf("%s: no test %s in %s", lesson, m[2], m[1])
				continue
			}
			if m[3] != "" && !p.literals[m[3]] {
				t.Errorf("%s: no part %q of %s in %s", lesson, m[3], m[2], m[1])
			}
			text.WriteString(p.text[m[2]])
		}
		for _, m := range script.FindAllStringSubmatch(named, -1) {
			content, err := os.ReadFile(filepath.Join(root, "cmd", "git-seal", "testdata", "script", m[1]))
			if err != nil {
				t.Errorf("%s: %v", lesson, err)
			}
			text.Write(content)
		}
		if text.Len() == 0 {
			t.Errorf("%s: no test", lesson)
		}
		for _, id := range advisory.FindAllString(lesson, -1) {
			if !strings.Contains(text.String(), id) {
				t.Errorf("%s: none of its tests names %s", lesson, id)
			}
		}
		rest := script.ReplaceAllString(test.ReplaceAllString(named, ""), "")
		if strings.Trim(rest, ", ") != "" {
			t.Errorf("%s: %q names no test", lesson, rest)
		}
	}
	if lessons < 30 {
		t.Errorf("%d lessons", lessons)
	}
}

// readTestSources reads the tests of every package, by its directory.
func readTestSources(t *testing.T) map[string]*testSources {
	t.Helper()
	packages := make(map[string]*testSources)
	for _, f := range goFiles(t) {
		if !f.isTest() {
			continue
		}
		p := packages[f.dir]
		if p == nil {
			p = &testSources{make(map[string]string), make(map[string]bool)}
			packages[f.dir] = p
		}
		content, err := os.ReadFile(filepath.Join(moduleRoot(t), f.name))
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					p.text[n.Name.Name] = string(content)
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					if s, err := strconv.Unquote(n.Value); err == nil {
						p.literals[s] = true
					}
				}
			}
			return true
		})
	}
	return packages
}
