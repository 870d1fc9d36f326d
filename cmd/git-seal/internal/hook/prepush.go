package hook

import (
	"context"
	"errors"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
)

// PrePush judges a push before it leaves.
func PrePush(ctx context.Context, h *host.Host, flags map[string][]string, remote string) error {
	updates, err := readPrePush(h.Stdin)
	if err != nil {
		return host.Fail(host.ExitUnknown, "refs on stdin: %w", err).WithHint("git runs this as pre-push hook; git seal hook install sets it up")
	}
	ctx, stop := auditing.ForAudit(ctx)
	defer stop()
	g, err := openGate(ctx, h, flags, wordsToSelf)
	if err != nil {
		return err
	}
	defer g.repo.Close()
	if g.judge.Policy == nil {
		return host.Fail(host.ExitUnknown, "no policy to judge a push by").
			WithHint("git seal policy pin REV takes the one of a commit with %s, and %s names a file; git push --no-verify goes without", settings.PolicyPath, settings.Policy)
	}
	tips, err := g.leaving(ctx, updates, remote)
	if err != nil || len(tips) == 0 {
		return err
	}
	return g.audit(ctx, g.judge, tips, g.newReport(g.judge.Policy.Source()))
}

// leaving is what is to be pushed, without what the remote is known to have. It
// is empty where refs are only deleted.
func (g *gate) leaving(ctx context.Context, updates []refUpdate, remote string) ([]git.Tip, error) {
	var tips, there []git.Tip
	for _, u := range updates {
		if u.new != "" {
			tip, err := g.tipOf(ctx, u)
			if err != nil {
				return nil, err
			}
			tips = append(tips, tip)
		}
		if u.old == "" {
			continue
		}
		switch _, typ, err := g.repo.Resolve(ctx, u.old); {
		case err == nil:
			there = append(there, git.Tip{Name: u.ref, ID: u.old, Type: git.ObjectType(typ), Excluded: true})
		case !errors.Is(err, git.ErrMissing): // what was not fetched takes nothing away
			return nil, why.From(err, host.ExitUnknown)
		}
	}
	if len(tips) == 0 {
		return nil, nil
	}
	tracking := "refs/remotes/" + remote + "/"
	refs, err := g.repo.ListRefs(ctx, tracking)
	if err != nil {
		return nil, why.From(err, host.ExitUnknown)
	}
	for _, t := range refs {
		if strings.HasPrefix(t.Name, tracking) {
			t.Excluded = true
			there = append(there, t)
		}
	}
	return append(tips, there...), nil
}
