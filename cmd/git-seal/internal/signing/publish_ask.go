package signing

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
)

// ask tells on the terminal what becomes public and has a person decide. A yes
// is kept; a no is not, since the account may have been the wrong one.
func (p *publication) ask(ctx context.Context) error {
	tty, err := terminalOfPerson(p.host)
	if err != nil {
		return p.unasked(err)
	}
	defer tty.Close()
	p.tell(func(format string, args ...any) {
		_, err = fmt.Fprintln(tty, "git-seal: "+host.Message(fmt.Sprintf(format, args...)))
	}, p.name()+" ("+host.Printable(p.id.Issuer)+")")
	if err != nil {
		return p.unasked(err)
	}
	answer, err := host.AskLine(ctx, tty, fmt.Sprintf("Publish %s?\ny for this repository, a for all of yours, Enter for no:", p.name()))
	if err != nil {
		return err
	}
	switch answer {
	case "y", "yes":
		p.keep(ctx, git.Local)
	case "a", "always":
		p.keep(ctx, git.Global)
	default:
		return host.Fail(host.ExitNotGood, "not agreed to: %s stays out of the public log of %s", p.name(), p.log).
			WithHint("nothing was sent; to sign as somebody else, use another account or token").
			Because(why.PublishDeclined)
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
		say("    %s", host.Printable(p.maker))
	}
}

// unasked is the failure where nobody can be asked.
func (p *publication) unasked(cause error) error {
	mind := ""
	if p.otherMaker() {
		mind = fmt.Sprintf(" (git names another address in what is signed: %s)", host.Printable(p.maker))
	}
	return host.Fail(host.ExitNotGood, "%s would stand in the public log of %s for ever%s; nobody has agreed to that yet, and nobody can be asked here: %w", p.name(), p.log, mind, cause).
		WithHint("to agree: git config --global seal.publishIdentity %s, or %s=true in the environment; an instance of your own (seal.signingConfig) publishes nothing",
			settings.ShellQuote(p.id.Name), settings.PublishSetting().Env()).
		Because(why.PublishUnasked)
}

// keep notes the answer in git's configuration. An answer that cannot be kept
// still counts, once.
func (p *publication) keep(ctx context.Context, scope git.ConfigScope) {
	repo := git.New(settings.GitOptions(p.host))
	defer repo.Close()
	err := repo.SetConfig(ctx, scope, settings.PublishIdentity, p.id.Name)
	if err == nil && scope == git.Global && p.agreed.Text != "" {
		// Another identity is named; where the repository does, it goes first.
		err = repo.UnsetConfig(ctx, git.Local, settings.PublishIdentity)
	}
	if err != nil {
		p.host.Warn("the answer could not be kept: %v", err)
	}
}

// terminalOfPerson opens the terminal if a person may be there to answer. In CI
// nobody is, whatever the build runs on; GIT_TERMINAL_PROMPT=0 asks git, and
// what it runs, not to ask.
func terminalOfPerson(h *host.Host) (*os.File, error) {
	if variable, ok := ci(h); ok {
		return nil, fmt.Errorf("this is CI (%s is set)", variable)
	}
	if text, ok := h.Getenv("GIT_TERMINAL_PROMPT"); ok {
		if may, err := strconv.ParseBool(text); err == nil && !may {
			return nil, fmt.Errorf("GIT_TERMINAL_PROMPT=%s", text)
		}
	}
	tty, err := host.OpenTerminal()
	if err != nil {
		return nil, fmt.Errorf("no terminal: %w", err)
	}
	return tty, nil
}
