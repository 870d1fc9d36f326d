package gittest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// VectorsDir returns the directory of the real signed objects that tests judge,
// which are other people's: it lies beside the repository, as shared/vectors,
// and is no part of it. Without it the error says so.
func VectorsDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(filepath.Dir(dir), "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("the test vectors are not beside this clone: %w", err)
	}
	return dir, nil
}

// Vectors returns the directory of one set of vectors. Where there is none the
// test is skipped, but never in CI.
func Vectors(t testing.TB, set string) string {
	t.Helper()
	dir, err := VectorsDir()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
	return filepath.Join(dir, set)
}

// Vector is a line of a set's expected.tsv with the object that it is about.
type Vector struct {
	Name     string // the object's file; with #mergetag behind it, the tag in that commit's header
	ID, Type string // of the object in the file
	Raw      []byte // of the object in the file
	Mergetag bool   // the line is about the tag in it

	Verdict          string
	Why              string
	Identity, Issuer string // in the certificate
}

// ReadVectors returns the objects of a set, of which there is at least one.
func ReadVectors(t testing.TB, set string) []Vector {
	t.Helper()
	dir := Vectors(t, set)
	table, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")
	columns := strings.Split(lines[0], "\t")
	var all []Vector
	for _, line := range lines[1:] {
		field := map[string]string{}
		for i, value := range strings.Split(line, "\t") {
			field[columns[i]] = value
		}
		v := Vector{
			Name: field["object"], Verdict: field["verdict"], Why: field["why"] + field["how_made"],
			Identity: field["certificate_identity"], Issuer: field["oidc_issuer"],
		}
		var file string
		file, v.Mergetag = strings.CutSuffix(v.Name, "#mergetag")
		v.ID, v.Type, _ = strings.Cut(file, ".")
		if v.Raw, err = os.ReadFile(filepath.Join(dir, "objects", file)); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatalf("%s: no vectors", dir)
	}
	return all
}
