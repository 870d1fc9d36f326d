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
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitobject"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Allowance is one signer on the way into a policy.
type Allowance struct {
	Host *host.Host
	Name string // in the policy; empty to choose one
	Yes  bool   // do not ask

	path   string // the policy's file
	file   string // where that is written
	adopt  bool   // seal.policy is not set and is to name path
	signer policy.Identity
}

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
			WithHint("only the signer of a signature whose evidence is good can be allowed")
	}
	a.signer = policy.Identity{Name: a.Name, Subject: j.Identity.SubjectAlternativeName, Issuer: j.Identity.Issuer}
	if j.Committer() != "" {
		a.signer.Committers = []string{j.Object.Committer().Email}
	}
	if old != nil {
		if done, err := a.known(old, j); done || err != nil {
			return err
		}
		if err := a.impersonates(old); err != nil {
			return err
		}
	}
	if err := a.ask(j); err != nil {
		return err
	}
	return a.write(ctx, repo)
}

// known says whether the policy allows the signature already. A signer whom it
// names and yet does not allow it leaves to a person: what was meant by until,
// by tags or by revoked is not to be undone by a second identity.
func (a *Allowance) known(old *policy.Policy, j *judging.Judgement) (bool, error) {
	x := verifier.Explain(old, j.Result, gitobject.Signed(j.Object))
	if x.Verdict == verifier.Good {
		a.Host.Say("%s allows %s already, as %q", host.Printable(a.path), a.who(), x.Rule)
		return true, nil
	}
	if x.Verdict != verifier.Untrusted {
		return false, host.Fail(host.ExitNotGood, "%s: %s", x.Verdict, x.Reason).WithHint("change the policy by hand if that is not what it should say")
	}
	for i, id := range old.Identities() {
		if id.Issuer == a.signer.Issuer && policy.FoldAddress(id.Subject) == policy.FoldAddress(a.signer.Subject) {
			return false, host.Fail(host.ExitNotGood, "%s names %s already, as %q, which does not match: %s", host.Printable(a.path), a.who(), id.Name, x.Identities[i].Why).
				WithHint("change that identity by hand; another one beside it would undo what it says")
		}
	}
	return false, nil
}

// impersonates refuses a committer's address that the policy has for somebody
// else: a stranger who writes Alice's name into a commit must not get it by the
// command that allows strangers.
func (a *Allowance) impersonates(old *policy.Policy) error {
	for _, address := range a.signer.Committers {
		for _, id := range old.Identities() {
			if !slices.ContainsFunc(append(id.Committers, id.Subject), func(s string) bool { return policy.FoldAddress(s) == policy.FoldAddress(address) }) {
				continue
			}
			return host.Fail(host.ExitNotGood, "%s signed, and the committer is %s, whom %s has as %q", a.who(), host.Printable(address), host.Printable(a.path), id.Name).
				WithHint("have it committed anew under the signer's own address; if both may use that one, write it into the policy by hand")
		}
	}
	return nil
}

// locate finds the policy's file and reads it; a file that is not there yet is
// no policy.
func (a *Allowance) locate(vals settings.Values, config *git.Config) (*policy.Policy, error) {
	if ref, ok := vals.One(settings.PolicyRef); ok {
		return nil, host.Fail(host.ExitNotGood, "the policy comes from a commit, %s (%s), which cannot be added to", ref.Text, ref.Source).
			WithHint("git seal policy allow --policy %s REV, then commit the file and pin the commit", settings.PolicyPath)
	}
	v, ok := vals.One(settings.Policy)
	if !ok {
		dir, err := a.Host.ConfigHome()
		if err != nil {
			return nil, err
		}
		v = settings.Value{Text: filepath.Join(dir, "git-seal", "policy.yaml"), Source: "your own"}
		a.adopt = true
	}
	a.path = v.Text
	var err error
	if a.file, err = settings.Destination(a.Host, config, a.path); err != nil {
		return nil, err
	}
	p, err := judging.LoadPolicy(v, settings.WorkTrees(a.Host, config))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return p, err
}

func (a *Allowance) who() string {
	return host.Printable(a.signer.Subject) + " (" + host.Printable(a.signer.Issuer) + ")"
}

// ask shows who signed and has a person decide, on the terminal, because a
// script's input must not answer for one.
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
		question = fmt.Sprintf("Allow %s, also as %s, in %s?", a.who(), host.Printable(a.signer.Committers[0]), host.Printable(a.path))
	}
	return host.AskPerson(question, "--yes allows the signer without asking")
}

// write adds the signer to the file and has seal.policy name it.
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
	out.Printf("%s: allows %s as %q\n", host.Printable(a.path), a.who(), id.Name)
	if a.adopt {
		if err := repo.SetConfig(ctx, git.Global, settings.Policy, a.path); err != nil {
			return err
		}
		out.Printf("git config --%s %s %s\n", git.Global, settings.Policy, settings.ShellQuote(a.path))
	}
	return out.Close()
}

// added is a policy's text with the signer in it.
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

// freeName names the signer as the certificate does, with the provider where
// another provider's signer has that name already.
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
