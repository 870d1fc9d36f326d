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

// AgreeAtInit says, before the first signature, which address the public
// instance will show for ever, asks, and keeps the answer in the configuration
// that init writes. Where nobody can be asked, the first signature asks.
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
		h.Say("seal.publishIdentity (%s) is false: nothing is signed with the public Sigstore (%s)", p.agreed.Source, p.log)
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
		h.Say("the first signature asks whether you agree")
		return nil
	}
	who := p.name()
	if !known && !p.agrees() {
		who += " (git's address; of another one you will be asked)"
	}
	if p.agrees() {
		p.tell(h.Say, who)
		h.Say("seal.publishIdentity (%s) agrees", p.agreed.Source)
		return nil
	}
	return p.askAtInit(ctx, e, who)
}

// askAtInit asks on the terminal. Anything but a yes is kept as a no, which
// stops the first signature and says where it stands.
func (p *publication) askAtInit(ctx context.Context, e *settings.ConfigEditor, who string) error {
	tty, err := terminalOfPerson(p.host)
	if err != nil {
		p.tell(p.host.Say, who)
		p.host.Say("nobody can be asked here (%v):", err)
		p.host.Say("the first signature asks, and without a terminal it stops. To agree now:")
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

// likelyIdentity is whom a token at hand speaks for, or nobody. Nobody is asked
// for a token, and none is taken out of a pipe.
func likelyIdentity(ctx context.Context, h *host.Host, vals settings.Values) signer.Identity {
	text, _ := h.Getenv(settings.TokenVariable)
	if file, ok := vals.One(settings.TokenFile); ok && text == "" {
		if info, err := os.Stat(file.Text); err == nil && info.Mode().IsRegular() {
			text, _ = signer.FileToken(file.Text).Token(ctx) // that it is none is told when it is needed
		}
	}
	id, err := signer.ReadIdentity(strings.TrimSpace(text))
	if err != nil {
		return signer.Identity{}
	}
	return id
}

// gitAddress is the address that git writes down for a committer, as far as
// somebody has set it.
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
