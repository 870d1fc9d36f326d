package signing

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
)

// publicDomains are the domains of the Sigstore community's instances, whose
// certificates and log entries everyone can read and no one can remove.
var publicDomains = []string{"sigstore.dev", "sigstage.dev"}

// ownInstance are the settings that name an instance other than the public one.
var ownInstance = []string{settings.TUFRoot, settings.TrustedRoot, settings.SigningConfig, settings.Fulcio, settings.Rekor}

// publicLog returns the host that publishes what it gets: the first service in use
// that is in a public domain or that no setting names, or "" if all are private. A
// certificate authority counts, because it logs the certificates that it issues. Of
// several logs the first is used, as in signer.Services. A timestamp authority does
// not count, because it keeps no log and gets only a digest.
func publicLog(h *host.Host, vals settings.Values, s signer.Services) string {
	urls := []string{s.Fulcio}
	if len(s.Rekor) > 0 {
		urls = append(urls, s.Rekor[0].URL)
	}
	own := slices.ContainsFunc(ownInstance, func(name string) bool { return len(vals[name]) > 0 })
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil {
			continue // no request goes there
		}
		name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		for _, domain := range append(publicDomains, h.PublicDomain) {
			if domain != "" && (name == domain || strings.HasSuffix(name, "."+domain)) {
				return name
			}
		}
		if !own {
			return name
		}
	}
	return ""
}

// publication is the publishing of one identity in a public log.
type publication struct {
	host   *host.Host
	log    string         // the host of the public instance
	agreed settings.Value // seal.publishIdentity; empty if it is not set
	id     signer.Identity
	maker  string // the address that git writes into what is signed; may be empty
}

// beforeSend returns what the signer calls before it sends anything, or nil for a
// private instance.
func beforeSend(h *host.Host, vals settings.Values, services signer.Services, payload []byte) func(context.Context, signer.Identity) error {
	log := publicLog(h, vals, services)
	if log == "" {
		return nil
	}
	return func(ctx context.Context, id signer.Identity) error {
		p := publication{host: h, log: log, id: id, maker: makerOf(payload)}
		p.agreed, _ = vals.One(settings.PublishIdentity)
		return why.Because(why.PublishUnasked, p.decide(ctx))
	}
}

// decide returns nil if the identity may be published. The identity of a public
// project's build names no person and is public already, so it needs no agreement.
func (p *publication) decide(ctx context.Context) error {
	switch {
	case p.agreed.Text == settings.PublishNever:
		return host.Fail(host.ExitNotGood, "%s is false: %s would be published permanently in the public log of %s", p.agreed.Origin(), p.name(), p.log).
			WithHint("sign with your own instance (seal.signingConfig), or agree: git config seal.publishIdentity %s", settings.ShellQuote(p.id.Name)).
			Because(why.PublishForbids)
	case p.id.Private() && !p.agrees():
		return p.refusePrivate()
	case p.agreesByName(), p.id.Email == "" && p.id.Public():
		return nil
	case p.agrees():
		if p.otherMaker() {
			p.host.Warn("%s will be published in the public log of %s, but git writes a different address, %s, into what is signed; to stop this warning, run: git config seal.publishIdentity %s",
				p.name(), p.log, host.Printable(p.maker), settings.ShellQuote(p.id.Name))
			p.host.TellTerminal(ctx, nil)
		}
		return nil
	}
	return p.ask(ctx)
}

// refusePrivate returns the failure for a build whose project is not public: its
// certificate would publish what the project keeps private.
func (p *publication) refusePrivate() error {
	project := "the project"
	if p.id.Project != "" {
		project = host.Printable(p.id.Project)
	}
	return host.Fail(host.ExitNotGood, "%s is not public (the token says %q), but the log of %s is: owner, ref, workflow and the URL of the run would be published permanently",
		project, host.Printable(p.id.Visibility), p.log).
		WithHint("sign with your own instance (seal.signingConfig), or allow it: seal.publishIdentity=true, in the environment %s=true", settings.PublishSetting().Env()).
		Because(why.PublishPrivate)
}

// agreesByName reports whether the setting names this identity.
func (p *publication) agreesByName() bool {
	return p.agreed.Text != "" && strings.EqualFold(p.agreed.Text, p.id.Name)
}

// agrees reports whether the setting allows this identity to be published.
func (p *publication) agrees() bool {
	return p.agreed.Text == settings.PublishAlways || p.agreesByName()
}

// otherMaker reports whether what is signed names a different address than the log
// will: it may be the wrong account, or one that should stay separate.
func (p *publication) otherMaker() bool {
	return p.id.Email != "" && p.maker != "" && !strings.EqualFold(p.maker, p.id.Email)
}

// name returns the identity for people.
func (p *publication) name() string { return host.Printable(p.id.Name) }

// makerOf returns the address of the committer, the tagger or the pusher in the
// payload, or "".
func makerOf(payload []byte) string {
	if _, line, ok := bytes.Cut(payload, []byte("\npusher ")); ok && bytes.HasPrefix(payload, []byte("certificate version ")) {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		_, address, _ := bytes.Cut(line, []byte("<"))
		address, _, _ = bytes.Cut(address, []byte(">"))
		return string(address)
	}
	format, typ, ok := judging.FirstHeader(payload)
	if !ok {
		return ""
	}
	o, err := git.ParseObject(format, typ, payload)
	if err != nil {
		return ""
	}
	return o.Committer().Email
}
