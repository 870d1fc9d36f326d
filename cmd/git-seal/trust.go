package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
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
	config, err := repo.ReadConfig(ctx)
	if err != nil {
		return nil, nil, err
	}
	vals, err := h.loadSettings(config, flags, trusting)
	if err != nil {
		return nil, nil, asFailure(err, exitNotGood)
	}
	return vals, h.workTrees(config), nil
}

// tufInstance is the instance that TUF keeps up to date; there is none where
// a trusted root's file is named.
func (h *host) tufInstance(vals values, trees []string) (*instance, error) {
	if v, ok := vals.one(settingTrustedRoot); ok {
		return nil, fail(exitNotGood, "the trusted root is a file: %s (%s)", v.Text, v.Source).
			withHint("TUF keeps none up to date that is named with seal.trustedRoot; --tuf-mirror names a repository for this command")
	}
	if v, ok := vals.one(settingTUFRoot); ok {
		if err := checkTUFRoot(v, trees); err != nil {
			return nil, asFailure(err, exitNotGood).withCode(exitNotGood)
		}
	}
	return h.loadInstance(vals, trees)
}

// failure says what an update of the instance failed of, and what to do.
func (i *instance) failure(err error) *failure {
	f := asFailure(err, exitNotGood)
	f = &failure{code: f.code, err: f.err, hint: f.hint}
	var update *tuf.Error
	if !errors.As(err, &update) {
		return f
	}
	f.err = fmt.Errorf("trusted root: %w", err)
	switch update.Kind {
	case tuf.Unreachable:
		f.hint = "is it up, and is its address right (seal.tufMirror)? without a network: git seal trust import FILE"
	case tuf.Expired:
		f.hint = "the mirror is out of date, or this machine's clock is wrong; try again later"
	case tuf.RolledBack:
		f.hint = "the mirror serves an older state than it did; try again later, and ask its operators"
	case tuf.WronglySigned:
		f.hint = "does seal.tufMirror serve the instance whose root seal.tufRoot names?"
	case tuf.Local:
		f.hint = "git-seal keeps it under XDG_DATA_HOME (~/.local/share)"
	default:
		f.hint = "the mirror is broken, or somebody is in between; try again later"
	}
	return f
}
