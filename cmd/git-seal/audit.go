package main

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

// auditOptions are what the flags of git seal audit ask for.
type auditOptions struct {
	ranges     []string
	all, tags  bool
	walk       git.WalkOptions
	reportOnly bool
	formats    auditFormats
	identity   *verifier.PolicyIdentity
	settings   map[string][]string
	cache      auditCacheOptions
	evidence   string // where to write evidence to
	from       string // evidence to judge in place of a repository
}

func (h *host) auditCommand() *cobra.Command {
	var o auditOptions
	var flags identityFlags
	cmd := &cobra.Command{
		Use:   "audit [RANGE...]",
		Short: "Judge a whole history: every commit, tag and merged tag",
		Long: `Judge every commit that RANGE reaches, HEAD by default, as git rev-list reads it:
A..B leaves out what A reaches. Annotated tags that RANGE names are judged too, and
the tags in merge commits. No network is used.

The report sums up verdicts and signers and names each object that is not good, the
worst first. On a terminal a line on standard error tells how far it is; Ctrl-C ends
the audit with a report of what was found so far, which says that it is partial.

Several forms are made in one run, each into its file, which is replaced once it is
written whole: --format text --format html=audit.html. One form at most goes to
standard output; that is text where none is asked for.

What is not here cannot be judged: the history that a shallow clone lacks is
unknown. Where RANGE holds nothing at all, that is an error, exit code 3.

For a pull request, take the policy from what it is to be merged into:
  git seal audit --policy-ref $(git rev-parse origin/main) origin/main..HEAD

Exit codes: 0 all good; 1 something is not; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              revisions,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.identity, err = flags.identity(cmd); err != nil {
				return err
			}
			o.ranges, o.settings = args, givenSettings(cmd)
			if o.from != "" {
				if err := o.checkFrom(cmd); err != nil {
					return err
				}
				return h.auditFrom(cmd.Context(), &o)
			}
			return h.audit(cmd.Context(), &o)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "judge what any ref reaches, tags too")
	cmd.Flags().BoolVar(&o.tags, "tags", false, "judge all tags and what they reach")
	cmd.Flags().BoolVar(&o.walk.FirstParent, "first-parent", false, "follow the first parent alone of each merge")
	cmd.Flags().BoolVar(&o.walk.NoMerges, "no-merges", false, "pass over commits with more than one parent")
	cmd.Flags().BoolVar(&o.reportOnly, "report-only", false, "exit with 0 whatever the verdicts; an audit that breaks off still fails")
	addAuditFormats(cmd, &o.formats)
	o.cache.add(cmd)
	cmd.Flags().StringVar(&o.evidence, "evidence", "", "write what was judged, by what, and the result to `FILE.tar`")
	cmd.Flags().StringVar(&o.from, "from", "", "judge what is in the evidence in `FILE.tar`, without the repository")
	flags.add(cmd)
	addSettings(cmd, judging)
	return cmd
}

// auditing is one audit on its way.
type auditing struct {
	*auditOptions
	host  *host
	repo  *git.Repository
	judge *judge
	tips  []git.Tip
	notes []string

	history  verifier.History
	lineages *historyWalk // nil where the policy says the same of all commits
	walkTips []git.Tip    // tips, and what lineages has to see beside them

	mayBeEmpty bool // to judge nothing is no error: what tips lead to was judged before

	source *evidence       // that is judged in place of repo; nil as a rule
	writer *evidenceWriter // nil where no evidence is asked for
}

// auditOutput is how an audit tells what it found.
type auditOutput interface {
	// result is called for each object, in order, before it is counted; one
	// that cannot be written becomes unknown.
	result(*audit.Result)
	// broken is the error, if any, because of which going on is in vain.
	broken() error
	// end writes the report.
	end(*audit.Report) error
}

// An audit holds little and allocates all the time: its heap may grow to five
// times what is in use before it is swept (debug.SetGCPercent), up to this much
// in all (debug.SetMemoryLimit), which a long history comes to as a short one
// does.
const (
	auditGC     = 400
	auditMemory = 40 << 20
)

// forAudit makes the process ready for a long history, and for a user who ends
// it: with the context, so that a report is made and nothing temporary stays.
func forAudit(ctx context.Context) (context.Context, context.CancelFunc) {
	debug.SetGCPercent(auditGC)
	debug.SetMemoryLimit(auditMemory)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that has gone is an error of writing, not the end
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	return ctx, stop
}

func (h *host) audit(ctx context.Context, o *auditOptions) error {
	ctx, stop := forAudit(ctx)
	defer stop()
	repo, judge, err := h.openJudge(ctx, o.settings, o.identity)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	defer repo.Close()
	a := &auditing{auditOptions: o, host: h, repo: repo, judge: judge}
	if err := a.findTips(ctx); err != nil {
		return asFailure(err, exitUnknown)
	}
	if err := a.takeNotes(ctx); err != nil {
		return asFailure(err, exitUnknown)
	}
	a.history = judge.policy.History()
	if a.lineages, a.walkTips, err = a.newHistoryWalk(ctx); err != nil {
		return asFailure(err, exitUnknown)
	}
	out, err := a.openFormats()
	if err != nil {
		return fail(exitUnknown, "%w", err)
	}
	defer out.close()
	if o.evidence != "" {
		if a.writer, err = a.newEvidence(o.evidence); err != nil {
			return asFailure(err, exitUnknown)
		}
		defer a.writer.discard()
	}
	return a.run(ctx, out)
}

// run judges, reports and returns a failure with the exit code.
func (a *auditing) run(ctx context.Context, out auditOutput) error {
	tally := audit.NewTally(a.head())
	remembered := a.openCache(ctx)
	progress := a.startProgress(ctx)
	code, partial := exitGood, error(nil)
	for r, err := range audit.Run(ctx, a.witnessed(a.objects(ctx)), audit.Options{
		Verifier: a.judge.verifier, Review: a.review, Memory: remembered.orNone(),
		Parse: func(o audit.Object) []audit.Part { return a.parse(ctx, o) },
	}) {
		if err != nil {
			partial = err
			break
		}
		out.result(r)
		if out.broken() != nil {
			break
		}
		tally.Add(r)
		if r.Excused == "" {
			code = worse(code, exitCode(r.Verdict))
		}
		if r.MergedBy == "" {
			progress.done()
		}
	}
	progress.end()
	remembered.save()
	if err := out.broken(); err != nil {
		return fail(exitUnknown, "%w", err)
	}
	report := tally.Report()
	if a.lineages != nil {
		report.Before = a.lineages.before
	}
	switch {
	case a.source != nil:
		report.Before, report.PolicyChanges = a.source.facts.Before, a.source.facts.PolicyChanges
	case partial == nil:
		report.PolicyChanges, partial = a.policyChanges(ctx)
	}
	report.Notes = a.notes
	if len(report.PolicyChanges) == maxPolicyChanges {
		report.Notes = append(report.Notes, "there may be older changes of "+policyPath+", which are not listed")
	}
	if a.reportOnly {
		code = exitGood
	}
	var lost *failure
	switch {
	case partial != nil:
		lost = asFailure(partial, exitUnknown)
		if errors.Is(partial, context.Canceled) {
			lost = fail(exitUnknown, "interrupted")
		}
		report.Partial = message(lost.err.Error())
		code = worse(code, exitUnknown)
	case report.Objects.Total()+report.Before == 0 && !a.mayBeEmpty:
		lost = fail(exitUnknown, "no commit or tag to judge: nothing was judged").
			withHint("git rev-list with the same ranges says what git finds in them")
		code = exitUnknown
	}
	report.ExitCode = code
	if err := out.end(report); err != nil {
		return fail(exitUnknown, "%w", err)
	}
	if err := a.endEvidence(report, partial); err != nil {
		return asFailure(err, exitUnknown)
	}
	if lost == nil {
		return &failure{code: code}
	}
	return lost.withCode(code)
}

// head is what a report says before anything is judged.
func (a *auditing) head() audit.Report {
	head := audit.Report{Version: readBuild().Version, Date: a.host.now(), Ranges: a.asked(), Refs: []audit.Ref{}}
	for _, t := range a.tips {
		head.Refs = append(head.Refs, audit.Ref{Name: t.Name, ID: t.ID, Excluded: t.Excluded})
	}
	if p := a.judge.policy; p != nil {
		digest := p.Digest()
		head.Policy = &audit.Policy{Source: p.Source(), From: a.judge.policyFrom, SHA256: hex.EncodeToString(digest[:])}
		for _, k := range p.KeyFiles() {
			head.Policy.Keys = append(head.Policy.Keys, audit.KeyFile{Name: k.Name, SHA256: hex.EncodeToString(k.SHA256[:])})
		}
	}
	for _, root := range a.judge.roots {
		head.TrustedRoots = append(head.TrustedRoots, audit.TrustedRoot{Name: root.Name, From: root.Source, SHA256: hex.EncodeToString(root.Digest[:])})
	}
	return head
}

// asked is what was asked for, with the default in its place.
func (a *auditing) asked() []string {
	if a.source != nil {
		return a.source.head.Ranges
	}
	asked := slices.Clone(a.ranges)
	if a.all {
		asked = append(asked, "--all")
	}
	if a.tags {
		asked = append(asked, "--tags")
	}
	if len(asked) == 0 {
		asked = []string{"HEAD"}
	}
	if a.walk.FirstParent {
		asked = append(asked, "--first-parent")
	}
	if a.walk.NoMerges {
		asked = append(asked, "--no-merges")
	}
	return asked
}
