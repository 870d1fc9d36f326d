package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/trusting"
)

// TestTrustShowIsDocumented holds docs/trust.md to the fields that git seal trust
// show prints.
func TestTrustShowIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(moduleRoot(t), "docs", "trust.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## `git seal trust show --format json`\n")
	if !found {
		t.Fatal("docs/trust.md does not say what trust show prints")
	}
	for _, v := range []any{trusting.TrustReport{}, trusting.TrustedRow{}, trusting.Anchor{}, trusting.TUFReport{}, trusting.TUFKept{}, trusting.TUFFailure{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(section, "`"+name+"`") {
				t.Errorf("%s: field %q is not documented", typ, name)
			}
		}
	}
}
