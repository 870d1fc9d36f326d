//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pushByHand does what git push --signed would never do: it sends a push
// certificate of any form to git receive-pack.
func (s *scripts) pushByHand(ts *testscript.TestScript, args []string) {
	payload := replaced(ts, ts.ReadFile(args[1]), args[3:])
	file := filepath.Join(ts.Getenv("WORK"), "certificate")
	ts.Check(os.WriteFile(file, []byte(payload), 0o644))
	ts.Check(ts.Exec("sh", "-c", `SIGSTORE_ID_TOKEN=$(cat "$2") git-seal --status-fd=2 -bsau x <"$1"`, "sh", file, ts.MkAbs(args[2])))
	var lines strings.Builder
	packet := func(line string) { fmt.Fprintf(&lines, "%04x%s", len(line)+4, line) }
	packet("push-cert\x00report-status agent=hand")
	for line := range strings.Lines(payload + ts.ReadFile("stdout")) {
		packet(line)
	}
	packet("push-cert-end\n")
	if strings.HasSuffix(payload, "\n\n") { // no command in it: one beside it
		packet(strings.Repeat("1", 40) + " " + strings.Repeat("0", 40) + " refs/heads/beside")
	}
	lines.WriteString("0000")
	ts.Check(os.WriteFile(file, []byte(lines.String()), 0o644))
	ts.Check(ts.Exec("sh", "-c", `git receive-pack "$1" <"$2"`, "sh", args[0], file))
}
