package main

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
)

// publicDomains are those of the Sigstore community's instances, whose
// certificates and log entries anybody reads and nobody can remove.
var publicDomains = []string{"sigstore.dev", "sigstage.dev"}

// publicInstance is one more domain of a public instance. Only the linker sets
// it (-ldflags "-X main.publicInstance=127.0.0.1"), in the tests that show what
// is said before an identity is published: they have no public instance.
var publicInstance string

// ownInstance are the settings that name another instance than the public one.
var ownInstance = []string{settingTUFRoot, settingTrustedRoot, settingSigningConfig, settingFulcio, settingRekor}

// publicLog is the host that shows to everybody what it is sent: one of the
// services in use that is in a public domain, or that no setting names. "" where
// they are all somebody's own. A certificate authority shows things too: it
// enters what it issues in a log. Of several logs the first is the one in use,
// as signer.Services has it. A timestamp authority does not count, since it keeps
// no log and sees no more than a digest.
func publicLog(vals values, s signer.Services) string {
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
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		for _, domain := range append(publicDomains, publicInstance) {
			if domain != "" && (host == domain || strings.HasSuffix(host, "."+domain)) {
				return host
			}
		}
		if !own {
			return host
		}
	}
	return ""
}

// publication is one identity on its way into a public log.
type publication struct {
	host   *host
	log    string // the public instance's host
	agreed value  // seal.publishIdentity; empty where nobody was asked
	id     signer.Identity
	maker  string // the address that git writes into what is signed; may be empty
}

// beforeSend is what a signature waits for before anything of it leaves; nil
// where it stays in a private instance.
func (h *host) beforeSend(vals values, services signer.Services, payload []byte) func(context.Context, signer.Identity) error {
	log := publicLog(vals, services)
	if log == "" {
		return nil
	}
	return func(ctx context.Context, id signer.Identity) error {
		p := publication{host: h, log: log, id: id, maker: makerOf(payload)}
		p.agreed, _ = vals.one(settingPublishIdentity)
		return because(whyPublishUnasked, p.decide(ctx))
	}
}

// decide returns nil when the identity may be published. What a build of a public
// project shows of itself is public already, and names no person: that needs
// nobody's leave.
func (p *publication) decide(ctx context.Context) error {
	switch {
	case p.agreed.Text == publishNever:
		return fail(exitNotGood, "seal.publishIdentity (%s) forbids the public log of %s: %s would stand there for ever", p.agreed.Source, p.log, p.name()).
			withHint("sign with an instance of your own (seal.signingConfig), or agree: git config seal.publishIdentity %s", shellQuote(p.id.Name)).
			because(whyPublishForbids)
	case p.id.Private() && !p.agrees():
		return p.refusePrivate()
	case p.agreesByName(), p.id.Email == "" && p.id.Public():
		return nil
	case p.agrees():
		if p.otherMaker() {
			p.host.warn("%s goes into the public log of %s; git names %s in what is signed. No more of this: git config seal.publishIdentity %s",
				p.name(), p.log, printable(p.maker), shellQuote(p.id.Name))
			p.host.tellTerminal(ctx, nil)
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
		project = printable(p.id.Project)
	}
	return fail(exitNotGood, "%s is not public (the token says %q), and the log of %s is: owner, ref, workflow and the run's URL would stand there for ever",
		project, printable(p.id.Visibility), p.log).
		withHint("sign with an instance of your own (seal.signingConfig), or publish them: seal.publishIdentity=true, in the environment %s=true", publishSetting().Env()).
		because(whyPublishPrivate)
}

// agreesByName is whether the setting names this identity.
func (p *publication) agreesByName() bool {
	return p.agreed.Text != "" && strings.EqualFold(p.agreed.Text, p.id.Name)
}

// agrees is whether the setting lets this identity be published.
func (p *publication) agrees() bool { return p.agreed.Text == publishAlways || p.agreesByName() }

// otherMaker is whether what is signed names another address than the log will:
// the wrong account, or one that was to stay apart from the work.
func (p *publication) otherMaker() bool {
	return p.id.Email != "" && p.maker != "" && !strings.EqualFold(p.maker, p.id.Email)
}

// name is the identity for people.
func (p *publication) name() string { return printable(p.id.Name) }

// publishSetting is the row of the table.
func publishSetting() setting {
	s, _ := lookupSetting(settingPublishIdentity)
	return s
}

// makerOf is the address of the committer, the tagger or the pusher in what git
// hands over to be signed; empty where there is none.
func makerOf(payload []byte) string {
	if _, line, ok := bytes.Cut(payload, []byte("\npusher ")); ok && bytes.HasPrefix(payload, []byte("certificate version ")) {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		_, address, _ := bytes.Cut(line, []byte("<"))
		address, _, _ = bytes.Cut(address, []byte(">"))
		return string(address)
	}
	format, typ, ok := firstHeader(payload)
	if !ok {
		return ""
	}
	o, err := git.ParseObject(format, typ, payload)
	if err != nil {
		return ""
	}
	return o.Committer().Email
}
