// Package auditing runs audits for the commands: it puts source, judge, cache,
// progress and the forms of the report together around verifier/audit.
package auditing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/evidence"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/policy"
)

// Options are what the flags of git seal audit ask for.
type Options struct {
	Selection  gitsource.Selection
	Walk       audit.Walk
	ReportOnly bool
	Formats    Formats
	Identity   *policy.Identity
	Settings   map[string][]string
	Cache      CacheOptions
	Evidence   string // where to write an evidence archive
	From       string // an evidence archive to audit in place of a repository
}

// Audit is one audit that is ready to run.
type Audit struct {
	Host       *host.Host
	Judge      *judging.Judge
	Source     audit.Source
	Walk       audit.Walk
	Ranges     []string
	MayBeEmpty bool // to judge nothing is not an error: what tips reach was judged before
	ReportOnly bool

	PolicyChanges bool                         // the report lists them
	Memory        audit.Memory                 // nil for none
	Progress      *Progress                    // nil for none
	Evidence      *audit.Evidence              // of what archive; nil for a repository
	Hint          func(r *audit.Result) string // nil: words for whoever keeps the policy
	ended         func() error                 // nil, or called once everything was judged
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
	return host.UntilInterrupted(ctx)
}

// Run audits what the options select.
func Run(ctx context.Context, h *host.Host, o *Options) error {
	ctx, stop := ForAudit(ctx)
	defer stop()
	if o.From != "" {
		return runFrom(ctx, h, o)
	}
	repo, judge, err := judging.Open(ctx, h, o.Settings, o.Identity)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	defer repo.Close()
	source, err := gitsource.Open(ctx, repo, o.Selection)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	own, err := source.HasPolicy(ctx)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	a := &Audit{
		Host: h, Judge: judge, Source: source, Walk: o.Walk, Ranges: o.Selection.Revisions(), ReportOnly: o.ReportOnly,
		PolicyChanges: own || judge.Supplier != nil,
	}
	config, err := repo.ReadConfig(ctx)
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	out, err := openForms(h, config, o.Formats)
	if err != nil {
		return notWritten(err)
	}
	defer out.close()
	if o.Evidence != "" {
		archive, err := a.record(o.Evidence, config, source)
		if err != nil {
			return notWritten(err)
		}
		defer archive.Discard()
	}
	remembered := openCache(ctx, h, repo, judge, o.Cache)
	defer remembered.save()
	a.Memory = remembered.orNone()
	a.Progress = StartProgress(h, func() (int, error) { return source.Count(ctx, o.Walk, judge.Policy.History().After) })
	return a.Run(ctx, out)
}

// record has the audit's objects written into an archive, which gets its name once
// the audit has ended well.
func (a *Audit) record(name string, config *git.Config, source *gitsource.Source) (*host.ReportFile, error) {
	file, err := createReport(a.Host, config, name)
	if err != nil {
		return nil, fmt.Errorf("--evidence %w", err)
	}
	recorder, err := evidence.Record(file, source, source.Format(), a.Ranges, a.Walk, evidence.Judge{
		Roots: a.Judge.Roots, Policy: a.Judge.Policy, PolicyFrom: a.Judge.PolicyFrom, Supplier: a.Judge.SupplierOf(), KeyFile: a.Judge.KeyFile,
	})
	if err != nil {
		file.Discard()
		return nil, fmt.Errorf("--evidence %s: %w", name, err)
	}
	a.Source = recorder
	a.ended = func() error {
		if err := recorder.Close(); err != nil {
			return fmt.Errorf("--evidence %s: %w", name, err)
		}
		if err := file.Commit(); err != nil {
			return fmt.Errorf("--evidence %w", err)
		}
		return nil
	}
	return file, nil
}

// errBroken ends an audit whose report cannot be written.
var errBroken = errors.New("the report cannot be written")

// Run judges, reports and returns a failure with the exit code.
func (a *Audit) Run(ctx context.Context, out report.Writer) error {
	r, partial := audit.Run(ctx, a.Source, audit.Options{
		Verifier: a.Judge.Verifier, History: a.Judge.Policy.History(), Supplier: a.Judge.SupplierOf(), Walk: a.Walk,
		Memory: a.Memory, PolicyChanges: a.PolicyChanges, Head: a.head(), Hint: a.hint,
		Each: func(r *audit.Result) error {
			out.Result(r)
			if r.MergedBy == "" {
				a.Progress.Done()
			}
			if out.Broken() != nil {
				return errBroken
			}
			return nil
		},
	})
	a.Progress.End()
	if err := out.Broken(); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	lost := a.lost(r, partial)
	if lost == nil && a.ended != nil {
		if err := a.ended(); err != nil {
			lost = host.Fail(host.ExitUnknown, "%w", err)
			r.Notes = append(r.Notes, host.Message(err.Error()))
		}
	}
	r.ExitCode = a.exitCode(r, lost)
	if err := out.End(r); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	if lost == nil {
		return &host.Failure{Code: r.ExitCode}
	}
	return lost.WithCode(r.ExitCode)
}

// lost is why an audit ended early, or why it is worth nothing; nil as a rule.
func (a *Audit) lost(r *audit.Report, partial error) *host.Failure {
	switch {
	case errors.Is(partial, context.Canceled):
		r.Partial = "interrupted"
		return host.Fail(host.ExitUnknown, "interrupted")
	case partial != nil:
		f := why.From(partial, host.ExitUnknown)
		r.Partial = host.Message(f.Err.Error())
		return f
	case r.Conclusion == audit.NothingJudged && r.Before == 0 && !a.MayBeEmpty:
		return host.Fail(host.ExitUnknown, "no commit or tag was verified").
			WithHint("git rev-list with the same ranges shows what git finds in them")
	}
	return nil
}

func (a *Audit) exitCode(r *audit.Report, lost *host.Failure) int {
	code := map[audit.Conclusion]int{audit.NotGood: host.ExitNotGood, audit.Undecided: host.ExitUnknown}[r.Conclusion]
	if a.ReportOnly {
		code = host.ExitGood
	}
	if lost != nil {
		code = host.Worse(code, host.ExitUnknown)
	}
	return code
}

// hint words what to do about a result.
func (a *Audit) hint(r *audit.Result) string {
	switch {
	case r.Err != nil:
		return why.HintFor(r.Err)
	case a.Hint != nil:
		return a.Hint(r)
	case r.Advice == verifier.AllowSigner && r.MergedBy != "":
		return r.Advice.String()
	}
	return judging.HintOf(r.Result, r.ID)
}

// head is what a report says before anything is judged.
func (a *Audit) head() audit.Report {
	ranges := append([]string{}, a.Ranges...)
	if a.Walk.FirstParent {
		ranges = append(ranges, "--first-parent")
	}
	if a.Walk.NoMerges {
		ranges = append(ranges, "--no-merges")
	}
	head := audit.Report{
		Version: host.ReadBuild().Version, Date: a.Host.Now(), Ranges: ranges, Refs: []audit.Ref{}, Evidence: a.Evidence,
		Policy: audit.DescribePolicy(a.Judge.Policy, a.Judge.PolicyFrom), TrustedRoots: audit.DescribeRoots(a.Judge.Roots),
	}
	return head
}
