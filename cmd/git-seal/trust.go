package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/signer"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

func (h *host) trustCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Say whose certificates and logs are trusted, and keep that up to date",
		Args:  knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageFailure(cmd, errors.New("no command"))
		},
	}
	cmd.AddCommand(h.trustExportCommand(), h.trustImportCommand(), h.trustShowCommand(), h.trustUpdateCommand())
	return cmd
}

// trustSettings are the settings of the trust commands, and the work trees that
// no file of theirs may lie in.
func (h *host) trustSettings(ctx context.Context, flags map[string][]string) (values, []string, error) {
	repo := git.New(h.gitOptions())
	defer repo.Close()
	vals, config, err := h.readSettings(ctx, repo, flags, trusting)
	if err != nil {
		return nil, nil, err
	}
	return vals, h.workTrees(config), nil
}

// tufInstance is the instance that TUF keeps up to date, and the settings that
// name it; there is none where a trusted root's file is named.
func (h *host) tufInstance(cmd *cobra.Command) (*instance, values, error) {
	vals, trees, err := h.trustSettings(cmd.Context(), givenSettings(cmd))
	if err != nil {
		return nil, nil, err
	}
	if v, ok := vals.one(settingTrustedRoot); ok {
		return nil, nil, fail(exitNotGood, "the trusted root is a file: %s (%s)", v.Text, v.Source).
			withHint("TUF keeps none up to date that is named with seal.trustedRoot; --tuf-mirror names a repository for this command")
	}
	if v, ok := vals.one(settingTUFRoot); ok {
		if err := checkTUFRoot(v, trees); err != nil {
			return nil, nil, asFailure(err, exitNotGood).withCode(exitNotGood)
		}
	}
	i, err := h.loadInstance(vals, trees)
	return i, vals, err
}

// updateHints say what to do about a mirror that failed.
var updateHints = map[tuf.Kind]string{
	tuf.Malformed:     "the mirror is broken, or somebody is in between; try again later",
	tuf.Unreachable:   "is it up, and is its address right (seal.tufMirror)? without a network: git seal trust import FILE",
	tuf.Expired:       "the mirror is out of date or another instance's (seal.tufRoot), or this machine's clock is wrong; try again later",
	tuf.RolledBack:    "the mirror serves an older state than it did; try again later, and ask its operators",
	tuf.WronglySigned: "does seal.tufMirror serve the instance whose root seal.tufRoot names?",
	tuf.TooLong:       "the mirror is broken, or somebody is in between; try again later",
	tuf.Unusable:      "it is signed, but this git-seal cannot use it: is there a newer one? else ask the instance's operators",
	tuf.Local:         "git-seal keeps it below XDG_DATA_HOME (~/.local/share), where it needs room and leave to write",
}

// importHints say what to do about a file that failed.
var importHints = map[tuf.Kind]string{
	tuf.Malformed:     "the file is damaged, or somebody changed it; export it anew, where there is a network",
	tuf.Expired:       "export it anew, where there is a network; or is this machine's clock wrong?",
	tuf.RolledBack:    "this machine knows a newer state than the file's; export it anew, where there is a network",
	tuf.WronglySigned: "is it of the instance whose root seal.tufRoot names, and exported by who knows that root or an older one?",
	tuf.TooLong:       "the file is damaged, or somebody changed it; export it anew, where there is a network",
	tuf.Unusable:      updateHints[tuf.Unusable],
	tuf.Local:         updateHints[tuf.Local],
}

// updateFailure says what an update failed of, and what to do.
func updateFailure(err error, hints map[tuf.Kind]string) *failure {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	f := fail(exitNotGood, "trusted root: %w", err)
	var (
		update *tuf.Error
		file   *fs.PathError
	)
	switch {
	case errors.As(err, &update) && update.Kind == tuf.Unreachable:
		f.hint = cmp.Or(connectionHint(err), hints[update.Kind])
	case errors.As(err, &update):
		f.hint = hints[update.Kind]
	case errors.As(err, &file):
		f.hint = hints[tuf.Local]
	}
	return f
}

// connectionHint says what to try where the connection itself failed, whoever
// is at its other end; "" where it did not.
func connectionHint(err error) string {
	e := &signer.ServiceError{Err: err}
	if atProxy(err) || serviceReason(e) == whyServiceUntrusted {
		return serviceHint(e)
	}
	return ""
}
