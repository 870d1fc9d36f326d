package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
)

// agreeAtInit says, before the first signature, which address the public
// instance will show for ever, asks, and keeps the answer in the configuration
// that init writes. Where nobody can be asked, the first signature asks.
func (h *host) agreeAtInit(ctx context.Context, e *configEditor, config *git.Config, vals values, services signer.Services) error {
	p := publication{host: h, log: publicLog(vals, services), maker: h.gitAddress(config)}
	if p.log == "" {
		return nil
	}
	p.agreed, _ = vals.one(settingPublishIdentity)
	p.id = h.likelyIdentity(ctx, vals)
	known := p.id != signer.Identity{}
	switch {
	case known:
	case p.agreed.Text != publishAlways && p.agreed.Text != publishNever && p.agreed.Text != "":
		p.id = signer.Identity{Name: p.agreed.Text}
	case p.maker != "":
		p.id = signer.Identity{Name: p.maker, Email: p.maker}
	}
	switch {
	case p.agreed.Text == publishNever:
		h.say("seal.publishIdentity (%s) is false: nothing is signed with the public Sigstore (%s)", p.agreed.Source, p.log)
		return nil
	case p.id.Private() && !p.agrees():
		f := asFailure(p.refusePrivate(), exitNotGood)
		h.warn("this cannot sign: %v", f)
		h.say("hint: %s", f.hint)
		return nil
	case p.id.Email == "" && p.id.Public():
		return nil
	case p.id.Name == "":
		p.tell(h.say, "the address of the account that you sign with")
		h.say("the first signature asks whether you agree")
		return nil
	}
	who := p.name()
	if !known && !p.agrees() {
		who += " (git's address; of another one you will be asked)"
	}
	if p.agrees() {
		p.tell(h.say, who)
		h.say("seal.publishIdentity (%s) agrees", p.agreed.Source)
		return nil
	}
	return p.askAtInit(ctx, e, who)
}

// askAtInit asks on the terminal. Anything but a yes is kept as a no, which
// stops the first signature and says where it stands.
func (p *publication) askAtInit(ctx context.Context, e *configEditor, who string) error {
	tty, err := p.host.terminalOfPerson()
	if err != nil {
		p.tell(p.host.say, who)
		p.host.say("nobody can be asked here (%v):", err)
		p.host.say("the first signature asks, and without a terminal it stops. To agree now:")
		p.host.say("    git seal init --publish-identity %s", shellQuote(p.id.Name))
		return nil
	}
	defer tty.Close()
	p.tell(func(format string, args ...any) {
		_, err = fmt.Fprintln(tty, "git-seal: "+message(fmt.Sprintf(format, args...)))
	}, who)
	if err != nil {
		return fail(exitNotGood, "terminal: %w", err)
	}
	answer, err := askLine(ctx, tty, fmt.Sprintf("Publish %s? [y/N]", p.name()))
	if err != nil {
		return err
	}
	keep := publishNever
	if answer == "y" || answer == "yes" {
		keep = p.id.Name
	}
	return e.apply(ctx, []change{{settingPublishIdentity, []string{keep}}})
}

// likelyIdentity is whom a token at hand speaks for, or nobody. Nobody is asked
// for a token, and none is taken out of a pipe.
func (h *host) likelyIdentity(ctx context.Context, vals values) signer.Identity {
	text, _ := h.getenv(tokenVariable)
	if file, ok := vals.one(settingTokenFile); ok && text == "" {
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
func (h *host) gitAddress(config *git.Config) string {
	if address, ok := h.getenv("GIT_COMMITTER_EMAIL"); ok && address != "" {
		return address
	}
	for _, key := range []string{"committer.email", "user.email"} {
		if v, ok := config.Last(key); ok && v.Value != "" {
			return v.Value
		}
	}
	return ""
}
