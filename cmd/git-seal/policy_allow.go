package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

func (h *host) policyAllowCommand() *cobra.Command {
	var yes bool
	var name string
	cmd := &cobra.Command{
		Use:   "allow REV",
		Short: "Allow the signer of a commit or tag",
		Long: `Show who signed REV, ask, and add the signer to the policy: to the file that
seal.policy names, or to git-seal/policy.yaml under $XDG_CONFIG_HOME (~/.config),
which then becomes seal.policy in your own configuration. Comments in the file
stay. Where the committer's address is not the signer's, it is added as one of
the signer's committers, unless the policy has it for somebody else: then nothing
is changed. A signature whose evidence is not good is refused.

Where the policy comes from a commit (seal.policyRef), name the file to change
with --policy, then commit it and pin the commit.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			a := &allowance{host: h, name: name, yes: yes}
			return a.run(cmd.Context(), givenSettings(cmd), args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().StringVar(&name, "name", "", "the signer's `NAME` in the policy (default: the name in the certificate)")
	addSettings(cmd, judging)
	return cmd
}

// allowance is one signer on the way into a policy.
type allowance struct {
	host *host
	name string // in the policy; empty to choose one
	yes  bool   // do not ask

	path   string // the policy's file
	adopt  bool   // seal.policy is not set and is to name path
	signer verifier.PolicyIdentity
}

func (a *allowance) run(ctx context.Context, flags map[string][]string, rev string) error {
	repo, err := git.Open(ctx, a.host.gitOptions())
	if err != nil {
		return err
	}
	defer repo.Close()
	vals, config, err := a.host.readSettings(ctx, repo, flags, judging)
	if err != nil {
		return err
	}
	old, err := a.locate(vals, config)
	if err != nil {
		return err
	}
	evidence := maps.Clone(vals)
	delete(evidence, settingPolicy)
	judge, err := a.host.newJudge(ctx, evidence, config, repo, nil)
	if err != nil {
		return err
	}
	j := judgeRevision(ctx, repo, judge, rev)
	if j.object == nil {
		return fail(exitCode(j.Verdict), "%s", j.Reason).withHint("%s", j.Hint)
	}
	if j.Verdict != verifier.Untrusted {
		return fail(exitCode(j.Verdict), "%s: %s: %s", rev, j.Verdict, j.Reason).
			withHint("only the signer of a signature whose evidence is good can be allowed")
	}
	a.signer = verifier.PolicyIdentity{Name: a.name, Subject: j.Identity.SubjectAlternativeName, Issuer: j.Identity.Issuer}
	if j.committer() != "" {
		a.signer.Committers = []string{j.object.Committer().Email}
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
func (a *allowance) known(old *verifier.Policy, j *judgement) (bool, error) {
	x := old.Explain(j.Result, signedObject(j.object))
	if x.Verdict == verifier.Good {
		a.host.say("%s allows %s already, as %q", printable(a.path), a.who(), x.Rule)
		return true, nil
	}
	if x.Verdict != verifier.Untrusted {
		return false, fail(exitNotGood, "%s: %s", x.Verdict, x.Reason).withHint("change the policy by hand if that is not what it should say")
	}
	for i, id := range old.Identities() {
		if id.Issuer == a.signer.Issuer && verifier.FoldAddress(id.Subject) == verifier.FoldAddress(a.signer.Subject) {
			return false, fail(exitNotGood, "%s names %s already, as %q, which does not match: %s", printable(a.path), a.who(), id.Name, x.Identities[i].Why).
				withHint("change that identity by hand; another one beside it would undo what it says")
		}
	}
	return false, nil
}

// impersonates refuses a committer's address that the policy has for somebody
// else: a stranger who writes Alice's name into a commit must not get it by the
// command that allows strangers.
func (a *allowance) impersonates(old *verifier.Policy) error {
	for _, address := range a.signer.Committers {
		for _, id := range old.Identities() {
			if !slices.ContainsFunc(append(id.Committers, id.Subject), func(s string) bool { return verifier.FoldAddress(s) == verifier.FoldAddress(address) }) {
				continue
			}
			return fail(exitNotGood, "%s signed, and the committer is %s, whom %s has as %q", a.who(), printable(address), printable(a.path), id.Name).
				withHint("have it committed anew under the signer's own address; if both may use that one, write it into the policy by hand")
		}
	}
	return nil
}

// locate finds the policy's file and reads it; a file that is not there yet is
// no policy.
func (a *allowance) locate(vals values, config *git.Config) (*verifier.Policy, error) {
	if ref, ok := vals.one(settingPolicyRef); ok {
		return nil, fail(exitNotGood, "the policy comes from a commit, %s (%s), which cannot be added to", ref.Text, ref.Source).
			withHint("git seal policy allow --policy %s REV, then commit the file and pin the commit", policyPath)
	}
	v, ok := vals.one(settingPolicy)
	if !ok {
		dir, err := a.host.configHome()
		if err != nil {
			return nil, err
		}
		v = value{Text: filepath.Join(dir, "git-seal", "policy.yaml"), Source: "your own"}
		a.adopt = true
	}
	a.path = v.Text
	p, err := loadPolicy(v, a.host.workTrees(config))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return p, err
}

// configHome is the XDG base directory for a user's configuration.
func (h *host) configHome() (string, error) {
	if dir, ok := h.getenv("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return dir, nil
	}
	home, _ := h.getenv("HOME")
	if home == "" {
		return "", fail(exitNotGood, "no place for a policy: HOME is not set").withHint("name a file with --policy")
	}
	return filepath.Join(home, ".config"), nil
}

func (a *allowance) who() string {
	return printable(a.signer.Subject) + " (" + printable(a.signer.Issuer) + ")"
}

// ask shows who signed and has a person decide, on the terminal, because a
// script's input must not answer for one.
func (a *allowance) ask(j *judgement) error {
	for _, line := range []string{j.title(), j.who(), j.when(), j.committer()} {
		if line != "" {
			a.host.say("%s", line)
		}
	}
	if a.yes {
		return nil
	}
	question := fmt.Sprintf("Allow %s in %s?", a.who(), printable(a.path))
	if len(a.signer.Committers) > 0 {
		question = fmt.Sprintf("Allow %s, also as %s, in %s?", a.who(), printable(a.signer.Committers[0]), printable(a.path))
	}
	return askPerson(question, "--yes allows the signer without asking")
}

// askPerson has a person decide on the terminal. Anything but a yes is an error.
func askPerson(question, hint string) error {
	tty, err := openTerminal()
	if err != nil {
		return fail(exitNotGood, "no terminal to ask on: %w", err).withHint("%s", hint)
	}
	defer tty.Close()
	sure, err := confirm(tty, question)
	if err != nil {
		return fail(exitNotGood, "terminal: %w", err)
	}
	if !sure {
		return fail(exitNotGood, "not agreed to: nothing was changed")
	}
	return nil
}

// write adds the signer to the file and has seal.policy name it.
func (a *allowance) write(ctx context.Context, repo *git.Repository) error {
	var id verifier.PolicyIdentity
	err := editFile(a.path, func(old []byte) (text []byte, err error) {
		text, id, err = a.added(old)
		return text, err
	})
	if err != nil {
		return err
	}
	out := newOutput(a.host.stdout)
	out.printf("%s: allows %s as %q\n", printable(a.path), a.who(), id.Name)
	if a.adopt {
		if err := repo.SetConfig(ctx, git.Global, settingPolicy, a.path); err != nil {
			return err
		}
		out.printf("git config --%s %s %s\n", git.Global, settingPolicy, shellQuote(a.path))
	}
	return out.close()
}

// added is a policy's text with the signer in it.
func (a *allowance) added(old []byte) ([]byte, verifier.PolicyIdentity, error) {
	id := a.signer
	if len(old) == 0 {
		if id.Name == "" {
			id.Name = id.Subject
		}
		text, err := verifier.PolicyText(id)
		return text, id, err
	}
	p, err := verifier.ParsePolicy(a.path, old)
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
func freeName(p *verifier.Policy, id verifier.PolicyIdentity) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.Identities(), func(i verifier.PolicyIdentity) bool { return i.Name == name })
	}
	if !taken(id.Subject) {
		return id.Subject
	}
	if u, err := url.Parse(id.Issuer); err == nil && !taken(id.Subject+" at "+u.Host) {
		return id.Subject + " at " + u.Host
	}
	return id.Subject + " at " + id.Issuer
}
