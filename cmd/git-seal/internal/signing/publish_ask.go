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

// ask shows on the terminal what will be published, and prompts. It keeps a yes; it
// does not keep a no, because it may have been the wrong account.
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
	answer, err := host.AskLine(ctx, tty, fmt.Sprintf("Publish %s?\ny for this repository, a for all your repositories, Enter for no:", p.name()))
	if err != nil {
		return err
	}
	switch answer {
	case "y", "yes":
		p.keep(ctx, git.Local)
	case "a", "always":
		p.keep(ctx, git.Global)
	default:
		return host.Fail(host.ExitNotGood, "cancelled: %s is not published in the public log of %s", p.name(), p.log).
			WithHint("nothing was sent; to sign as someone else, use another account or token").
			Because(why.PublishDeclined)
	}
	return nil
}

// tell prints what to know before the answer, in lines that fit on a terminal.
func (p *publication) tell(say func(format string, args ...any), who string) {
	say("signing with the public Sigstore instance (%s)", p.log)
	say("publishes in a public log:")
	say("    %s", who)
	say("    the time of each signature")
	say("    a digest of what is signed, but not its content")
	say("This is permanent: anyone can search it, and no one can remove it.")
	if p.otherMaker() {
		say("note: git writes a different address into what is signed:")
		say("    %s", host.Printable(p.maker))
	}
}

// unasked returns the failure if git-seal cannot prompt.
func (p *publication) unasked(cause error) error {
	note := ""
	if p.otherMaker() {
		note = fmt.Sprintf(" (git writes a different address into what is signed: %s)", host.Printable(p.maker))
	}
	return host.Fail(host.ExitNotGood, "%s would be published permanently in the public log of %s%s; no one has agreed yet, and git-seal cannot prompt here: %w", p.name(), p.log, note, cause).
		WithHint("to agree, run: git config --global seal.publishIdentity %s, or set %s=true in the environment; your own instance (seal.signingConfig) publishes nothing",
			settings.ShellQuote(p.id.Name), settings.PublishSetting().Env()).
		Because(why.PublishUnasked)
}

// keep saves the answer in git's configuration. An answer that cannot be saved still
// counts once.
func (p *publication) keep(ctx context.Context, scope git.ConfigScope) {
	repo := git.New(settings.GitOptions(p.host))
	defer repo.Close()
	err := repo.SetConfig(ctx, scope, settings.PublishIdentity, p.id.Name)
	if err == nil && scope == git.Global && p.agreed.Text != "" {
		// The setting names another identity; in the repository it would take precedence.
		err = repo.UnsetConfig(ctx, git.Local, settings.PublishIdentity)
	}
	if err != nil {
		p.host.Warn("cannot save the answer: %v", err)
	}
}

// terminalOfPerson opens the terminal if a person may be there to answer. In CI no
// one is, even on a terminal. GIT_TERMINAL_PROMPT=0 tells git, and the programs that
// it runs, not to prompt.
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
