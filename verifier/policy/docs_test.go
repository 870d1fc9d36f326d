package policy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/verifier/policy/policytest"
)

// TestPolicyDocument holds docs/policy.md to what is read: its policies parse,
// and it names every extension.
func TestPolicyDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, schema, _ := strings.Cut(string(text), "\n    version: 1\n")
	schema, _, _ = strings.Cut("    version: 1\n"+schema, "\n\n")
	p := policytest.Parse(t, regexp.MustCompile(`(?m)^    `).ReplaceAllString(schema, ""))
	if len(p.Identities()) != 2 || len(p.Revocations()) != 1 {
		t.Errorf("the schema's policy says\n%s", strings.Join(p.Describe(), "\n"))
	}
	for _, part := range []string{"keys", "history"} {
		_, block, found := strings.Cut(string(text), "\n    "+part+":\n")
		block, _, _ = strings.Cut(block, "\n\n")
		if !found {
			t.Errorf("the document has no %s", part)
		}
		policytest.Parse(t, policytest.One("")+part+":\n"+regexp.MustCompile(`(?m)^    `).ReplaceAllString(block, "")+"\n")
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("no recipe with a policy")
	}
	for _, b := range blocks {
		policytest.Parse(t, string(b[1]))
	}
	for _, name := range fulcio.ExtensionNames() {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("extension %s is not in the document", name)
		}
	}
}
