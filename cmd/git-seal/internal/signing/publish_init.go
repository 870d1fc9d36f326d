package signing

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
)

// AgreeAtInit shows, before the first signature, which address the public instance
// will publish permanently, prompts, and keeps the answer in the configuration that
// init writes. If it cannot prompt, the first signature does.
func AgreeAtInit(ctx context.Context, h *host.Host, e *settings.ConfigEditor, config *git.Config, vals settings.Values, services signer.Services) error {
	p := publication{host: h, log: publicLog(h, vals, services), maker: gitAddress(h, config)}
	if p.log == "" {
		return nil
	}
	p.agreed, _ = vals.One(settings.PublishIdentity)
	p.id = likelyIdentity(ctx, h, vals)
	known := p.id != signer.Identity{}
	switch {
	case known:
	case p.agreed.Text != settings.PublishAlways && p.agreed.Text != settings.PublishNever && p.agreed.Text != "":
		p.id = signer.Identity{Name: p.agreed.Text}
	case p.maker != "":
		p.id = signer.Identity{Name: p.maker, Email: p.maker}
	}
	switch {
	case p.agreed.Text == settings.PublishNever:
		h.Say("%s is false: git-seal does not sign with the public Sigstore instance (%s)", p.agreed.Origin(), p.log)
		return nil
	case p.id.Private() && !p.agrees():
		f := why.From(p.refusePrivate(), host.ExitNotGood)
		h.Warn("this cannot sign: %v", f)
		h.Say("hint: %s", f.Hint)
		return nil
	case p.id.Email == "" && p.id.Public():
		return nil
	case p.id.Name == "":
		p.tell(h.Say, "the address of the account that you sign with")
		h.Say("the first signature prompts for your agreement")
		return nil
	}
	who := p.name()
	if !known && !p.agrees() {
		who += " (git's address; git-seal prompts before it publishes another one)"
	}
	if p.agrees() {
		p.tell(h.Say, who)
		h.Say("%s allows this", p.agreed.Origin())
		return nil
	}
	return p.askAtInit(ctx, e, who)
}

// askAtInit prompts on the terminal. It keeps any answer except yes as a no, which
// stops the first signature with an error that says where it is set.
func (p *publication) askAtInit(ctx context.Context, e *settings.ConfigEditor, who string) error {
	tty, err := terminalOfPerson(p.host)
	if err != nil {
		p.tell(p.host.Say, who)
		p.host.Say("cannot prompt here (%v).", err)
		p.host.Say("The first signature prompts, and fails without a terminal. To agree now, run:")
		p.host.Say("    git seal init --publish-identity %s", settings.ShellQuote(p.id.Name))
		return nil
	}
	defer tty.Close()
	p.tell(func(format string, args ...any) {
		_, err = fmt.Fprintln(tty, "git-seal: "+host.Message(fmt.Sprintf(format, args...)))
	}, who)
	if err != nil {
		return host.Fail(host.ExitNotGood, "terminal: %w", err)
	}
	answer, err := host.AskLine(ctx, tty, fmt.Sprintf("Publish %s? [y/N]", p.name()))
	if err != nil {
		return err
	}
	keep := settings.PublishNever
	if answer == "y" || answer == "yes" {
		keep = p.id.Name
	}
	return e.Apply(ctx, []settings.Change{{Key: settings.PublishIdentity, Values: []string{keep}}})
}

// likelyIdentity returns the identity in a token that is there already, or an empty
// one. It requests no token, and reads none from a pipe.
func likelyIdentity(ctx context.Context, h *host.Host, vals settings.Values) signer.Identity {
	text, _ := h.Getenv(settings.TokenVariable)
	if file, ok := vals.One(settings.TokenFile); ok && text == "" {
		if info, err := os.Stat(file.Text); err == nil && info.Mode().IsRegular() {
			text, _ = signer.FileToken(file.Text).Token(ctx) // a token that is not valid is an error when it is needed
		}
	}
	id, err := signer.ReadIdentity(strings.TrimSpace(text))
	if err != nil {
		return signer.Identity{}
	}
	return id
}

// gitAddress returns the address that git writes for a committer, if it is set.
func gitAddress(h *host.Host, config *git.Config) string {
	if address, ok := h.Getenv("GIT_COMMITTER_EMAIL"); ok && address != "" {
		return address
	}
	for _, key := range []string{"committer.email", "user.email"} {
		if v, ok := config.Last(key); ok && v.Value != "" {
			return v.Value
		}
	}
	return ""
}
