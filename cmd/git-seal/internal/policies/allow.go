package policies

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Allowance adds one signer to a policy.
type Allowance struct {
	Host *host.Host
	Name string // of the rule; empty to choose one
	Yes  bool   // do not prompt

	path   string // the policy's file
	file   string // where that is written
	adopt  bool   // seal.policy is not set, and will name path
	signer policy.Identity
}

// Run allows the signer of rev.
func (a *Allowance) Run(ctx context.Context, flags map[string][]string, rev string) error {
	repo, err := git.Open(ctx, settings.GitOptions(a.Host))
	if err != nil {
		return err
	}
	defer repo.Close()
	vals, config, err := settings.Read(ctx, a.Host, repo, flags, settings.Judging)
	if err != nil {
		return err
	}
	old, err := a.locate(vals, config)
	if err != nil {
		return err
	}
	evidence := maps.Clone(vals)
	delete(evidence, settings.Policy)
	judge, err := judging.New(ctx, a.Host, evidence, config, repo, nil)
	if err != nil {
		return err
	}
	j := judging.Revision(ctx, repo, judge, rev)
	if j.Object == nil {
		return host.Fail(judging.ExitCode(j.Verdict), "%s", j.Reason).WithHint("%s", j.Hint)
	}
	if j.Verdict != verifier.Untrusted {
		return host.Fail(judging.ExitCode(j.Verdict), "%s: %s: %s", rev, j.Verdict, j.Reason).
			WithHint("a signer can be allowed only if the signature is valid and its time is proven")
	}
	a.signer = policy.Identity{Name: a.Name, Subject: j.Identity.SubjectAlternativeName, Issuer: j.Identity.Issuer}
	if j.Committer() != "" {
		a.signer.Committers = []string{j.Object.Committer().Email}
	}
	if old != nil {
		if done, err := a.known(old, j); done || err != nil {
			return err
		}
		if err := a.impersonates(old, j.Identity); err != nil {
			return err
		}
	}
	if err := a.ask(j); err != nil {
		return err
	}
	return host.Uninterrupted(func() error { return a.write(ctx, repo) })
}

// known reports whether the policy allows the signature already. If the policy names
// the signer and does not allow the signature, known returns an error: a second rule
// must not undo what the policy says with until, tags or revoked.
func (a *Allowance) known(old *policy.Policy, j *judging.Judgement) (bool, error) {
	x := verifier.Explain(old, j.Result, gitobject.Signed(j.Object))
	if x.Verdict == verifier.Good {
		a.Host.Say("%s already allows %s (rule %q)", host.Printable(a.path), a.who(), x.Rule)
		return true, nil
	}
	if x.Verdict != verifier.Untrusted {
		return false, host.Fail(host.ExitNotGood, "%s: %s", x.Verdict, x.Reason).WithHint("edit the policy by hand if it should say something else")
	}
	for i, id := range old.Identities() {
		if id.Issuer == a.signer.Issuer && policy.FoldAddress(id.Subject) == policy.FoldAddress(a.signer.Subject) {
			return false, host.Fail(host.ExitNotGood, "%s already names %s (rule %q), but the rule does not match: %s", host.Printable(a.path), a.who(), id.Name, x.Identities[i].Why).
				WithHint("edit that rule by hand: a second rule would bypass its conditions")
		}
	}
	return false, nil
}

// impersonates returns an error if the policy has the committer's address for
// someone else: a stranger who writes Alice's address into a commit must not get
// it through the command that allows new signers.
func (a *Allowance) impersonates(old *policy.Policy, signer fulcio.CertificateIdentity) error {
	for _, address := range a.signer.Committers {
		if holder := old.Holder(address, signer); holder != "" {
			return host.Fail(host.ExitNotGood, "%s signed, but the committer's address %s belongs to %s in %s", a.who(), host.Printable(address), host.Printable(holder), host.Printable(a.path)).
				WithHint("commit again with the signer's own address; if both may use this address, add it to the policy by hand")
		}
	}
	return nil
}

// locate finds the policy's file and reads it. It returns nil if the file does not
// exist yet.
func (a *Allowance) locate(vals settings.Values, config *git.Config) (*policy.Policy, error) {
	if ref, ok := vals.One(settings.PolicyRef); ok {
		return nil, host.Fail(host.ExitNotGood, "cannot add to a policy in a commit: %s (from %s)", ref.Text, ref.Origin()).
			WithHint("run git seal policy allow --policy %s REV, then commit the file and pin the commit", settings.PolicyPath)
	}
	v, ok := vals.One(settings.Policy)
	if !ok {
		dir, err := a.Host.ConfigHome()
		if err != nil {
			return nil, err
		}
		v = settings.Value{Text: filepath.Join(dir, "git-seal", "policy.yaml"), Source: "the default path"}
		a.adopt = true
	}
	a.path = v.Text
	var err error
	if a.file, err = settings.Destination(a.Host, config, a.path); err != nil {
		return nil, err
	}
	trees := settings.WorkTrees(a.Host, config)
	p, err := judging.LoadPolicy(v, trees)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := p.ReadKeys(judging.KeyFilesBeside(v, trees)); err != nil {
		return nil, err
	}
	return p, judging.CheckKeys(a.Host, p)
}

func (a *Allowance) who() string {
	return host.Printable(a.signer.Subject) + " (" + host.Printable(a.signer.Issuer) + ")"
}

// ask shows who signed, and prompts on the terminal, because a script's input must
// not answer for a person.
func (a *Allowance) ask(j *judging.Judgement) error {
	for _, line := range []string{j.Title(), j.Who(), j.When(), j.Committer()} {
		if line != "" {
			a.Host.Say("%s", line)
		}
	}
	if a.Yes {
		return nil
	}
	question := fmt.Sprintf("Allow %s in %s?", a.who(), host.Printable(a.path))
	if len(a.signer.Committers) > 0 {
		question = fmt.Sprintf("Allow %s, also as the committer %s, in %s?", a.who(), host.Printable(a.signer.Committers[0]), host.Printable(a.path))
	}
	return host.AskPerson(question, "to allow the signer without a prompt, add --yes")
}

// write adds the signer to the file and, if seal.policy is not set, sets it.
func (a *Allowance) write(ctx context.Context, repo *git.Repository) error {
	var id policy.Identity
	err := host.EditFile(ctx, a.file, func(old []byte) (text []byte, err error) {
		text, id, err = a.added(old)
		return text, err
	})
	if err != nil {
		return err
	}
	out := host.NewOutput(a.Host.Stdout)
	out.Printf("%s: allows %s (rule %q)\n", host.Printable(a.path), a.who(), id.Name)
	if a.adopt {
		if err := repo.SetConfig(ctx, git.Global, settings.Policy, a.path); err != nil {
			return err
		}
		out.Printf("git config --%s %s %s\n", git.Global, settings.Policy, settings.ShellQuote(a.path))
	}
	return out.Close()
}

// added returns a policy's text with a rule for the signer.
func (a *Allowance) added(old []byte) ([]byte, policy.Identity, error) {
	id := a.signer
	if len(old) == 0 {
		if id.Name == "" {
			id.Name = id.Subject
		}
		text, err := policy.Text(id)
		return text, id, err
	}
	p, err := policy.Parse(a.path, old)
	if err != nil {
		return nil, id, err
	}
	if id.Name == "" {
		id.Name = freeName(p, id)
	}
	text, err := p.Add(id)
	return text, id, err
}

// freeName returns a name for the signer's rule: the identity in the certificate,
// with the issuer if another rule has that name already.
func freeName(p *policy.Policy, id policy.Identity) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.Identities(), func(i policy.Identity) bool { return i.Name == name })
	}
	if !taken(id.Subject) {
		return id.Subject
	}
	if u, err := url.Parse(id.Issuer); err == nil && !taken(id.Subject+" at "+u.Host) {
		return id.Subject + " at " + u.Host
	}
	return id.Subject + " at " + id.Issuer
}
