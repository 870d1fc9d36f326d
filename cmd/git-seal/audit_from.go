package main

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

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/trust"
)

// checkFrom refuses what has no meaning where an archive says what is judged.
// What judges may be named.
func (o *auditOptions) checkFrom(cmd *cobra.Command) error {
	if len(o.ranges) > 0 {
		return usageFailure(cmd, errors.New("--from takes no RANGE: the file says what is judged"))
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch f.Name {
		case "all", "tags", "first-parent", "no-merges", "no-cache", "forget", "evidence", "policy-ref":
			err = usageFailure(cmd, fmt.Errorf("--from takes no --%s: the file says what is judged", f.Name))
		}
	})
	return err
}

// auditFrom audits what an archive holds.
func (h *host) auditFrom(ctx context.Context, o *auditOptions) error {
	f, err := openRegular(o.from)
	if err != nil {
		return fail(exitUnknown, "--from: %w", err)
	}
	defer f.Close()
	e, err := readEvidence(o.from, f)
	if err != nil {
		return fail(exitUnknown, "%w", err)
	}
	a := &auditing{auditOptions: o, host: h, source: e}
	if a.judge, err = h.judgeOf(ctx, e, o); err != nil {
		return asFailure(err, exitUnknown)
	}
	for _, revs := range e.head.Ranges {
		o.ranges = append(o.ranges, string(revs))
	}
	for _, t := range e.head.Tips {
		a.tips = append(a.tips, git.Tip{Name: string(t.Name), ID: t.ID, Type: t.Type, Excluded: t.Excluded})
	}
	o.walk = git.WalkOptions{FirstParent: e.head.FirstParent, NoMerges: e.head.NoMerges}
	a.history = a.judge.policy.History()
	if a.lineages, a.walkTips, err = a.newHistoryWalk(ctx); err != nil {
		return fail(exitUnknown, "%w", err)
	}
	out, err := a.openFormats()
	if err != nil {
		return fail(exitUnknown, "%w", err)
	}
	defer out.close()
	return a.run(ctx, out)
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
func (h *host) judgeOf(ctx context.Context, e *evidence, o *auditOptions) (*judge, error) {
	given := sources{flags: o.settings, env: func(string) (string, bool) { return "", false }, config: new(git.Config), dir: h.dir, code: exitUsage}
	vals, _, err := given.load(judging)
	if err != nil {
		return nil, err
	}
	j := new(judge)
	_, policy := vals.one(settingPolicy)
	if policy || o.identity != nil {
		e.own.policy = true
		if err = j.readPolicy(ctx, vals, given.config, nil, nil, o.identity); err == nil {
			err = j.readKeys()
		}
	} else if e.head.Policy != nil {
		err = e.policy(j)
	}
	if err != nil {
		return nil, err
	}
	if len(vals[settingTrustedRoot])+len(vals[settingTUFMirror])+len(vals[settingTUFRoot]) > 0 {
		e.own.roots = true
		j.roots, err = h.trustedRoots(vals, nil)
	} else {
		j.roots, err = e.roots()
	}
	if err != nil {
		return nil, err
	}
	j.verifier, err = verifier.New(verifier.Options{Roots: j.roots, Policy: j.policy})
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

func (e *evidence) policy(j *judge) error {
	p := e.head.Policy
	var err error
	if j.policy, err = verifier.ParsePolicy(p.Source, e.files[evidencePolicyName]); err != nil {
		return e.failure(err)
	}
	j.policyFrom = p.From
	if s := p.Supplier; s != nil {
		j.supplier = &policyCommit{id: s.ID, payload: s.Payload, pinned: s.Pinned}
	}
	j.keyFile = func(name string) ([]byte, error) {
		i := slices.Index(p.Keys, name)
		if i < 0 {
			return nil, errors.New("not in the evidence")
		}
		return e.files[fmt.Sprintf(evidenceKeyName, i)], nil
	}
	if err := j.readKeys(); err != nil {
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
func (a *auditing) format() git.ObjectFormat {
	if a.source != nil {
		return a.source.head.Format
	}
	return a.repo.Format()
}

// mergesCleanly asks git, or the archive, whether a merge is what merging its
// parents gives.
func (a *auditing) mergesCleanly(ctx context.Context, o *git.Object) (bool, error) {
	if a.source != nil {
		return a.source.mergesCleanly(o)
	}
	clean, err := a.repo.MergesCleanly(ctx, o)
	if a.writer != nil && len(o.Parents()) == 2 && ctx.Err() == nil {
		a.writer.merge(o.ID(), clean, err)
	}
	return clean, err
}
