package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestSigningDocsLogins runs the lines of docs/signing.md for people, with a
// desktop's browser or with a terminal, as their environments have them.
func TestSigningDocsLogins(t *testing.T) {
	t.Parallel()
	const email = "carol@example.com"
	// inBrowser logs in where the browser was sent to.
	inBrowser := func(t *testing.T, r *loginRepo, c *run) {
		if status, page := newPerson(t).logIn(r.address(), email, "allow"); status != http.StatusOK {
			t.Errorf("the last page: %d\n%s", status, page)
		}
		r.signed(c, email)
	}
	// withCode enters the code that the terminal shows.
	withCode := func(t *testing.T, r *loginRepo, term *terminal, c *run) {
		p := newPerson(t)
		resp, err := p.client.PostForm(term.await(t, "an address", shownURL(`\S*/device`)), map[string][]string{
			"user_code": {term.await(t, "a code", shownCode)}, "email": {email}, "action": {"allow"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if status, page := p.read(resp); status != http.StatusOK {
			t.Errorf("the last page: %d\n%s", status, page)
		}
		r.signed(c, email)
	}
	onDesktop := func(r *loginRepo) {
		r.Repo = r.With("DISPLAY=:0", "PATH="+filepath.Dir(r.opener)+string(os.PathListSeparator)+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	// staged has something to commit.
	staged := func(t *testing.T) *loginRepo {
		r := newLoginRepo(t)
		if err := os.WriteFile(filepath.Join(r.Dir, "file"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		r.Git("add", "file")
		return r
	}

	t.Run("laptop", func(t *testing.T) {
		t.Parallel()
		r := staged(t)
		onDesktop(r)
		inBrowser(t, r, r.start(nil, "sh", "-ec", signingBlock(t, "Laptop", "sh", 1)))
	})
	t.Run("editor", func(t *testing.T) {
		t.Parallel()
		r := staged(t)
		onDesktop(r)
		inBrowser(t, r, r.start(nil, "sh", "-ec", signingBlock(t, "Editor", "sh", 1)+"git commit -m 'by the editor'"))
	})
	t.Run("terminal of a remote window", func(t *testing.T) {
		t.Parallel()
		r := staged(t)
		r.Repo = r.With("BROWSER=" + r.opener)
		inBrowser(t, r, r.start(newTerminal(t).tty, "sh", "-ec", signingBlock(t, "Editor", "sh", 2)+"git commit -S -m signed"))
	})
	t.Run("SSH", func(t *testing.T) {
		t.Parallel()
		r, term := staged(t), newTerminal(t)
		withCode(t, r, term, r.start(term.tty, "sh", "-ec", signingBlock(t, "SSH", "sh", 1)))
	})
	t.Run("SSH with forwarded X11", func(t *testing.T) {
		t.Parallel()
		r, term := staged(t), newTerminal(t)
		onDesktop(r)
		withCode(t, r, term, r.start(term.tty, "sh", "-ec", signingBlock(t, "SSH", "sh", 2)+"git commit -S -m signed"))
	})
}
