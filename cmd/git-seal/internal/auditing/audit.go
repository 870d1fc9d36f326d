package auditing

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Options are what the flags of git seal audit ask for.
type Options struct {
	Ranges     []string
	All, Tags  bool
	Walk       git.WalkOptions
	ReportOnly bool
	Formats    auditFormats
	Identity   *policy.Identity
	Settings   map[string][]string
	Cache      AuditCacheOptions
	Evidence   string // where to write evidence to
	From       string // evidence to judge in place of a repository
}

// Auditing is one audit on its way.
type Auditing struct {
	*Options
	Host  *host.Host
	Repo  *git.Repository
	Judge *judging.Judge
	Tips  []git.Tip
	notes []string

	History  policy.History
	Lineages *historyWalk // nil where the policy says the same of all commits
	WalkTips []git.Tip    // tips, and what lineages has to see beside them

	MayBeEmpty bool // to judge nothing is no error: what tips lead to was judged before

	source *evidence      // that is judged in place of repo; nil as a rule
	writer *auditEvidence // nil where no evidence is asked for
}

// Output is how an audit tells what it found.
type Output interface {
	// Result is called for each object, in order, before it is counted; one
	// that cannot be written becomes unknown.
	Result(*audit.Result)
	// Broken is the error, if any, because of which going on is in vain.
	Broken() error
	// End writes the report.
	End(*audit.Report) error
}

// An audit holds little and allocates all the time: its heap may grow to five
// times what is in use before it is swept (debug.SetGCPercent), up to this much
// in all (debug.SetMemoryLimit), which a long history comes to as a short one
// does.
const (
	auditGC     = 400
	auditMemory = 40 << 20
)

// ForAudit makes the process ready for a long history, and for a user who ends
// it: with the context, so that a report is made and nothing temporary stays.
func ForAudit(ctx context.Context) (context.Context, context.CancelFunc) {
	debug.SetGCPercent(auditGC)
	debug.SetMemoryLimit(auditMemory)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // a reader that has gone is an error of writing, not the end
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	return ctx, stop
}

func Run(ctx context.Context, h *host.Host, o *Options) error {
	ctx, stop := ForAudit(ctx)
	defer stop()
	if o.From != "" {
		return auditFrom(ctx, h, o)
	}
	repo, judge, err := judging.Open(ctx, h, o.Settings, o.Identity)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	defer repo.Close()
	a := &Auditing{Options: o, Host: h, Repo: repo, Judge: judge}
	if err := a.findTips(ctx); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	if err := a.takeNotes(ctx); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	a.History = judge.Policy.History()
	if a.Lineages, a.WalkTips, err = a.NewHistoryWalk(ctx); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	out, err := a.openFormats()
	if err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	defer out.close()
	if o.Evidence != "" {
		if a.writer, err = a.newEvidence(ctx); err != nil {
			return why.From(err, host.ExitUnknown)
		}
		defer a.writer.file.Discard()
	}
	return a.Run(ctx, out)
}

// Run judges, reports and returns a failure with the exit code.
func (a *Auditing) Run(ctx context.Context, out Output) error {
	tally := audit.NewTally(a.head())
	remembered := a.openCache(ctx)
	progress := a.startProgress(ctx)
	code, partial := host.ExitGood, error(nil)
	for r, err := range audit.Run(ctx, a.objects(ctx), audit.Options{
		Verifier: a.Judge.Verifier, Review: a.review, Memory: remembered.orNone(),
		Parse: func(o audit.Object) []audit.Part { return a.parse(ctx, o) },
	}) {
		if err != nil {
			partial = err
			break
		}
		out.Result(r)
		if out.Broken() != nil {
			break
		}
		tally.Add(r)
		if r.Excused == "" {
			code = host.Worse(code, judging.ExitCode(r.Verdict))
		}
		if r.MergedBy == "" {
			progress.done()
		}
	}
	progress.end()
	remembered.save()
	if err := out.Broken(); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	report := tally.Report()
	if a.Lineages != nil {
		report.Before = a.Lineages.before
	}
	if partial == nil && a.source == nil {
		report.PolicyChanges, partial = a.policyChanges(ctx)
	}
	report.Notes = a.notes
	if len(report.PolicyChanges) == maxPolicyChanges {
		report.Notes = append(report.Notes, "there may be older changes of "+settings.PolicyPath+", which are not listed")
	}
	if a.ReportOnly {
		code = host.ExitGood
	}
	var lost *host.Failure
	switch {
	case partial != nil:
		lost = why.From(partial, host.ExitUnknown)
		if errors.Is(partial, context.Canceled) {
			lost = host.Fail(host.ExitUnknown, "interrupted")
		}
		report.Partial = host.Message(lost.Err.Error())
		code = host.Worse(code, host.ExitUnknown)
	case report.Objects.Total()+report.Before == 0 && !a.MayBeEmpty:
		lost = host.Fail(host.ExitUnknown, "no commit or tag to judge: nothing was judged").
			WithHint("git rev-list with the same ranges says what git finds in them")
		code = host.ExitUnknown
	}
	if err := a.endEvidence(report, lost == nil); err != nil {
		code, lost = host.ExitUnknown, host.Fail(host.ExitUnknown, "%w", err)
		report.Notes = append(report.Notes, host.Message(err.Error()))
	}
	report.ExitCode = code
	if err := out.End(report); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	if lost == nil {
		return &host.Failure{Code: code}
	}
	return lost.WithCode(code)
}

// head is what a report says before anything is judged.
func (a *Auditing) head() audit.Report {
	head := audit.Report{Version: host.ReadBuild().Version, Date: a.Host.Now(), Ranges: a.asked(), Refs: []audit.Ref{}}
	for _, t := range a.Tips {
		head.Refs = append(head.Refs, audit.Ref{Name: t.Name, ID: t.ID, Excluded: t.Excluded})
	}
	if p := a.Judge.Policy; p != nil {
		digest := p.Digest()
		head.Policy = &audit.Policy{Source: p.Source(), From: a.Judge.PolicyFrom, SHA256: hex.EncodeToString(digest[:])}
		for _, k := range p.KeyFiles() {
			head.Policy.Keys = append(head.Policy.Keys, audit.KeyFile{Name: k.Name, SHA256: hex.EncodeToString(k.SHA256[:])})
		}
	}
	for _, root := range a.Judge.Roots {
		head.TrustedRoots = append(head.TrustedRoots, audit.TrustedRoot{Name: root.Name, From: root.Source, SHA256: hex.EncodeToString(root.Digest[:])})
	}
	return head
}

// starts are what was asked for, with the default in its place.
func (a *Auditing) starts() []string {
	starts := slices.Clone(a.Ranges)
	if a.All {
		starts = append(starts, "--all")
	}
	if a.Tags {
		starts = append(starts, "--tags")
	}
	if len(starts) == 0 {
		starts = []string{"HEAD"}
	}
	return starts
}

// asked is all that was asked for.
func (a *Auditing) asked() []string {
	asked := slices.Clone(a.starts())
	if a.Walk.FirstParent {
		asked = append(asked, "--first-parent")
	}
	if a.Walk.NoMerges {
		asked = append(asked, "--no-merges")
	}
	return asked
}
