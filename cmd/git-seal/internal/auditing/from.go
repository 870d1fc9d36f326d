package auditing

import (
	"context"
	"fmt"
	"os"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/evidence"
)

// runFrom audits an evidence archive.
func runFrom(ctx context.Context, h *host.Host, o *Options) error {
	f, err := openRegular(o.From)
	if err != nil {
		return host.Fail(host.ExitUnknown, "--from: %w", err)
	}
	defer f.Close()
	archive, err := evidence.Read(o.From, f)
	if err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	a := &Audit{Host: h, Source: archive, Walk: archive.Walk(), Ranges: archive.Ranges(), ReportOnly: o.ReportOnly, Evidence: &audit.Evidence{File: o.From, Brought: []string{}}}
	if a.Judge, err = judgeOf(ctx, h, archive, o, a.Evidence); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	out, err := openForms(h, new(git.Config), o.Formats)
	if err != nil {
		return notWritten(err)
	}
	defer out.close()
	a.Progress = StartProgress(h, nil)
	return a.Run(ctx, out)
}

// openRegular opens a file that can be read more than once.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path) // opening a pipe would wait
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// judgeOf returns the judge in an archive, unless the command line names another
// policy or other trusted roots. Settings from elsewhere have no say. What came
// from the archive is noted in about.
func judgeOf(ctx context.Context, h *host.Host, archive *evidence.Archive, o *Options, about *audit.Evidence) (*judging.Judge, error) {
	given := settings.Sources{Flags: o.Settings, Env: func(string) (string, bool) { return "", false }, Config: new(git.Config), Dir: h.Dir, Code: host.ExitUsage}
	vals, _, err := given.Load(settings.Judging)
	if err != nil {
		return nil, err
	}
	j := new(judging.Judge)
	if len(vals[settings.TrustedRoot])+len(vals[settings.TUFMirror])+len(vals[settings.TUFRoot]) > 0 {
		j.Roots, err = instance.TrustedRoots(h, vals, nil)
	} else {
		about.Brought = append(about.Brought, "trusted roots")
		j.Roots, err = archive.Roots()
		for _, root := range j.Roots {
			root.Source = "in the evidence archive " + o.From
		}
	}
	if err != nil {
		return nil, err
	}
	if _, own := vals.One(settings.Policy); own || o.Identity != nil {
		if err = j.ReadPolicy(ctx, vals, given.Config, nil, nil, o.Identity); err == nil {
			err = j.ReadKeys()
		}
	} else if p, _, supplier, read := archive.Policy(); p != nil || read != nil {
		about.Brought = append(about.Brought, "policy")
		j.Policy, j.PolicyFrom, err = p, "the evidence archive "+o.From, read
		if supplier != nil {
			j.Supplier = &judging.PolicyCommit{Supplier: *supplier}
		}
	}
	if err != nil {
		return nil, err
	}
	judging.WarnOfKeys(h, j.Policy)
	j.Verifier, err = verifier.New(verifier.Options{Roots: j.Roots, Policy: j.Policy})
	return j, err
}
