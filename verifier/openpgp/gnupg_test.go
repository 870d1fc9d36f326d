package openpgp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// TestGnuPG: what GnuPG exports and signs verifies, for each kind of key that it
// makes.
func TestGnuPG(t *testing.T) {
	t.Parallel()
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("gpg is not installed")
	}
	home, err := os.MkdirTemp("", "gpg") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(gpg, append([]string{"--homedir", home, "--batch", "--quiet", "--no-tty", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
		out, err := cmd.Output()
		if failed, ok := err.(*exec.ExitError); ok {
			t.Fatalf("gpg %q: %v: %s", args, err, failed.Stderr)
		} else if err != nil {
			t.Fatal(err)
		}
		return out
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	file := filepath.Join(home, "payload")
	if err := os.WriteFile(file, payload, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range []string{"rsa2048", "ed25519", "nistp256", "nistp384", "brainpoolP256r1"} {
		user := algorithm + " <" + algorithm + "@example.com>"
		run("--quick-gen-key", user, algorithm, "sign", "never")
		key := oneKey(t, run("--armor", "--export", algorithm+"@example.com"))
		s, err := openpgp.ParseSignature(run("--local-user", algorithm+"@example.com", "--armor", "--detach-sign", "--output", "-", file))
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		signer, err := key.Verify(s, payload)
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		if err := signer.CheckTime(s.CreationTime()); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if ids := key.UserIDs(s.CreationTime()); len(ids) != 1 || ids[0] != user {
			t.Errorf("%s: %q", algorithm, ids)
		}
	}
	run("--quick-gen-key", "dsa <dsa@example.com>", "dsa2048", "sign", "never")
	if keys, err := openpgp.ParseKeys(run("--export", "dsa@example.com")); err == nil {
		t.Errorf("DSA: %d keys", len(keys))
	}
}
