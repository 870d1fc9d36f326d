package policies

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

	"github.com/git-seal/git-seal/cmd/git-seal/internal/auditing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/cms/fulcio"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/audit/gitsource"
	"github.com/git-seal/git-seal/verifier/audit/report"
	"github.com/git-seal/git-seal/verifier/policy"
	"github.com/git-seal/git-seal/verifier/wholefile"
)

// InitPolicy writes a policy with a rule for each signer of the commits that revs
// reach, to file or, if it is empty, to standard output.
func InitPolicy(ctx context.Context, h *host.Host, flags map[string][]string, revs []string, file string) error {
	for _, rev := range revs {
		if strings.HasPrefix(rev, "^") {
			return &host.Failure{Code: host.ExitUsage, Err: fmt.Errorf("%q: revisions cannot be excluded here", rev)}
		}
	}
	repo, err := git.Open(ctx, settings.GitOptions(h))
	if err != nil {
		return err
	}
	defer repo.Close()
	vals, config, err := settings.Read(ctx, h, repo, flags, settings.Judging)
	if err != nil {
		return err
	}
	inForce, err := policyInForce(ctx, h, vals, config, repo)
	if err != nil {
		return err
	}
	delete(vals, settings.Policy)
	delete(vals, settings.PolicyRef)
	judge, err := judging.New(ctx, h, vals, config, repo, nil)
	if err != nil {
		return err
	}
	selection := gitsource.Selection{Ranges: revs}
	if len(revs) == 0 {
		selection = gitsource.Selection{All: true}
	}
	source, err := gitsource.Open(ctx, repo, selection)
	if err != nil {
		return err
	}
	ctx, stop := auditing.ForAudit(ctx)
	defer stop()
	c := newCensus(inForce)
	progress := auditing.StartProgress(h, func() (int, error) { return source.Count(ctx, audit.Walk{}, nil) })
	_, err = audit.Run(ctx, source, audit.Options{Verifier: judge.Verifier, Each: func(r *audit.Result) error {
		progress.Done()
		c.count(r)
		return nil
	}})
	progress.End()
	if err != nil {
		return why.From(err, host.ExitUnknown)
	}
	text, err := c.policy()
	if err != nil {
		return err
	}
	if file == "" {
		out := host.NewOutput(h.Stdout)
		out.Printf("%s", text)
		return out.Close()
	}
	return writeNew(h, config, file, text)
}

// policyInForce returns the policy that the settings name, with its key files.
// The addresses in it already have owners. It returns nil if there is no policy yet.
func policyInForce(ctx context.Context, h *host.Host, vals settings.Values, config *git.Config, repo *git.Repository) (*policy.Policy, error) {
	var j judging.Judge
	err := j.ReadPolicy(ctx, vals, config, repo, settings.WorkTrees(h, config), nil)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			h.Warn("cannot compare addresses with the policy in force: %v", err)
		}
		return nil, nil
	}
	if j.Policy == nil {
		return nil, nil
	}
	if err := j.ReadKeys(); err != nil {
		return nil, err
	}
	return j.Policy, judging.CheckKeys(h, j.Policy)
}

// writeNew writes a file that does not exist yet.
func writeNew(h *host.Host, config *git.Config, file string, text []byte) error {
	path, err := settings.Destination(h, config, file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	err = wholefile.WriteNew(path, text, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return host.Fail(host.ExitNotGood, "%w", err).WithHint("name another file: an existing policy is not overwritten")
	}
	if err != nil {
		return err
	}
	h.Say("wrote %s: remove the signers that you do not know, then run: git seal policy check", host.Printable(path))
	return nil
}

// census counts the signatures of each signer.
type census struct {
	signers map[fulcio.CertificateIdentity]*signerCount
	others  map[verifier.Verdict]int // objects without a verified signer
	inForce *policy.Policy           // its addresses are not given to other signers; nil for none
}

type signerCount struct {
	id            fulcio.CertificateIdentity
	commits, tags int
	committers    map[string]int // by address in lower case, without the signer's own
	first, last   time.Time
}

func newCensus(inForce *policy.Policy) *census {
	return &census{inForce: inForce, signers: make(map[fulcio.CertificateIdentity]*signerCount), others: make(map[verifier.Verdict]int)}
}

// count adds an object that was verified without a policy: if its evidence is good, its
// verdict is untrusted.
func (c *census) count(j *audit.Result) {
	if j.Verdict != verifier.Untrusted {
		c.others[j.Verdict]++
		return
	}
	key := j.Identity
	if key.Kind == fulcio.Email {
		key.SubjectAlternativeName = policy.FoldAddress(key.SubjectAlternativeName)
	}
	s := c.signers[key]
	if s == nil {
		s = &signerCount{id: j.Identity, committers: make(map[string]int), first: j.SignedAt, last: j.SignedAt}
		c.signers[key] = s
	}
	if j.Signed.Type == policy.Tag {
		s.tags++
	} else {
		s.commits++
	}
	if by := policy.FoldAddress(j.Signed.Committer); j.Identity.Kind == fulcio.Email && by != "" && by != policy.FoldAddress(j.Identity.SubjectAlternativeName) {
		s.committers[by]++
	}
	if j.SignedAt.Before(s.first) {
		s.first = j.SignedAt
	}
	if j.SignedAt.After(s.last) {
		s.last = j.SignedAt
	}
}

// policy returns the text of a policy with all signers, those with the most
// signatures first.
func (c *census) policy() ([]byte, error) {
	signers := slices.SortedFunc(maps.Values(c.signers), func(a, b *signerCount) int {
		return cmp.Or(cmp.Compare(b.commits+b.tags, a.commits+a.tags), cmp.Compare(a.id.SubjectAlternativeName, b.id.SubjectAlternativeName), cmp.Compare(a.id.Issuer, b.id.Issuer))
	})
	var b strings.Builder
	b.WriteString("# The signers in this history, by git seal policy init. Not everyone who has signed\n# may sign: remove the signers that you do not know.\n")
	for _, v := range slices.Sorted(maps.Keys(c.others)) {
		fmt.Fprintf(&b, "# Not counted: %d %s.\n", c.others[v], v)
	}
	b.WriteString("version: 1\nidentities:\n")
	written := 0
	names := make(map[string]bool)
	own := make(map[string]bool) // addresses that a signer signs with
	for _, s := range signers {
		own[policy.FoldAddress(s.id.SubjectAlternativeName)] = true
	}
	for _, s := range signers {
		item, err := s.item(names, func(address string) bool {
			return own[address] || c.inForce != nil && c.inForce.Holder(address, s.id) != ""
		})
		fmt.Fprintf(&b, "  # %s\n", s.words())
		if err != nil {
			fmt.Fprintf(&b, "  # no rule for %s (%s): %s\n", host.Printable(s.id.SubjectAlternativeName), host.Printable(s.id.Issuer), host.Printable(err.Error()))
			continue
		}
		b.WriteString(item)
		written++
	}
	if written == 0 {
		return nil, host.Fail(host.ExitNotGood, "no valid signature to write a policy from").
			WithHint("to see what is missing, run: git seal verify REV; for your own instance, set seal.trustedRoot")
	}
	if _, err := policy.Parse("policy", []byte(b.String())); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// words returns the counts of a signer.
func (s *signerCount) words() string {
	text := fmt.Sprintf("%s, signed from %s to %s", report.ObjectsInWords(audit.Objects{Commits: s.commits, Tags: s.tags}), host.Stamp(s.first), host.Stamp(s.last))
	for _, address := range slices.Sorted(maps.Keys(s.committers)) {
		text += fmt.Sprintf("; %d committed by %s", s.committers[address], host.Printable(address))
	}
	return text
}

// item returns the signer's rule for a policy. It leaves out committers' addresses
// that belong to another signer or to the policy in force: writing an address into
// a commit must not be enough to get it. An identity that a policy cannot contain,
// such as one with a star, is an error.
func (s *signerCount) item(names map[string]bool, taken func(address string) bool) (string, error) {
	id := policy.Identity{Name: s.id.SubjectAlternativeName, Subject: s.id.SubjectAlternativeName, Issuer: s.id.Issuer}
	if names[id.Name] {
		id.Name += " at " + id.Issuer
	}
	for _, address := range slices.Sorted(maps.Keys(s.committers)) {
		if taken(address) {
			continue
		}
		with := id
		with.Committers = append(slices.Clone(id.Committers), address)
		if _, err := policy.Text(with); err == nil {
			id = with
		}
	}
	text, err := policy.Text(id)
	if err != nil {
		return "", err
	}
	names[id.Name] = true
	_, item, _ := strings.Cut(string(text), "identities:\n")
	return item, nil
}
