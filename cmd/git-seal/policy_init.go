package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
)

func (h *host) policyInitCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "init [REV...]",
		Short: "Write a first policy from who has signed",
		Long: `Write a first policy from the signers and committers of the commits that REV
reach, by default of all commits and tags. Only signatures whose evidence is good
are counted; the counts stand in comments. An address that somebody signs with is
nobody else's committer, whoever wrote it there. Who has signed is not who may: the
policy is for a person to prune before it is used.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			return h.initPolicy(cmd.Context(), givenSettings(cmd), revs, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the `FILE`, which must not be there yet, instead of stdout")
	for _, s := range settings {
		if s.Name == settingTrustedRoot {
			addSetting(cmd, s)
		}
	}
	return cmd
}

func (h *host) initPolicy(ctx context.Context, flags map[string][]string, revs []string, file string) error {
	for _, rev := range revs {
		if strings.HasPrefix(rev, "^") {
			return &failure{code: exitUsage, err: fmt.Errorf("%q: revisions cannot be taken away here", rev)}
		}
	}
	repo, err := git.Open(ctx, h.gitOptions())
	if err != nil {
		return err
	}
	defer repo.Close()
	vals, config, err := h.readSettings(ctx, repo, flags, judging)
	if err != nil {
		return err
	}
	delete(vals, settingPolicy)
	delete(vals, settingPolicyRef)
	judge, err := h.newJudge(ctx, vals, config, repo, nil)
	if err != nil {
		return err
	}
	ids, err := repo.ListCommits(ctx, revs...)
	if err != nil {
		return err
	}
	if len(revs) == 0 {
		tags, err := repo.ListTags(ctx)
		if err != nil {
			return err
		}
		ids = append(ids, tags...)
	}
	c := newCensus()
	for _, id := range ids {
		c.count(judgeRevision(ctx, repo, judge, id))
	}
	text, err := c.policy()
	if err != nil {
		return err
	}
	if file == "" {
		out := newOutput(h.stdout)
		out.printf("%s", text)
		return out.close()
	}
	return h.writeNew(h.abs(file), text)
}

// writeNew writes a file that is not there yet.
func (h *host) writeNew(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fail(exitNotGood, "%w", err).withHint("a policy that somebody has pruned is not overwritten; name another file")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	h.say("%s: prune it, then read what is left with git seal policy check", printable(path))
	return nil
}

// census counts who has signed what.
type census struct {
	signers map[verifier.CertificateIdentity]*signerCount
	others  map[verifier.Verdict]int // objects of which no signer can be told
}

type signerCount struct {
	id            verifier.CertificateIdentity
	commits, tags int
	committers    map[string]int // by address in lower case, beside the signer's own
	first, last   time.Time
}

func newCensus() *census {
	return &census{signers: make(map[verifier.CertificateIdentity]*signerCount), others: make(map[verifier.Verdict]int)}
}

// count takes in an object that was judged without a policy: what has good
// evidence is untrusted then.
func (c *census) count(j *judgement) {
	if j.Verdict != verifier.Untrusted {
		c.others[j.Verdict]++
		return
	}
	key := j.Identity
	if key.Kind == verifier.Email {
		key.SubjectAlternativeName = verifier.FoldAddress(key.SubjectAlternativeName)
	}
	s := c.signers[key]
	if s == nil {
		s = &signerCount{id: j.Identity, committers: make(map[string]int), first: j.SignedAt, last: j.SignedAt}
		c.signers[key] = s
	}
	if j.object.Type == git.Tag {
		s.tags++
	} else {
		s.commits++
	}
	if j.committer() != "" {
		s.committers[verifier.FoldAddress(j.object.Committer().Email)]++
	}
	if j.SignedAt.Before(s.first) {
		s.first = j.SignedAt
	}
	if j.SignedAt.After(s.last) {
		s.last = j.SignedAt
	}
}

// policy is the text of a policy for all who have signed, those with most
// signatures first.
func (c *census) policy() ([]byte, error) {
	signers := slices.SortedFunc(maps.Values(c.signers), func(a, b *signerCount) int {
		return cmp.Or(cmp.Compare(b.commits+b.tags, a.commits+a.tags), cmp.Compare(a.id.SubjectAlternativeName, b.id.SubjectAlternativeName), cmp.Compare(a.id.Issuer, b.id.Issuer))
	})
	var b strings.Builder
	b.WriteString("# Who has signed in this history, by git seal policy init. Who has signed is not who\n# may: strike out whom you do not know.\n")
	for _, v := range slices.Sorted(maps.Keys(c.others)) {
		fmt.Fprintf(&b, "# Not counted: %d %s.\n", c.others[v], v)
	}
	b.WriteString("version: 1\nidentities:\n")
	written := 0
	names := make(map[string]bool)
	own := make(map[string]bool) // addresses that somebody signs with
	for _, s := range signers {
		own[verifier.FoldAddress(s.id.SubjectAlternativeName)] = true
	}
	for _, s := range signers {
		item, err := s.item(names, own)
		fmt.Fprintf(&b, "  # %s\n", s.words())
		if err != nil {
			fmt.Fprintf(&b, "  # %s (%s) cannot be written here: %s\n", printable(s.id.SubjectAlternativeName), printable(s.id.Issuer), printable(err.Error()))
			continue
		}
		b.WriteString(item)
		written++
	}
	if written == 0 {
		return nil, fail(exitNotGood, "no signature with good evidence to write a policy from").
			withHint("git seal verify REV says what is missing; seal.trustedRoot names the instance")
	}
	if _, err := verifier.ParsePolicy("policy", []byte(b.String())); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// words are the counts of a signer.
func (s *signerCount) words() string {
	text := fmt.Sprintf("%s, signed from %s to %s", objectsInWords(audit.Objects{Commits: s.commits, Tags: s.tags}), stamp(s.first), stamp(s.last))
	for _, address := range slices.Sorted(maps.Keys(s.committers)) {
		text += fmt.Sprintf("; %d committed by %s", s.committers[address], printable(address))
	}
	return text
}

// item is the identity as it stands in a policy, without addresses that are
// another signer's own: whoever wrote those into a commit is not given them. What
// cannot stand there, such as a name with a star in it, is an error.
func (s *signerCount) item(names, own map[string]bool) (string, error) {
	id := verifier.PolicyIdentity{Name: s.id.SubjectAlternativeName, Subject: s.id.SubjectAlternativeName, Issuer: s.id.Issuer}
	if names[id.Name] {
		id.Name += " at " + id.Issuer
	}
	for _, address := range slices.Sorted(maps.Keys(s.committers)) {
		if own[address] {
			continue
		}
		with := id
		with.Committers = append(slices.Clone(id.Committers), address)
		if _, err := verifier.PolicyText(with); err == nil {
			id = with
		}
	}
	text, err := verifier.PolicyText(id)
	if err != nil {
		return "", err
	}
	names[id.Name] = true
	_, item, _ := strings.Cut(string(text), "identities:\n")
	return item, nil
}
