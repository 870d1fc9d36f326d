package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
)

func (h *host) initCommand() *cobra.Command {
	var global, signAll, undo bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make git sign and verify with git-seal",
		Long: `Write what git needs to sign and verify with git-seal: gpg.format, gpg.x509.program
and the settings given as flags, to this repository's configuration or, with
--global, to your own. Each line written is printed as the git command that
would have written it. --undo puts back what was there before.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if undo && (signAll || len(givenSettings(cmd)) > 0) {
				return usageFailure(cmd, errors.New("--undo goes with --global alone"))
			}
			var changes []change
			if !undo {
				var err error
				if changes, err = h.initChanges(cmd, signAll); err != nil {
					return err
				}
			}
			scope, repo, err := h.configScope(cmd, global)
			if err != nil {
				return err
			}
			out := newOutput(h.stdout)
			e := &configEditor{repo: repo, scope: scope, out: out, note: h.say}
			if undo {
				err = e.undo(cmd.Context())
			} else {
				err = e.apply(cmd.Context(), changes)
			}
			return errors.Join(err, out.close())
		},
	}
	cmd.Flags().BoolVar(&global, "global", false, "write your own configuration instead of this repository's")
	cmd.Flags().BoolVar(&signAll, "sign-all", false, "sign every commit and tag (commit.gpgSign, tag.gpgSign)")
	cmd.Flags().BoolVar(&undo, "undo", false, "put back what was there before")
	addSettings(cmd, signing|judging)
	return cmd
}

// configScope is the configuration that init edits.
func (h *host) configScope(cmd *cobra.Command, global bool) (git.ConfigScope, *git.Repository, error) {
	if global {
		return git.Global, git.New(h.gitOptions()), nil
	}
	repo, err := git.Open(cmd.Context(), h.gitOptions())
	if errors.Is(err, git.ErrNoRepository) {
		return "", nil, fail(exitNotGood, "%w", err).withHint("run it in a repository, or with --global for all of them")
	}
	return git.Local, repo, err
}

// initChanges is what init was asked to write, checked: a file that git-seal
// could not read later is an error before anything is written.
func (h *host) initChanges(cmd *cobra.Command, signAll bool) ([]change, error) {
	program, err := programPath()
	if err != nil {
		return nil, fail(exitNotGood, "where this program is: %w", err)
	}
	changes := []change{{"gpg.format", []string{"x509"}}, {"gpg.x509.program", []string{program}}}
	unset := func(string) (string, bool) { return "", false }
	given := sources{flags: givenSettings(cmd), env: unset, config: new(git.Config), dir: h.dir}
	vals, _, err := given.load(signing | judging)
	if err != nil {
		return nil, err
	}
	if err := checkFiles(vals); err != nil {
		return nil, err
	}
	for _, s := range settings {
		var texts []string
		for _, v := range vals[s.Name] {
			texts = append(texts, v.Text)
		}
		if len(texts) > 0 {
			changes = append(changes, change{s.Name, texts})
		}
	}
	if signAll {
		changes = append(changes, change{"commit.gpgSign", []string{"true"}}, change{"tag.gpgSign", []string{"true"}})
	}
	if len(vals[settingTrustedRoot]) > 0 && len(vals[settingSigningConfig]) == 0 {
		h.warn("seal.trustedRoot without seal.signingConfig verifies, but cannot sign: git-seal does not guess where to ask for certificates")
	}
	return changes, nil
}

// checkFiles reads what the settings name as signing and verifying will.
func checkFiles(vals values) error {
	if _, err := trustedRoots(vals, nil); err != nil {
		return err
	}
	if v, ok := vals.one(settingPolicy); ok {
		if _, err := loadPolicy(v, nil); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if v, ok := vals.one(settingSigningConfig); ok {
		if _, err := loadSigningConfig(v); err != nil {
			return err
		}
	}
	return nil
}

// programPath is the absolute name of this program for gpg.x509.program: the
// one that PATH gives if that is this program, so that an upgrade behind a
// symbolic link is followed, else the file itself.
func programPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	found, err := exec.LookPath("git-seal")
	if err != nil {
		return self, nil
	}
	found, err = filepath.Abs(found)
	if err != nil {
		return "", err
	}
	a, errA := os.Stat(self)
	b, errB := os.Stat(found)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return found, nil
	}
	return self, nil
}
