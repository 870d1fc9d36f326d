package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/signer/signertest"
)

// Ctrl-C on the terminal ends git commit at once, whatever a person is waited
// for, and nothing is kept of it but that it happened. That git, which leads the
// session here, ends it and so hangs up makes no difference.
func TestCtrlCWhileAPersonIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		settings []string
		shown    string // what is waited for
	}{
		{"to agree", []string{"gpg.x509.program=git-seal-public", "seal.tokenProvider=file"}, "Enter for no: "},
		{"to log in with a browser", []string{"seal.tokenProvider=browser", "seal.browser=true"}, "go to\n\n    http"},
		{"to log in where no browser opens", []string{"seal.tokenProvider=browser", "seal.browser=false"}, "hint: name the program"},
		{"to log in with a code", []string{"seal.tokenProvider=device"}, "enter the code\n\n    "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newLoginRepo(t, tt.settings...)
			tokenFile := filepath.Join(r.Home, "token")
			if err := os.WriteFile(tokenFile, []byte(r.sandbox.Token(t, "carol@example.com", signertest.TokenOptions{})), 0o600); err != nil {
				t.Fatal(err)
			}
			r.Git("config", "seal.tokenFile", tokenFile)
			r.Repo = r.With("GIT_TERMINAL_PROMPT=1")
			term := newTerminal(t)
			c := r.commit(term.tty)
			term.await(t, tt.shown, func(text string) (string, bool) { return "", strings.Contains(text, tt.shown) })
			began := time.Now()
			term.typed(t, "\x03")
			if code := c.end(); code == 0 {
				t.Error("the commit was made")
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			if _, err := os.Stat(filepath.Join(r.Dir, ".git", "refs", "heads", "main")); err == nil {
				t.Error("the commit was made")
			}
			if config := r.Git("config", "--list"); strings.Contains(config, "publishidentity") {
				t.Errorf("an answer was kept:\n%s", config)
			}
			if explained := r.Git("seal", "why"); !strings.Contains(explained, "("+string(why.Interrupted)+")") || strings.Contains(explained, "eyJ") {
				t.Errorf("git seal why:\n%s", explained)
			}
		})
	}
}
