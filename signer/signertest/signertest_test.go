package signertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// reachable is whether somebody listens at a URL.
func reachable(url string) bool {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestStartIsShared(t *testing.T) {
	t.Parallel()
	a, b := Start(t), Start(t)
	if a != b {
		t.Error("two sandboxes")
	}
	for name, url := range map[string]string{
		"OIDC": a.OIDC, "Fulcio": a.Fulcio, "CTLog": a.CTLog, "Rekor": a.Rekor, "RekorV2": a.RekorV2, "Timestamp": a.Timestamp, "TUF": a.TUF,
	} {
		if !strings.HasPrefix(url, "http://127.0.0.1:") {
			t.Errorf("%s at %q", name, url)
		}
	}
	for _, path := range []string{a.TrustedRoot(), a.SigningConfig(), a.SigningConfigV2(), a.TokenFile()} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
	if a.ClientID == "" {
		t.Error("no client id")
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	s := StartOwn(t)
	if s == Start(t) {
		t.Fatal("not its own")
	}
	resp, err := http.Get(s.OIDC + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	s.Stop(t)
	if reachable(s.OIDC) {
		t.Error("still there after Stop")
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("directory is left: %v", err)
	}
	s.Stop(t)
}

// childVariable makes TestNothingOutlivesAKilledProcess the process that is killed.
const childVariable = "SIGNERTEST_CHILD"

// Whoever starts a sandbox may be killed by a timeout of go test: the sandbox
// ends and its directory goes.
func TestNothingOutlivesAKilledProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv(childVariable) != "" {
		s := Start(t)
		fmt.Printf("%s %s\n", s.Dir, s.OIDC)
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), childVariable+"=1")
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var dir, url string
	for lines := bufio.NewScanner(stdout); url == "" && lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && strings.HasPrefix(fields[1], "http://") {
			dir, url = fields[0], fields[1]
		}
	}
	if url == "" || !reachable(url) {
		_ = child.Process.Kill()
		t.Fatalf("child does not run a sandbox (%q, %q)", dir, url)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-tick.C:
			if _, err := os.Stat(dir); os.IsNotExist(err) && !reachable(url) {
				return
			}
		case <-deadline:
			t.Fatalf("%s is still there, or %s", url, dir)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	s := Start(t)
	if token := s.Token(t, "bob@example.com", TokenOptions{Audience: "other", ExpiresIn: -time.Hour, Unverified: true}); strings.Count(token, ".") != 2 || strings.TrimSpace(token) != token {
		t.Errorf("token %q", token)
	}
}
