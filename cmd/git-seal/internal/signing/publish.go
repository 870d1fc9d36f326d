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

// publicDomains are those of the Sigstore community's instances, whose
// certificates and log entries anybody reads and nobody can remove.
var publicDomains = []string{"sigstore.dev", "sigstage.dev"}

// ownInstance are the settings that name another instance than the public one.
var ownInstance = []string{settings.TUFRoot, settings.TrustedRoot, settings.SigningConfig, settings.Fulcio, settings.Rekor}

// publicLog is the host that shows to everybody what it is sent: one of the
// services in use that is in a public domain, or that no setting names. "" where
// they are all somebody's own. A certificate authority shows things too: it
// enters what it issues in a log. Of several logs the first is the one in use,
// as signer.Services has it. A timestamp authority does not count, since it keeps
// no log and sees no more than a digest.
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

// publication is one identity on its way into a public log.
type publication struct {
	host   *host.Host
	log    string         // the public instance's host
	agreed settings.Value // seal.publishIdentity; empty where nobody was asked
	id     signer.Identity
	maker  string // the address that git writes into what is signed; may be empty
}

// beforeSend is what a signature waits for before anything of it leaves; nil
// where it stays in a private instance.
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

// decide returns nil when the identity may be published. What a build of a public
// project shows of itself is public already, and names no person: that needs
// nobody's leave.
func (p *publication) decide(ctx context.Context) error {
	switch {
	case p.agreed.Text == settings.PublishNever:
		return host.Fail(host.ExitNotGood, "seal.publishIdentity (%s) forbids the public log of %s: %s would stand there for ever", p.agreed.Source, p.log, p.name()).
			WithHint("sign with an instance of your own (seal.signingConfig), or agree: git config seal.publishIdentity %s", settings.ShellQuote(p.id.Name)).
			Because(why.PublishForbids)
	case p.id.Private() && !p.agrees():
		return p.refusePrivate()
	case p.agreesByName(), p.id.Email == "" && p.id.Public():
		return nil
	case p.agrees():
		if p.otherMaker() {
			p.host.Warn("%s goes into the public log of %s; git names %s in what is signed. No more of this: git config seal.publishIdentity %s",
				p.name(), p.log, host.Printable(p.maker), settings.ShellQuote(p.id.Name))
			p.host.TellTerminal(ctx, nil)
		}
		return nil
	}
	return p.ask(ctx)
}

// refusePrivate is the failure of a build whose project is not public: its
// certificate would tell of the project what it keeps to itself.
func (p *publication) refusePrivate() error {
	project := "the project"
	if p.id.Project != "" {
		project = host.Printable(p.id.Project)
	}
	return host.Fail(host.ExitNotGood, "%s is not public (the token says %q), and the log of %s is: owner, ref, workflow and the run's URL would stand there for ever",
		project, host.Printable(p.id.Visibility), p.log).
		WithHint("sign with an instance of your own (seal.signingConfig), or publish them: seal.publishIdentity=true, in the environment %s=true", settings.PublishSetting().Env()).
		Because(why.PublishPrivate)
}

// agreesByName is whether the setting names this identity.
func (p *publication) agreesByName() bool {
	return p.agreed.Text != "" && strings.EqualFold(p.agreed.Text, p.id.Name)
}

// agrees is whether the setting lets this identity be published.
func (p *publication) agrees() bool {
	return p.agreed.Text == settings.PublishAlways || p.agreesByName()
}

// otherMaker is whether what is signed names another address than the log will:
// the wrong account, or one that was to stay apart from the work.
func (p *publication) otherMaker() bool {
	return p.id.Email != "" && p.maker != "" && !strings.EqualFold(p.maker, p.id.Email)
}

// name is the identity for people.
func (p *publication) name() string { return host.Printable(p.id.Name) }

// makerOf is the address of the committer, the tagger or the pusher in what git
// hands over to be signed; empty where there is none.
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
