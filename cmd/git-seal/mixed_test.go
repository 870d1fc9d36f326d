//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// mixed makes a repository as they are found: commits without signature, by Ana
// with OpenPGP, by Bob with SSH, and those that a forge makes and signs itself.
// Each has a branch of its name, and the forge's tag is forge-tag.
func (s *scripts) mixed(ts *testscript.TestScript, args []string) {
	home, err := os.MkdirTemp("", "gpg") // the path of gpg-agent's socket is short
	ts.Check(err)
	ts.Defer(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	work, keys, dir := ts.Getenv("WORK"), ts.MkAbs("keys"), ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(keys+"/keys", 0o755))
	ts.Setenv("GNUPGHOME", home)

	gpg := func(args ...string) {
		ts.Check(ts.Exec("gpg", append([]string{"--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...))
	}
	gpg("--quick-gen-key", "Ana <ana@example.com>", "ed25519", "sign", "never")
	gpg("--quick-gen-key", "Forge <noreply@forge.example.com>", "rsa2048", "sign", "never")
	gpg("--armor", "--output", keys+"/keys/ana.asc", "--export", "ana@example.com")
	gpg("--armor", "--output", keys+"/keys/forge.asc", "--export", "noreply@forge.example.com")
	ssh := filepath.Join(work, "bob")
	ts.Check(ts.Exec("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bob", "-f", ssh))
	public, err := os.ReadFile(ssh + ".pub")
	ts.Check(err)
	ts.Check(os.WriteFile(keys+"/allowed_signers", append([]byte(`bob@example.com namespaces="git" `), public...), 0o644))

	ts.Check(ts.Exec("git", "init", "-q", dir))
	now := ts.Getenv("GIT_COMMITTER_DATE")
	ts.Setenv("GIT_COMMITTER_DATE", "") // no earlier than the keys are
	ts.Check(ts.Chdir(dir))
	type signer struct{ name, email, format, key string }
	ana := signer{"Ana", "ana@example.com", "openpgp", "ana@example.com"}
	bob := signer{"Bob", "bob@example.com", "ssh", ssh}
	eve := signer{"Eve", "eve@example.com", "openpgp", "ana@example.com"}
	forge := signer{"Forge", "noreply@forge.example.com", "openpgp", "noreply@forge.example.com"}
	nobody := signer{"Ana", "ana@example.com", "", ""}
	git := func(by signer, args ...string) {
		config := []string{"-c", "user.name=" + by.name, "-c", "user.email=" + by.email}
		if by.format != "" {
			config = append(config, "-c", "gpg.format="+by.format, "-c", "user.signingKey="+by.key, "-c", "commit.gpgSign=true", "-c", "tag.gpgSign=true")
		}
		ts.Check(ts.Exec("git", append(config, args...)...))
	}
	commit := func(by signer, branch string) {
		ts.Check(os.WriteFile(filepath.Join(dir, branch), []byte(branch+"\n"), 0o644))
		git(by, "add", branch)
		subject := strings.ReplaceAll(branch, "-", " ")
		if branch == "forge-squash" {
			subject += " (#12)"
		}
		git(by, "commit", "-q", "-m", subject)
		git(by, "branch", "-f", branch)
	}
	merge := func(branch, other string, change bool) {
		git(forge, "merge", "-q", "--no-ff", "-m", "Merge pull request from "+other, other)
		if change {
			ts.Check(os.WriteFile(filepath.Join(dir, "more"), []byte("more\n"), 0o644))
			git(forge, "add", "more")
			git(forge, "commit", "-q", "--amend", "--no-edit")
		}
		git(forge, "branch", "-f", branch)
	}
	commit(nobody, "unsigned")
	commit(ana, "by-gpg")
	git(nobody, "checkout", "-q", "-b", "topic")
	commit(bob, "by-ssh")
	git(nobody, "checkout", "-q", "main")
	commit(eve, "other-committer")
	merge("forge-merge", "topic", false)
	commit(forge, "forge-squash")
	commit(forge, "forge-edit")
	git(nobody, "checkout", "-q", "topic")
	commit(bob, "by-ssh-again")
	git(nobody, "checkout", "-q", "main")
	merge("forge-evil", "topic", true)
	git(forge, "tag", "-s", "-m", "by the forge", "forge-tag")
	ts.Setenv("GIT_COMMITTER_DATE", now)
	ts.Check(ts.Chdir(work))
}
