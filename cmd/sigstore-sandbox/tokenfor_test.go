package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestTokenForPrintsTheTokenOfTheOneNamed(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	out, err := exec.Command(program, "--dir", p.dir, "--token-for", "bob@example.com").Output()
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.ParseSigned(strings.TrimSpace(string(out)), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	var claims tokenClaims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil || claims.Email != "bob@example.com" {
		t.Errorf("the token is for %q, %v", claims.Email, err)
	}
}

func TestTokenForSaysThatNoSandboxRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, stderr := fail(t, "--dir", dir, "--token-for", "bob@example.com")
	if code != exitFailure || !strings.Contains(stderr, "no sandbox has run here") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	p := start(t, dir)
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	code, stderr = fail(t, "--dir", dir, "--token-for", "bob@example.com")
	if code != exitFailure || !strings.Contains(stderr, "the sandbox does not answer") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
