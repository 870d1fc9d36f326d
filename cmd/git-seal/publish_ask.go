package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/git"
)

// ask tells on the terminal what becomes public and has a person decide. A yes
// is kept; a no is not, since the account may have been the wrong one.
func (p *publication) ask(ctx context.Context) error {
	tty, err := p.host.terminalOfPerson()
	if err != nil {
		return p.unasked(err)
	}
	defer tty.Close()
	p.tell(func(format string, args ...any) {
		_, err = fmt.Fprintln(tty, "git-seal: "+message(fmt.Sprintf(format, args...)))
	}, p.name()+" ("+printable(p.id.Issuer)+")")
	if err != nil {
		return p.unasked(err)
	}
	answer, err := askLine(ctx, tty, fmt.Sprintf("Publish %s?\ny for this repository, a for all of yours, Enter for no:", p.name()))
	if err != nil {
		return err
	}
	switch answer {
	case "y", "yes":
		p.keep(ctx, git.Local)
	case "a", "always":
		p.keep(ctx, git.Global)
	default:
		return fail(exitNotGood, "not agreed to: %s stays out of the public log of %s", p.name(), p.log).
			withHint("nothing was sent; to sign as somebody else, use another account or token").
			because(whyPublishDeclined)
	}
	return nil
}

// tell says, in lines that a terminal need not break, what a person should know
// before the answer.
func (p *publication) tell(say func(format string, args ...any), who string) {
	say("the public Sigstore (%s) keeps public logs.", p.log)
	say("Signing writes there, for ever, for anybody to search:")
	say("    %s", who)
	say("    the time of each signature")
	say("    a digest of what is signed, and nothing else of it")
	say("Nobody can take anything out again.")
	if p.otherMaker() {
		say("Mind: git names another address in what is signed:")
		say("    %s", printable(p.maker))
	}
}

// unasked is the failure where nobody can be asked.
func (p *publication) unasked(why error) error {
	mind := ""
	if p.otherMaker() {
		mind = fmt.Sprintf(" (git names another address in what is signed: %s)", printable(p.maker))
	}
	return fail(exitNotGood, "%s would stand in the public log of %s for ever%s; nobody has agreed to that yet, and nobody can be asked here: %w", p.name(), p.log, mind, why).
		withHint("to agree: git config --global seal.publishIdentity %s, or %s=true in the environment; an instance of your own (seal.signingConfig) publishes nothing",
			shellQuote(p.id.Name), publishSetting().Env()).
		because(whyPublishUnasked)
}

// keep notes the answer in git's configuration. An answer that cannot be kept
// still counts, once.
func (p *publication) keep(ctx context.Context, scope git.ConfigScope) {
	repo := git.New(p.host.gitOptions())
	defer repo.Close()
	err := repo.SetConfig(ctx, scope, settingPublishIdentity, p.id.Name)
	if err == nil && scope == git.Global && p.agreed.Text != "" {
		// Another identity is named; where the repository does, it goes first.
		err = repo.UnsetConfig(ctx, git.Local, settingPublishIdentity)
	}
	if err != nil {
		p.host.warn("the answer could not be kept: %v", err)
	}
}

// terminalOfPerson opens the terminal if a person may be there to answer. In CI
// nobody is, whatever the build runs on; GIT_TERMINAL_PROMPT=0 asks git, and
// what it runs, not to ask.
func (h *host) terminalOfPerson() (*os.File, error) {
	if variable, ok := h.ci(); ok {
		return nil, fmt.Errorf("this is CI (%s is set)", variable)
	}
	if text, ok := h.getenv("GIT_TERMINAL_PROMPT"); ok {
		if may, err := strconv.ParseBool(text); err == nil && !may {
			return nil, fmt.Errorf("GIT_TERMINAL_PROMPT=%s", text)
		}
	}
	tty, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("no terminal: %w", err)
	}
	return tty, nil
}

// askLine asks on the terminal and returns the answer in lower case; a terminal
// that was closed is an empty answer. It ends with ctx: nothing else stops a
// read that waits.
func askLine(ctx context.Context, tty io.ReadWriter, question string) (string, error) {
	if _, err := fmt.Fprint(tty, question+" "); err != nil {
		return "", err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(tty).ReadString('\n')
		line <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(tty) // the next words begin a line
		return "", ctx.Err()
	case answer := <-line:
		return answer, nil
	}
}
