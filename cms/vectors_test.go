package cms

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectorsDir returns ../shared/vectors beside the repository, whose objects are
// other people's and so not part of it.
func vectorsDir(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(root)
		if parent == root {
			t.Fatal("no go.mod above the package")
		}
		root = parent
	}
	dir := filepath.Join(root, "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("test vectors: %v", err)
		}
		t.Skipf("test vectors are not part of the repository: %v", err)
	}
	return dir
}

// vector is one signed object with the verdict it must get.
type vector struct {
	name, verdict, why string
	payload, signature []byte // signature nil when unsigned
}

// vectors reads the objects that set's expected.tsv lists.
func vectors(t testing.TB, set string) []vector {
	t.Helper()
	dir := filepath.Join(vectorsDir(t), set)
	f, err := os.Open(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	for _, row := range rows[1:] {
		name, mergetag := strings.CutSuffix(row[0], "#mergetag")
		raw, err := os.ReadFile(filepath.Join(dir, "objects", name))
		if err != nil {
			t.Fatal(err)
		}
		if mergetag {
			raw = header(raw, "mergetag")
		}
		v := vector{name: row[0], verdict: row[1], why: row[2]}
		if mergetag || strings.HasSuffix(name, ".tag") {
			v.payload, v.signature = splitTag(raw)
		} else {
			v.payload, v.signature = splitCommit(raw)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatalf("%s: no vectors", set)
	}
	return all
}

// header returns the value of a multi-line header.
func header(raw []byte, name string) []byte {
	var value []byte
	in := false
	for line := range bytes.Lines(raw) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+" ")); ok {
			in, value = true, append(value, rest...)
		} else if rest, ok := bytes.CutPrefix(line, []byte(" ")); ok && in {
			value = append(value, rest...)
		} else if in || len(line) == 1 {
			break
		}
	}
	return value
}

func splitTag(raw []byte) (payload, signature []byte) {
	i := bytes.LastIndex(raw, []byte("\n-----BEGIN "))
	if i < 0 {
		return raw, nil
	}
	return raw[:i+1], raw[i+1:]
}

func splitCommit(raw []byte) (payload, signature []byte) {
	signature = header(raw, "gpgsig")
	in, body := false, false
	for line := range bytes.Lines(raw) {
		switch {
		case body:
		case bytes.HasPrefix(line, []byte("gpgsig ")):
			in = true
			continue
		case in && line[0] == ' ':
			continue
		default:
			in, body = false, len(line) == 1
		}
		payload = append(payload, line...)
	}
	return payload, signature
}
