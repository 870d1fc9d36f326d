package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/signer"
)

// What an address holds behind its path may be a secret.
func TestTraceKeepsQueriesToItself(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "trace"))
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{Trace: file, Now: time.Now}
	h.TraceRequest(signer.Exchange{Method: "GET", URL: "https://ci.example.com/token?audience=sigstore&key=geheim", Status: 200, Duration: 1500 * time.Microsecond})
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(text)), "git-seal: trace: GET https://ci.example.com/token: 200 (1.5 ms)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
