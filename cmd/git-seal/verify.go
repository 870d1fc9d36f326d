package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier"
)

func (h *host) verifyCommand() *cobra.Command {
	format, fromStdin := formatText, false
	var flags identityFlags
	cmd := &cobra.Command{
		Use:   "verify [REV...]",
		Short: "Judge the signatures of commits and tags",
		Long: `Judge the signatures of commits and tags, HEAD by default. No network is used.
The report begins with the policy and the trusted roots, where they came from
and their digests. A tag served under a ref of another name is bad.

--stdin is for scripts: it takes no default. Where no REV comes, because what
should have listed them failed or found none, that is an error, exit code 3.

--certificate-identity and --certificate-oidc-issuer, together, stand in for the
policy: they allow one identity, compared whole, whoever the committer is. The
regular expressions (RE2) that may stand in for either match whole names too.

Exit codes: 0 all good; 1 something is not; 2 wrong usage; 3 could not tell.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              revisions,
		RunE: func(cmd *cobra.Command, revs []string) error {
			identity, err := flags.identity(cmd)
			if err != nil {
				return err
			}
			switch {
			case fromStdin && len(revs) > 0:
				return usageFailure(cmd, errors.New("--stdin and REV"))
			case fromStdin:
				if revs, err = readRevisions(h.stdin); err != nil {
					return fail(exitUnknown, "revisions on stdin: %w", err).withHint("see whether the command that lists them failed; nothing was judged")
				}
			case len(revs) == 0:
				revs = []string{"HEAD"}
			}
			var r report = &textReport{out: newOutput(h.stdout)}
			if format == formatJSON {
				r = &jsonReport{out: newOutput(h.stdout)}
			}
			return h.verify(cmd.Context(), givenSettings(cmd), identity, revs, r)
		},
	}
	addFormat(cmd, &format)
	cmd.Flags().BoolVar(&fromStdin, "stdin", false, "read each REV from a line of standard input, at least one")
	flags.add(cmd)
	addSettings(cmd, judging)
	return cmd
}

// maxRevisions bounds a list of revisions: the full ids of a million commits
// take 41 MB, and SHA-256's 65 MB.
const maxRevisions = 128 << 20

// readRevisions reads one revision a line. The list is read whole before
// anything is judged; an empty list, or an empty line, is an error, since it
// stands for a revision that whoever wrote the list did not find.
func readRevisions(r io.Reader) ([]string, error) {
	text, err := readMax(r, maxRevisions)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("there are none")
	}
	revs := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, rev := range revs {
		if rev == "" {
			return nil, fmt.Errorf("line %d is empty", i+1)
		}
	}
	return revs, nil
}

// verify judges each revision, reports it and returns a failure with the exit
// code of them all.
func (h *host) verify(ctx context.Context, flags map[string][]string, identity *verifier.PolicyIdentity, revs []string, r report) error {
	repo, judge, err := h.openJudge(ctx, flags, identity)
	if err != nil {
		return asFailure(err, exitUnknown)
	}
	defer repo.Close()
	r.begin(judge)
	code := exitGood
	for _, rev := range revs {
		j := judgeRevision(ctx, repo, judge, rev)
		r.object(j)
		code = worse(code, exitCode(j.Verdict))
	}
	if err := r.end(code); err != nil {
		return fail(exitUnknown, "%w", err)
	}
	return &failure{code: code}
}

// openJudge opens the repository and loads what the settings name.
func (h *host) openJudge(ctx context.Context, flags map[string][]string, identity *verifier.PolicyIdentity) (*git.Repository, *judge, error) {
	repo, err := git.Open(ctx, h.gitOptions())
	if err != nil {
		return nil, nil, err
	}
	vals, config, err := h.readSettings(ctx, repo, flags, judging)
	if err != nil {
		return nil, nil, err
	}
	judge, err := h.newJudge(ctx, vals, config, repo, identity)
	if err == nil {
		err = judge.readKeys()
	}
	return repo, judge, err
}

// judgeRevision reads one object and judges it. What cannot be read is unknown.
func judgeRevision(ctx context.Context, repo *git.Repository, judge *judge, rev string) *judgement {
	j := &judgement{rev: rev, policy: judge.policy}
	ref, o, err := repo.ReadObject(ctx, rev)
	if err != nil {
		j.Result = unreadable(err)
		switch unknown := errors.Is(err, git.ErrNoRevision); {
		case unknown && rev == "HEAD":
			j.Result.Hint = "there is no commit on this branch yet"
		case unknown && strings.Contains(rev, ".."):
			j.Result.Hint = "a range is no single object: git rev-list A..B | git seal verify --stdin judges all of it"
		}
		return j
	}
	j.object = o
	j.Result = judge.verify(storedObject(ctx, repo, o), o.Payload(), o.Signature())
	if o.Type == git.Tag {
		if why := misnamed(ref, o.TagName()); why != "" && j.Verdict != verifier.Bad {
			j.Result = misnamedResult(j.Result, why)
		}
	}
	return j
}

// unreadable is the result for an object that could not be read: unknown, but
// bad where readers would understand it differently.
func unreadable(err error) *verifier.Result {
	r := &verifier.Result{Reason: err.Error(), Hint: hintFor(err)}
	if ambiguous := (*git.AmbiguousError)(nil); errors.As(err, &ambiguous) {
		r.Verdict = verifier.Bad
	}
	return r
}

// misnamed says when a tag is served under a ref of another name: a signed v1.0
// offered as v2.0 is good by every check but this.
func misnamed(ref, name string) string {
	if !strings.HasPrefix(ref, "refs/") || git.BelongsUnder(ref, name) {
		return ""
	}
	return fmt.Sprintf("the tag says that its name is %q, and is served as %q", name, ref)
}

// misnamedResult is the result for a tag that is served under another name.
func misnamedResult(r *verifier.Result, why string) *verifier.Result {
	return misplacedResult(r, why, "fetch the tag anew from where it was made, or ask who moved it")
}

// misplacedResult is the result for a tag that is not where it belongs, whatever
// else is true of it.
func misplacedResult(r *verifier.Result, why, hint string) *verifier.Result {
	bad := *r
	bad.Verdict, bad.Rule = verifier.Bad, ""
	bad.Reason, bad.Hint = why, hint
	return &bad
}
