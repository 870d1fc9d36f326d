package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

func (h *host) policyPinCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "pin REV",
		Short: "Make the policy of a commit the one that counts",
		Long: `Make the policy in the commit REV, the file .git-seal/policy.yaml there, the one
that counts: judge every commit between the present pin and REV by the policy
that is pinned, show what changes, ask, and move refs/seal/policy to REV. REV has
to descend from the pin, and all between has to be good.

The first pin has no older policy to be judged by: it is trusted on first use. It
sets seal.policyRef in the repository's configuration.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.MatchAll(oneArg, revisions),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := &pinning{host: h, yes: yes}
			return p.run(cmd.Context(), givenSettings(cmd), args[0])
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	for _, s := range settings {
		if s.Name == settingTrustedRoot {
			addSetting(cmd, s)
		}
	}
	return cmd
}

// pinning is a commit on the way to become the one whose policy counts.
type pinning struct {
	host *host
	yes  bool // do not ask

	repo *git.Repository
	old  string // what is pinned; empty before the first pin
	id   string // what is to be
	next *verifier.Policy
}

func (p *pinning) run(ctx context.Context, flags map[string][]string, rev string) error {
	repo, err := git.Open(ctx, p.host.gitOptions())
	if err != nil {
		return err
	}
	defer repo.Close()
	p.repo = repo
	if p.old, err = repo.ReadRef(ctx, pinnedRef); err != nil {
		return err
	}
	_, commit, err := repo.ReadObject(ctx, rev+"^{commit}")
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	p.id = commit.ID()
	if p.next, err = policyWithKeysOf(ctx, repo, p.id, p.id); err != nil {
		return asFailure(err, exitNotGood).withCode(exitNotGood)
	}
	vals, config, err := p.host.readSettings(ctx, repo, flags, judging)
	if err != nil {
		return err
	}
	if fetch, ok := fetched(pinnedRef, config); ok {
		return fail(exitNotGood, "%s in %s moves %s: what is fetched would be the pin", fetch.Key, configSource(fetch), pinnedRef).
			withHint("name a commit's full id in seal.policyRef, or fetch into other refs")
	}
	delete(vals, settingPolicy)
	delete(vals, settingPolicyRef)
	judge, err := p.host.newJudge(ctx, vals, config, repo, nil)
	if err != nil {
		return err
	}
	if p.old == p.id {
		p.host.say("%s is pinned already", p.id)
		return p.adopt(ctx, config)
	}
	out := newOutput(p.host.stdout)
	if p.old == "" {
		p.firstUse(ctx, out, judge)
	} else if err := p.succeed(ctx, out, judge); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return err
	}
	if !p.yes {
		if err := askPerson(fmt.Sprintf("Pin %s?", p.id), "--yes pins it without asking"); err != nil {
			return err
		}
	}
	if err := repo.UpdateRef(ctx, pinnedRef, p.id, p.old, "git seal policy pin"); err != nil {
		return err
	}
	p.host.say("%s is pinned: %s", p.id, pinnedRef)
	return p.adopt(ctx, config)
}

// firstUse shows what is about to be trusted, and that nothing vouches for it.
func (p *pinning) firstUse(ctx context.Context, out *output, judge *judge) {
	out.printf("policy: %s, sha256:%x\n", printable(p.next.Source()), p.next.Digest())
	out.printf("Nothing is pinned: this policy is trusted on first use, judged by no other.\n")
	j := judgeRevision(ctx, p.repo, judge, p.id)
	if who := j.who(); who != "" {
		out.printf("The commit is %s.\n\n", who)
	} else {
		out.printf("The commit is %s.\n\n", j.Verdict)
	}
	for _, line := range p.next.Describe() {
		out.printf("%s\n", message(line))
	}
}

// succeed judges what lies between by the policy that is pinned, and shows what
// the next one changes.
func (p *pinning) succeed(ctx context.Context, out *output, roots *judge) error {
	descends, err := p.repo.IsAncestor(ctx, p.old, p.id)
	if err != nil {
		return err
	}
	if !descends {
		return fail(exitNotGood, "%s does not descend from the pinned commit %s: an older policy must not come back", p.id, p.old).
			withHint("merge the pinned commit; to begin again: git update-ref -d %s", pinnedRef)
	}
	pinned, err := policyWithKeysOf(ctx, p.repo, p.old, pinnedRef)
	if err != nil {
		return err
	}
	judge, err := roots.by(pinned)
	if err != nil {
		return err
	}
	ids, err := p.repo.ListCommits(ctx, p.id, "^"+p.old)
	if err != nil {
		return err
	}
	if err := p.judge(ctx, judge, ids); err != nil {
		return err
	}
	out.printf("policy: %s, sha256:%x\n", printable(p.next.Source()), p.next.Digest())
	out.printf("Good by the pinned policy: %s since %s.\n\n", objectsInWords(audit.Objects{Commits: len(ids)}), p.old)
	changes := pinned.Diff(p.next)
	if len(changes) == 0 {
		out.printf("Nobody is judged differently.\n")
	}
	for _, line := range changes {
		out.printf("%s\n", message(line))
	}
	return nil
}

// maxShownBad is how many commits that are not good are named: the first ones
// are where to look.
const maxShownBad = 10

// judge refuses unless every commit is good.
func (p *pinning) judge(ctx context.Context, judge *judge, ids []string) error {
	bad, code := 0, exitGood
	for _, id := range ids {
		j := judgeRevision(ctx, p.repo, judge, id)
		if j.Verdict == verifier.Good {
			continue
		}
		if bad++; bad <= maxShownBad {
			p.host.say("%s: %s: %s", j.Verdict, j.title(), j.Reason)
		}
		code = worse(code, exitCode(j.Verdict))
	}
	if bad == 0 {
		return nil
	}
	return fail(code, "not good by the pinned policy: %d of %s since %s: nothing was changed", bad, objectsInWords(audit.Objects{Commits: len(ids)}), p.old).
		withHint("git seal policy explain says why; who is in doubt about the pin begins again: git update-ref -d %s", pinnedRef)
}

// adopt has the repository's configuration name the pin where no policy is
// named.
func (p *pinning) adopt(ctx context.Context, config *git.Config) error {
	for _, key := range []string{settingPolicyRef, settingPolicy} {
		if c, ok := config.Last(key); ok && c.Value != "" && (c.Scope != string(git.Global) && c.Scope != "system" || key == settingPolicyRef) {
			if key == settingPolicyRef && c.Value == pinnedRef {
				return nil
			}
			p.host.warn("%s in %s is %s, so the pin does not count", key, configSource(c), printable(c.Value))
			return nil
		}
	}
	if err := p.repo.SetConfig(ctx, git.Local, settingPolicyRef, pinnedRef); err != nil {
		return err
	}
	out := newOutput(p.host.stdout)
	out.printf("git config --%s %s %s\n", git.Local, settingPolicyRef, pinnedRef)
	return out.close()
}
