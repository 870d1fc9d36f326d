package cms

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// section returns one numbered section of docs/format.md.
func section(t testing.TB, heading string) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "docs", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(doc), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/format.md has no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

func TestLimitsAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	documented := make(map[string]string)
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-zA-Z0-9. ]+) \| (\d+(?: \w+)?) \|`).FindAllStringSubmatch(section(t, "6. Limits"), -1) {
		documented[row[1]] = row[2]
	}
	limits := map[string]string{
		"armored signature":               fmt.Sprint(MaxArmored, " bytes"),
		"nesting of ASN.1 values":         fmt.Sprint(maxDepth),
		"certificates":                    fmt.Sprint(maxCertificates),
		"one certificate":                 fmt.Sprint(maxCertificate, " bytes"),
		"attributes in one set":           fmt.Sprint(maxAttributes),
		"signature value":                 fmt.Sprint(maxSignature, " bytes"),
		"RSA modulus":                     fmt.Sprint(maxModulus, " bits"),
		"log entry":                       fmt.Sprint(maxLogEntry, " bytes"),
		"inclusion proof hashes":          fmt.Sprint(maxHashes),
		"integrated time":                 fmt.Sprint(maxIntegratedTime, " seconds"),
		"signature lines of a checkpoint": fmt.Sprint(maxNoteSignatures),
		"checkpoint":                      fmt.Sprint(maxCheckpoint, " bytes"),
		"timestamp token":                 fmt.Sprint(maxToken, " bytes"),
	}
	for name, limit := range limits {
		if documented[name] != limit {
			t.Errorf("%s: documented as %q, is %q", name, documented[name], limit)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("%s: documented, and no limit here", name)
	}
}

// The octets that docs/format.md gives stand in a signature.
func TestDocumentedOctetsAreWritten(t *testing.T) {
	t.Parallel()
	der := newTestSigner(t).sign(t, true, false, true, testPayload)
	n := 0
	for _, m := range regexp.MustCompile("`([0-9a-f]{6,})`").FindAllStringSubmatch(section(t, "2. ContentInfo and SignedData"), -1) {
		want, err := hex.DecodeString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(der, want) {
			t.Errorf("%s is documented and not written", m[1])
		}
		n++
	}
	for _, m := range regexp.MustCompile(`(?m)^ +((?:[0-9a-f]{2} ){8,}[0-9a-f]{2})(?: +\D|$)`).FindAllStringSubmatch(section(t, "9. Looking at one"), -1) {
		want, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(der, want) {
			t.Errorf("%s is documented and not written", m[1])
		}
		n++
	}
	if n < 12 {
		t.Errorf("%d octet strings documented", n)
	}
}
