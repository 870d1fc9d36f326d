package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
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
would have written it. --undo puts back what was there before.

Where these settings sign with the public instance, init says which address that
writes into public logs for ever, asks on the terminal whether you agree, and
keeps the answer in seal.publishIdentity.`,
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
			if err := errors.Join(err, out.close()); err != nil || undo {
				return err
			}
			err = h.checkWhereToSign(cmd.Context(), repo, e)
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
	program, err := h.programPath()
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
	if err := h.checkFiles(vals); err != nil {
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
	return changes, nil
}

// checkFiles reads what the settings name as signing and verifying will, which
// find them in the configuration and no longer on the command line.
func (h *host) checkFiles(vals values) error {
	trees := h.workTrees(new(git.Config))
	configured := make(values)
	for _, name := range []string{settingTrustedRoot, settingTUFRoot, settingPolicy} {
		for _, v := range vals[name] {
			v.Flag = false
			configured[name] = append(configured[name], v)
		}
	}
	if len(configured[settingTrustedRoot]) > 0 {
		if _, err := h.trustedRoots(configured, trees); err != nil {
			return err
		}
	}
	if v, ok := configured.one(settingTUFRoot); ok {
		if err := checkTUFRoot(v, trees); err != nil {
			return err
		}
	}
	if v, ok := configured.one(settingPolicy); ok {
		if _, err := loadPolicy(v, trees); err != nil && !errors.Is(err, fs.ErrNotExist) {
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

// checkWhereToSign warns of a configuration that verifies and cannot sign, and
// tells what one that can will make public.
func (h *host) checkWhereToSign(ctx context.Context, repo *git.Repository, e *configEditor) error {
	vals, config, err := h.readSettings(ctx, repo, nil, signing)
	if err != nil {
		return err
	}
	services, err := h.services(vals, h.workTrees(config))
	if errors.Is(err, errNeverVerified) { // the first signature fetches what it needs, and asks
		return nil
	}
	if err != nil {
		f := asFailure(err, exitNotGood)
		h.warn("this verifies, but cannot sign: %v", f)
		if f.hint != "" {
			h.say("hint: %s", f.hint)
		}
		return nil
	}
	return h.agreeAtInit(ctx, e, config, vals, services)
}

// programPath is the absolute name of this program for gpg.x509.program: the
// one that PATH gives if that is this program, so that an upgrade behind a
// symbolic link is followed, else the file itself.
func (h *host) programPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	itself, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	path, _ := h.getenv("PATH")
	for _, dir := range filepath.SplitList(path) {
		found := filepath.Join(h.abs(dir), filepath.Base(self))
		if info, err := os.Stat(found); err == nil && os.SameFile(info, itself) {
			return found, nil
		}
	}
	return self, nil
}
