//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git/gittest"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/display"
)

// jsonPage is docs/json.md with the schema that it holds.
type jsonPage struct {
	text   string
	source schemaObject
	schema *jsonschema.Schema
}

// schemaObject is what this test asks of the schema itself.
type schemaObject struct {
	Required   []string                   `json:"required"`
	Properties map[string]json.RawMessage `json:"properties"`
	Defs       map[string]schemaObject    `json:"$defs"`
}

var readJSONPage = sync.OnceValues(func() (*jsonPage, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(string(text), "\n```json\n")
	source, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		return nil, fmt.Errorf("docs/json.md holds no schema")
	}
	page := &jsonPage{text: string(text)}
	if err := json.Unmarshal([]byte(source), &page.source); err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		return nil, err
	}
	page.schema, err = c.Compile("schema.json")
	return page, err
})

// check holds every line to the schema and returns how many there are.
func (p *jsonPage) check(lines string) (int, error) {
	all := strings.Split(strings.TrimSuffix(lines, "\n"), "\n")
	for _, line := range all {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			return 0, fmt.Errorf("%w: %s", err, line)
		}
		if err := p.schema.Validate(v); err != nil {
			return 0, fmt.Errorf("%w\n%s", err, line)
		}
	}
	return len(all), nil
}

// jsonSchema holds the last stdout of a script to the schema of docs/json.md.
func (s *scripts) jsonSchema(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	page, err := readJSONPage()
	ts.Check(err)
	n, err := page.check(ts.ReadFile("stdout"))
	ts.Check(err)
	if n != want {
		ts.Fatalf("%d lines, want %d", n, want)
	}
}

// TestJSONIsDocumented holds the types that are printed, the tables of
// docs/json.md and its schema to each other: the same fields, and the same of
// them always there.
func TestJSONIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := readJSONPage()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		heading, schema string
		printed         any
		sometimes       []string // of one command alone
	}{
		{"## Object", "object", jsonShow{}, []string{"facts", "mergedBy"}},
		{"### Key", "key", report.Key{}, nil},
		{"### Log", "log", report.Log{}, nil},
		{"### Timestamp", "timestamp", report.Timestamp{}, nil},
		{"### Check", "check", report.Check{}, nil},
		{"### Fact", "fact", judging.Fact{}, nil},
		{"## Summary", "summary", judging.JSONSummary{}, nil},
		{"### Policy", "policy", audit.Policy{}, nil},
		{"### Key file", "keyFile", audit.KeyFile{}, nil},
		{"### Trusted root", "trustedRoot", audit.TrustedRoot{}, nil},
		{"## Audit", "audit", audit.Report{}, nil},
		{"### Evidence", "evidence", audit.Evidence{}, nil},
		{"### Ref", "ref", audit.Ref{}, nil},
		{"### Objects", "objects", audit.Objects{}, nil},
		{"### Signer", "signer", audit.Signer{}, nil},
		{"### Month", "month", audit.Month{}, nil},
		{"### Failed object", "failedObject", audit.Failure{}, nil},
		{"### Policy change", "policyChange", audit.PolicyChange{}, nil},
		{"### Forge", "forge", audit.Forge{}, nil},
		{"### Excused", "excused", audit.Excused{}, nil},
		{"## Failure", "failure", why.JSONFailure{}, nil},
	} {
		printed := make(map[string]bool) // whether always
		fieldsOf(reflect.TypeOf(tc.printed), printed)
		for _, name := range tc.sometimes {
			printed[name] = false
		}
		_, part, found := strings.Cut(page.text, "\n"+tc.heading+"\n")
		if !found {
			t.Errorf("docs/json.md: no %q", tc.heading)
		}
		part, _, _ = strings.Cut(part, "\n#")
		table := make(map[string]bool)
		for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.*?) ?\\| ").FindAllStringSubmatch(part, -1) {
			table[row[1]] = row[2] == ""
		}
		if !maps.Equal(printed, table) {
			t.Errorf("%s: the table has %v, the code prints %v", tc.heading, table, printed)
		}
		schema := make(map[string]bool)
		for name := range page.source.Defs[tc.schema].Properties {
			schema[name] = slices.Contains(page.source.Defs[tc.schema].Required, name)
		}
		if !maps.Equal(printed, schema) {
			t.Errorf("%s: the schema has %v, the code prints %v", tc.heading, schema, printed)
		}
	}
	if want := fmt.Sprintf("is `%d`", display.JSONVersion); !strings.Contains(page.text, want) {
		t.Errorf("docs/json.md: no version that %s", want)
	}
}

// fieldsOf adds the names of a type's fields, and whether they are printed
// whatever they hold.
func fieldsOf(t reflect.Type, into map[string]bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			fieldsOf(f.Type, into)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "-" {
			into[name] = options != "omitempty"
		}
	}
}

// TestJSONOfVectors holds what is printed about real signatures of every kind
// to the schema, by verify and by show.
func TestJSONOfVectors(t *testing.T) {
	t.Parallel()
	page, err := readJSONPage()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"gitsign", "public"} {
		dir := gittest.Vectors(t, set)
		r := isolated(t)
		if set == "gitsign" {
			r.Git("config", "seal.trustedRoot", filepath.Join(dir, "trusted_root.json"))
		}
		all := loadVectors(t, set)
		args := []string{"seal", "verify", "--format", "json", "no-such-rev"}
		shown := make(map[string]bool)
		for _, v := range all {
			id := r.Store(v.typ, v.raw)
			args = append(args, id)
			if shown[v.verdict] {
				continue
			}
			shown[v.verdict] = true
			out, _, _ := r.Try(nil, "seal", "show", "--format", "json", id)
			if n, err := page.check(out); err != nil || n != 1 {
				t.Errorf("show %s: %d lines: %v", id, n, err)
			}
		}
		out, stderr, _ := r.Try(nil, args...)
		if n, err := page.check(out); err != nil || n != len(all)+2 {
			t.Errorf("%s: %d lines for %d objects: %v\n%s", set, n, len(all)+1, err, stderr)
		}
	}
}

// TestJSONSchemaRefuses: the schema tells right from wrong.
func TestJSONSchemaRefuses(t *testing.T) {
	t.Parallel()
	page, err := readJSONPage()
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"version":1,"object":"0123456789012345678901234567890123456789","type":"commit","revision":"HEAD","verdict":"good","reason":"","identity":"ana@example.com","issuer":"https://accounts.example.com","scheme":"x509","rule":"Ana","signedAt":"2026-03-01T12:00:00Z","timeSource":"log","signingTime":null,"fingerprint":"0123456789012345678901234567890123456789","log":null,"timestamp":null,"trustedRoot":"public-good","checks":[{"name":"form","outcome":"passed"}]}`
	if _, err := page.check(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another version":         {`"version":1`, `"version":2`},
		"another verdict":         {`"good"`, `"fine"`},
		"good with a reason":      {`"reason":""`, `"reason":"because"`},
		"bad without one":         {`"good"`, `"bad"`},
		"good by no scheme":       {`"scheme":"x509",`, ``},
		"good by no key":          {`"scheme":"x509"`, `"scheme":"ssh"`},
		"good without a time":     {`"signedAt":"2026-03-01T12:00:00Z"`, `"signedAt":null`},
		"a time without its zone": {`12:00:00Z`, `12:00:00`},
		"a day that is none":      {`2026-03-01`, `2026-02-30`},
		"no checks":               {`,"checks":[{"name":"form","outcome":"passed"}]`, ``},
		"an empty list of checks": {`[{"name":"form","outcome":"passed"}]`, `[]`},
		"failed without a detail": {`"passed"`, `"failed"`},
		"a short id":              {`"object":"01234567890`, `"object":"`},
		"no log":                  {`"log":null,`, ``},
		"a log of nothing":        {`"log":null`, `"log":{}`},
	} {
		wrong := strings.Replace(good, change[0], change[1], 1)
		if wrong == good || !json.Valid([]byte(wrong)) {
			t.Fatalf("%s: %s", name, wrong)
		}
		if _, err := page.check(wrong); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
