package auditing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/trust"
)

// auditFrom audits what an archive holds.
func auditFrom(ctx context.Context, h *host.Host, o *Options) error {
	f, err := openRegular(o.From)
	if err != nil {
		return host.Fail(host.ExitUnknown, "--from: %w", err)
	}
	defer f.Close()
	e, err := readEvidence(o.From, f)
	if err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	a := &Auditing{Options: o, Host: h, source: e}
	if a.Judge, err = judgeOf(ctx, h, e, o); err != nil {
		return why.From(err, host.ExitUnknown)
	}
	for _, revs := range e.head.Ranges {
		o.Ranges = append(o.Ranges, string(revs))
	}
	for _, t := range e.head.Tips {
		a.Tips = append(a.Tips, git.Tip{Name: string(t.Name), ID: t.ID, Type: t.Type, Excluded: t.Excluded})
	}
	o.Walk = git.WalkOptions{FirstParent: e.head.FirstParent, NoMerges: e.head.NoMerges}
	a.History = a.Judge.Policy.History()
	if a.Lineages, a.WalkTips, err = a.NewHistoryWalk(ctx); err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	out, err := a.openFormats()
	if err != nil {
		return host.Fail(host.ExitUnknown, "%w", err)
	}
	defer out.close()
	return a.Run(ctx, out)
}

// openRegular opens a file that can be read more than once.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path) // opening a pipe would wait
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: is no regular file", path)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// judgeOf is the judge in an archive, unless the command line names another
// policy or other trusted roots. Settings from elsewhere have no say.
func judgeOf(ctx context.Context, h *host.Host, e *evidence, o *Options) (*judging.Judge, error) {
	given := settings.Sources{Flags: o.Settings, Env: func(string) (string, bool) { return "", false }, Config: new(git.Config), Dir: h.Dir, Code: host.ExitUsage}
	vals, _, err := given.Load(settings.Judging)
	if err != nil {
		return nil, err
	}
	j := new(judging.Judge)
	_, policy := vals.One(settings.Policy)
	if policy || o.Identity != nil {
		e.own.policy = true
		if err = j.ReadPolicy(ctx, vals, given.Config, nil, nil, o.Identity); err == nil {
			err = j.ReadKeys()
		}
	} else if e.head.Policy != nil {
		err = e.policy(j)
	}
	if err != nil {
		return nil, err
	}
	if len(vals[settings.TrustedRoot])+len(vals[settings.TUFMirror])+len(vals[settings.TUFRoot]) > 0 {
		e.own.roots = true
		j.Roots, err = instance.TrustedRoots(h, vals, nil)
	} else {
		j.Roots, err = e.roots()
	}
	if err != nil {
		return nil, err
	}
	judging.WarnOfKeys(h, j.Policy)
	j.Verifier, err = verifier.New(verifier.Options{Roots: j.Roots, Policy: j.Policy})
	return j, err
}

// ownJudge says what of a judge is the reader's own, and did not come out of the
// archive.
type ownJudge struct{ policy, roots bool }

func (e *evidence) roots() ([]*trust.Root, error) {
	var roots []*trust.Root
	for i, from := range e.head.Roots {
		root, err := trust.ParseRoot(from.Name, from.Source, e.files[fmt.Sprintf(evidenceRootName, i)])
		if err != nil {
			return nil, e.failure(err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func (e *evidence) policy(j *judging.Judge) error {
	p := e.head.Policy
	var err error
	if j.Policy, err = policy.Parse(p.Source, e.files[evidencePolicyName]); err != nil {
		return e.failure(err)
	}
	j.PolicyFrom = p.From
	if s := p.Supplier; s != nil {
		j.Supplier = &judging.PolicyCommit{ID: s.ID, Payload: s.Payload, Pinned: s.Pinned}
	}
	j.KeyFile = func(name string) ([]byte, error) {
		i := slices.Index(p.Keys, name)
		if i < 0 {
			return nil, errors.New("not in the evidence")
		}
		return e.files[fmt.Sprintf(evidenceKeyName, i)], nil
	}
	if err := j.ReadKeys(); err != nil {
		return e.failure(err)
	}
	return nil
}

// mergesCleanly is what whoever made the archive says of a merge.
func (e *evidence) mergesCleanly(merge *git.Object) (bool, error) {
	if len(merge.Parents()) != 2 {
		return false, nil
	}
	said, ok := e.facts.Merges[merge.ID()]
	switch {
	case !ok:
		return false, errors.New("the evidence does not say what merging the parents gives")
	case said.Err != "":
		return false, errors.New(said.Err)
	}
	return said.Clean, nil
}

// complete adds to a report what is known out of the archive alone, and says
// whose word that is. A report on all of it is held against the one in it, where
// the same judge made both: that they differ is an error.
func (e *evidence) complete(r *audit.Report, whole bool) (err error) {
	about := &audit.Evidence{File: e.name, Brought: e.brought()}
	if whole {
		for _, c := range e.facts.PolicyChanges {
			c.PolicyChange.Subject = string(c.Subject)
			r.PolicyChanges = append(r.PolicyChanges, c.PolicyChange)
		}
		ours := r.Notes
		r.Notes = slices.Clone(e.facts.Notes)
		if e.own != (ownJudge{}) {
			r.Notes = append(r.Notes, ours...)
		} else if about.Differs, err = differing(r, e.files[evidenceResultName]); err != nil {
			err = e.failure(err)
		}
	}
	if r.Policy != nil && !e.own.policy {
		r.Policy.From = "in " + e.name
	}
	for i := range r.TrustedRoots {
		if !e.own.roots {
			r.TrustedRoots[i].From = "in " + e.name
		}
	}
	r.Evidence = about
	r.Notes = append(r.Notes, e.notes(whole)...)
	return err
}

// brought is what of the judge came out of the archive.
func (e *evidence) brought() []string {
	brought := []string{}
	if !e.own.roots {
		brought = append(brought, "trusted roots")
	}
	if !e.own.policy && e.head.Policy != nil {
		brought = append(brought, "policy")
	}
	return brought
}

// notes say what of a report rests on the word of whoever made the archive.
func (e *evidence) notes(whole bool) []string {
	var notes []string
	if brought := e.brought(); len(brought) > 0 {
		notes = append(notes, fmt.Sprintf("whoever made %s chose the %s in it: compare the SHA-256 with what you know, or judge by your own (--trusted-root FILE, --policy FILE)",
			e.name, strings.Join(brought, " and the ")))
	}
	word := []string{"what the refs are called and where they led", "which commits changed the policy"}
	if n := len(e.facts.Merges); n > 0 {
		word = append(word, fmt.Sprintf("what merging the parents gives, of %d merges", n))
	}
	if whole {
		if n, _ := e.links.edge(); n > 0 {
			word = append(word, fmt.Sprintf("that what was left out reaches the %d objects that are not in it although it leads to them", n))
		}
	}
	notes = append(notes, "the word of whoever made "+e.name+", which nothing in it proves: "+strings.Join(word, "; "))
	if e.own != (ownJudge{}) {
		notes = append(notes, "the result in "+e.name+" was not compared: another policy or other roots made it")
	}
	return notes
}

// differing returns the fields in which a report is another than the one that is
// kept, and an error that names them where there are some.
func differing(r *audit.Report, kept []byte) (fields []string, err error) {
	text, err := comparable(r)
	if err != nil || bytes.Equal(text, kept) {
		return nil, err
	}
	var here, there map[string]any
	if json.Unmarshal(kept, &there) != nil || json.Unmarshal(text, &here) != nil {
		return []string{"all"}, errors.New("its result.json is no result")
	}
	for _, name := range slices.Sorted(maps.Keys(here)) {
		if !reflect.DeepEqual(here[name], there[name]) {
			fields = append(fields, name)
		}
		delete(there, name)
	}
	fields = append(fields, slices.Sorted(maps.Keys(there))...)
	return fields, fmt.Errorf("its result.json is not what judging it gives: %s differ", strings.Join(fields, ", "))
}

// format is the object format of what is judged.
func (a *Auditing) format() git.ObjectFormat {
	if a.source != nil {
		return a.source.head.Format
	}
	return a.Repo.Format()
}

// mergesCleanly asks git, or the archive, whether a merge is what merging its
// parents gives.
func (a *Auditing) mergesCleanly(ctx context.Context, o *git.Object) (bool, error) {
	if a.source != nil {
		return a.source.mergesCleanly(o)
	}
	clean, err := a.Repo.MergesCleanly(ctx, o)
	if a.writer != nil && len(o.Parents()) == 2 && ctx.Err() == nil {
		a.writer.merge(o.ID(), clean, err)
	}
	return clean, err
}
