package policies

import (
	"context"
	"fmt"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Pinning pins the policy of a commit.
type Pinning struct {
	Host *host.Host
	Yes  bool // do not prompt

	repo *git.Repository
	old  string         // the pinned commit; empty before the first pin
	id   string         // the commit to pin
	next *policy.Policy // its policy
}

// Run pins the policy of rev.
func (p *Pinning) Run(ctx context.Context, flags map[string][]string, rev string) error {
	repo, err := git.Open(ctx, settings.GitOptions(p.Host))
	if err != nil {
		return err
	}
	defer repo.Close()
	p.repo = repo
	if p.old, err = repo.ReadRef(ctx, settings.PinnedRef); err != nil {
		return err
	}
	_, commit, err := repo.ReadObject(ctx, rev+"^{commit}")
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	p.id = commit.ID()
	if p.next, err = judging.PolicyWithKeysOf(ctx, repo, p.id, p.id); err != nil {
		return why.From(err, host.ExitNotGood).WithCode(host.ExitNotGood)
	}
	if err := judging.CheckKeys(p.Host, p.next); err != nil {
		return err
	}
	vals, config, err := settings.Read(ctx, p.Host, repo, flags, settings.Judging)
	if err != nil {
		return err
	}
	if fetch, ok := judging.Fetched(settings.PinnedRef, config); ok {
		return host.Fail(host.ExitNotGood, "a fetch would change the pin: %s in %s moves %s", fetch.Key, settings.ConfigSource(fetch), settings.PinnedRef).
			WithHint("name a commit's full ID in seal.policyRef, or fetch into other refs")
	}
	delete(vals, settings.Policy)
	delete(vals, settings.PolicyRef)
	judge, err := judging.New(ctx, p.Host, vals, config, repo, nil)
	if err != nil {
		return err
	}
	warn(p.Host, p.next, namesOf(judge.Roots))
	if p.old == p.id {
		p.Host.Say("%s is already pinned", p.id)
		return p.adopt(ctx, config)
	}
	out := host.NewOutput(p.Host.Stdout)
	if p.old == "" {
		p.firstUse(ctx, out, judge)
	} else if err := p.succeed(ctx, out, judge); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if !p.Yes {
		if err := host.AskPerson(fmt.Sprintf("Pin %s?", p.id), "to pin it without a prompt, add --yes"); err != nil {
			return err
		}
	}
	if err := repo.UpdateRef(ctx, settings.PinnedRef, p.id, p.old, "git seal policy pin"); err != nil {
		return err
	}
	p.Host.Say("pinned %s at %s", p.id, settings.PinnedRef)
	return p.adopt(ctx, config)
}

// firstUse shows the policy that is about to be trusted, and that no earlier policy
// verifies it.
func (p *Pinning) firstUse(ctx context.Context, out *host.Output, judge *judging.Judge) {
	out.Printf("policy: %s, sha256:%x\n", host.Printable(p.next.Source()), p.next.Digest())
	out.Printf("No policy is pinned yet: this one is trusted on first use.\n")
	j := judging.Revision(ctx, p.repo, judge, p.id)
	if who := j.Who(); who != "" {
		out.Printf("The commit is %s.\n\n", who)
	} else {
		out.Printf("The commit is %s.\n\n", j.Verdict)
	}
	for _, line := range p.next.Describe() {
		out.Printf("%s\n", host.Message(line))
	}
}

// succeed verifies the commits from the pinned one to the next by the pinned policy,
// and shows what the next policy changes.
func (p *Pinning) succeed(ctx context.Context, out *host.Output, roots *judging.Judge) error {
	descends, err := p.repo.IsAncestor(ctx, p.old, p.id)
	if err != nil {
		return err
	}
	if !descends {
		return host.Fail(host.ExitNotGood, "%s does not descend from the pinned commit %s: an older policy must not return", p.id, p.old).
			WithHint("merge the pinned commit; to start again, run: git update-ref -d %s", settings.PinnedRef)
	}
	pinned, err := judging.PolicyWithKeysOf(ctx, p.repo, p.old, settings.PinnedRef)
	if err != nil {
		return err
	}
	judge, err := roots.By(pinned)
	if err != nil {
		return err
	}
	n, err := p.judge(ctx, judge)
	if err != nil {
		return err
	}
	out.Printf("policy: %s, sha256:%x\n", host.Printable(p.next.Source()), p.next.Digest())
	out.Printf("Good by the pinned policy: %s since %s.\n\n", report.ObjectsInWords(audit.Objects{Commits: n}), p.old)
	changes := pinned.Diff(p.next)
	if len(changes) == 0 {
		out.Printf("No signer is treated differently.\n")
	}
	for _, line := range changes {
		out.Printf("%s\n", host.Message(line))
	}
	return nil
}

// maxShownBad is the number of commits that are named if they are not good: the first
// ones show where to look.
const maxShownBad = 10

// judge returns an error unless every commit since the pinned one is good, and returns how
// many they are.
func (p *Pinning) judge(ctx context.Context, judge *judging.Judge) (int, error) {
	bad := 0
	source := gitsource.New(p.repo, []git.Tip{{Name: p.id, ID: p.id, Type: git.Commit}, {Name: p.old, ID: p.old, Type: git.Commit, Excluded: true}})
	r, err := audit.Run(ctx, source, audit.Options{Verifier: judge.Verifier, Each: func(r *audit.Result) error {
		if r.Verdict == verifier.Good || r.MergedBy != "" {
			return nil
		}
		if bad++; bad <= maxShownBad {
			p.Host.Say("%s: commit %s %s: %s", r.Verdict, r.ID, host.Printable(r.Subject), r.Reason)
		}
		return nil
	}})
	n := r.Objects.Commits
	switch {
	case err != nil:
		return n, why.From(err, host.ExitUnknown)
	case bad == 0:
		return n, nil
	}
	code := host.ExitNotGood
	if r.Conclusion == audit.Undecided {
		code = host.ExitUnknown
	}
	return n, host.Fail(code, "not good by the pinned policy: %d of %s since %s; nothing was changed", bad, report.ObjectsInWords(audit.Objects{Commits: n}), p.old).
		WithHint("to see why, run: git seal policy explain REV; to start again without this pin: git update-ref -d %s", settings.PinnedRef)
}

// adopt sets the pin as the repository's policy, unless a policy is set already.
func (p *Pinning) adopt(ctx context.Context, config *git.Config) error {
	for _, key := range []string{settings.PolicyRef, settings.Policy} {
		if c, ok := config.Last(key); ok && c.Value != "" && (c.Scope != string(git.Global) && c.Scope != "system" || key == settings.PolicyRef) {
			if key == settings.PolicyRef && c.Value == settings.PinnedRef {
				return nil
			}
			p.Host.Warn("the pin is not used, because %s in %s is %s", key, settings.ConfigSource(c), host.Printable(c.Value))
			return nil
		}
	}
	if err := p.repo.SetConfig(ctx, git.Local, settings.PolicyRef, settings.PinnedRef); err != nil {
		return err
	}
	out := host.NewOutput(p.Host.Stdout)
	out.Printf("git config --%s %s %s\n", git.Local, settings.PolicyRef, settings.PinnedRef)
	return out.Close()
}
