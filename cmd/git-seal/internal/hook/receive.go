package hook

import (
	"context"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/policy"
)

const (
	PreReceiveName = "pre-receive"
	PrePushName    = "pre-push"
)

// PreReceive judges a push on the server that it comes to. Git keeps what came in
// a quarantine and says in the environment where, so that whatever runs git here
// sees it; no ref has changed yet.
func PreReceive(ctx context.Context, h *host.Host, flags map[string][]string) error {
	if namespace, _ := h.Getenv("GIT_NAMESPACE"); namespace != "" {
		return host.Fail(host.ExitUnknown, "GIT_NAMESPACE=%s: which refs a namespace has is not judged", namespace)
	}
	updates, err := readPreReceive(h.Stdin)
	if err != nil {
		return host.Fail(host.ExitUnknown, "refs on stdin: %w", err).WithHint("git runs this as pre-receive hook; git seal hook install sets it up")
	}
	ctx, stop := auditing.ForAudit(ctx)
	defer stop()
	g, err := openGate(ctx, h, flags, wordsToPusher)
	if err != nil {
		return err
	}
	defer g.repo.Close()
	if err := g.choosePolicy(ctx); err != nil {
		return err
	}
	g.history = g.judge.Policy.History()
	if err := g.checkNames(ctx, updates); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	if err := g.followSymbolic(ctx, updates); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	kinds, err := g.sort(ctx, updates)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		old, err := g.known(ctx, kind.kind)
		if err != nil {
			return why.From(err, host.ExitUnknown)
		}
		if err := g.audit(ctx, g.judge, append(kind.tips, old...), g.newReport(g.judge.Policy.Source())); err != nil {
			return err
		}
	}
	for _, u := range updates {
		if g.policyRef == "" || !strings.EqualFold(u.ref, g.policyRef) {
			continue
		}
		if u.ref != g.policyRef {
			return host.Fail(host.ExitNotGood, "%s: a file system could take it for %s, which has the policy", u.ref, g.policyRef)
		}
		if err := g.checkPolicy(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// maxRefName limits the names of refs that a push makes. Every later push reads
// the names of all refs; what people call branches and tags is far shorter.
const maxRefName = 1 << 10

// checkNames rejects refs that no push may bring, and new ones that would make the
// list of refs too large to read for the next push.
func (g *gate) checkNames(ctx context.Context, updates []refUpdate) error {
	added := 0
	for _, u := range updates {
		if isSealRef(u.ref) {
			return sealRefFailure(u.ref)
		}
		if u.old != "" || u.new == "" {
			continue
		}
		if len(u.ref) > maxRefName {
			return host.Fail(host.ExitNotGood, "%s...: the name of a ref has %d bytes; the limit is %d", u.ref[:64], len(u.ref), maxRefName)
		}
		added += git.RefLine(u.ref)
	}
	if added == 0 {
		return nil
	}
	size, err := g.repo.RefListSize(ctx)
	if err == nil && size+added > git.MaxRefs {
		return host.Fail(host.ExitNotGood, "the list of all refs would have %d bytes; the limit is %d", size+added, git.MaxRefs).
			WithHint("delete refs that nobody needs, then push again")
	}
	return err
}

// isSealRef reports whether a ref is in refs/seal/, which is the operator's, or
// could be taken for one that is: many file systems fold case, and a ref refs/seal
// would leave no room for refs/seal/policy.
func isSealRef(ref string) bool {
	space, _, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
	return strings.EqualFold(space, "seal")
}

func sealRefFailure(ref string) error {
	return host.Fail(host.ExitNotGood, "%s: no push moves it: it pins a policy, or could be taken for the ref that does", ref).
		WithHint("whoever runs this server does: git seal policy pin REV")
}

// followSymbolic replaces a symbolic ref that is pushed to with the ref that is
// going to change, and finds the one that has the policy in the same way.
func (g *gate) followSymbolic(ctx context.Context, updates []refUpdate) error {
	refs := make([]string, 0, len(updates)+1)
	for _, u := range updates {
		refs = append(refs, u.ref)
	}
	if g.judge.Supplier != nil && g.judge.Supplier.Ref != "" {
		g.policyRef = g.judge.Supplier.Ref
		refs = append(refs, g.policyRef)
	}
	symbolic, err := g.repo.SymbolicRefs(ctx, refs)
	if err != nil {
		return err
	}
	if target := symbolic[g.policyRef]; target != "" {
		g.policyRef = target
	}
	for i, u := range updates {
		if target := symbolic[u.ref]; target != "" {
			updates[i].ref = target
		}
		if isSealRef(updates[i].ref) {
			return sealRefFailure(updates[i].ref)
		}
	}
	return nil
}

// choosePolicy takes the policy of the default branch where the settings name
// none. A commit that supplies the policy was let in before: a tag of it does not
// bring its own judge.
func (g *gate) choosePolicy(ctx context.Context) error {
	if g.judge.Policy == nil {
		if err := g.policyOfDefaultBranch(ctx); err != nil {
			return err
		}
	}
	if g.judge.Supplier != nil {
		g.judge.Supplier.Pinned = true
	}
	return nil
}

func (g *gate) policyOfDefaultBranch(ctx context.Context) error {
	none := func(format string, args ...any) error {
		return host.Fail(host.ExitUnknown, "no policy to judge a push by: "+format, args...).
			WithHint("whoever runs this server sets %s to a policy's file, or %s to a commit with %s, which may be one of this push's", settings.Policy, settings.PolicyRef, settings.PolicyPath)
	}
	branch, err := g.repo.SymbolicRef(ctx, "HEAD")
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	if branch == "" {
		return none("HEAD names no branch")
	}
	tip, err := g.tipNow(ctx, branch)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	if tip == "" {
		return none("%s does not exist yet", branch)
	}
	if in, err := gitsource.PolicyID(ctx, g.repo, tip); err != nil {
		return why.From(err, host.ExitUnknown)
	} else if in == "" {
		return none("%s has no file %s", branch, settings.PolicyPath)
	}
	p, err := judging.PolicyWithKeysOf(ctx, g.repo, tip, branch)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	judge, err := g.judge.By(p)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	o, err := g.repo.ReadID(ctx, tip)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	judge.PolicyFrom = "the default branch"
	judge.Supplier = &judging.PolicyCommit{Supplier: verifier.Supplier{ID: tip, Payload: o.Payload(), From: judge.PolicyFrom}, Ref: branch}
	g.judge = judge
	return nil
}

// tipNow is what a ref holds, by its very name: a push could make others that a
// revision of this name would mean as well.
func (g *gate) tipNow(ctx context.Context, ref string) (string, error) {
	tips, err := g.repo.ListRefs(ctx, ref)
	for _, t := range tips {
		if t.Name == ref {
			return t.ID, err
		}
	}
	return "", err
}

// refKind are the refs whose history has to meet the same rules.
type refKind struct {
	rules policy.HistoryRules
	space string // empty for branches and tags, else the namespace: a server may fill refs/pull/ itself
}

func (g *gate) kindOf(ref string) refKind {
	k := refKind{rules: g.history.RulesFor(ref)}
	if !strings.HasPrefix(ref, "refs/heads/") && !strings.HasPrefix(ref, "refs/tags/") {
		space, _, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
		k.space = "refs/" + space + "/"
	}
	return k
}

// pushedKind is what a push brings to the refs of one kind.
type pushedKind struct {
	kind refKind
	tips []git.Tip
}

// sort finds what is to be judged, in the order in which it came. A deletion
// brings nothing.
func (g *gate) sort(ctx context.Context, updates []refUpdate) ([]pushedKind, error) {
	var kinds []pushedKind
	at := map[refKind]int{}
	for _, u := range updates {
		if u.new == "" {
			continue
		}
		tip, err := g.tipOf(ctx, u)
		if err != nil {
			return nil, err
		}
		k := g.kindOf(u.ref)
		i, seen := at[k]
		if !seen {
			i, at[k] = len(kinds), len(kinds)
			kinds = append(kinds, pushedKind{kind: k})
		}
		kinds[i].tips = append(kinds[i].tips, tip)
	}
	return kinds, nil
}

// known is what refs have before the push that vouch for a kind: what they have
// refs of the kind may have without being judged again. Branches and tags do, and
// for another namespace what is in it; what lax rules let in has to meet
// strict ones.
func (g *gate) known(ctx context.Context, kind refKind) ([]git.Tip, error) {
	spaces := []string{"refs/heads/", "refs/tags/"}
	if kind.space != "" {
		spaces = append(spaces, kind.space)
	}
	refs, err := g.repo.ListRefs(ctx, spaces...)
	var known []git.Tip
	for _, t := range refs {
		if g.kindOf(t.Name).rules.Within(kind.rules) {
			t.Excluded = true
			known = append(known, t)
		}
	}
	return known, err
}
