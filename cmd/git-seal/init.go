package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/instance"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/signing"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/why"
	"github.com/git-seal/git-seal/git"
)

func initCommand(h *host.Host) *cobra.Command {
	var global, signAll, undo bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set up git to sign and verify with git-seal",
		Long: `Write what git needs to sign and verify with git-seal: gpg.format,
gpg.x509.program and the settings given as flags. They go to this repository's
configuration or, with --global, to your own. Each change is printed as the git
command that makes it. --undo restores what was there before.

If you will sign with the public Sigstore instance, init shows which address
will be published in public logs permanently, prompts on the terminal, and
keeps the answer in seal.publishIdentity.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if undo && (signAll || len(settings.GivenFlags(cmd)) > 0) {
				return usageFailure(cmd, errors.New("--undo can only be used with --global"))
			}
			var changes []settings.Change
			if !undo {
				var err error
				if changes, err = initChanges(h, cmd, signAll); err != nil {
					return err
				}
			}
			scope, repo, err := configScope(h, cmd, global)
			if err != nil {
				return err
			}
			out := host.NewOutput(h.Stdout)
			e := &settings.ConfigEditor{Repo: repo, Scope: scope, Out: out, Note: h.Say}
			err = host.Uninterrupted(func() error {
				if undo {
					return e.Undo(cmd.Context())
				}
				return e.Apply(cmd.Context(), changes)
			})
			if err := errors.Join(err, out.Close()); err != nil || undo {
				return err
			}
			err = checkWhereToSign(cmd.Context(), h, repo, e)
			return errors.Join(err, out.Close())
		},
	}
	cmd.Flags().BoolVar(&global, "global", false, "write your own configuration instead of this repository's")
	cmd.Flags().BoolVar(&signAll, "sign-all", false, "sign every commit and tag (commit.gpgSign, tag.gpgSign)")
	cmd.Flags().BoolVar(&undo, "undo", false, "restore what was there before")
	settings.AddFlags(cmd, settings.Signing|settings.Judging)
	return cmd
}

// configScope returns the configuration that init edits.
func configScope(h *host.Host, cmd *cobra.Command, global bool) (git.ConfigScope, *git.Repository, error) {
	if global {
		return git.Global, git.New(settings.GitOptions(h)), nil
	}
	repo, err := git.Open(cmd.Context(), settings.GitOptions(h))
	if errors.Is(err, git.ErrNoRepository) {
		return "", nil, host.Fail(host.ExitNotGood, "%w", err).WithHint("run it in a repository, or with --global for all repositories")
	}
	return git.Local, repo, err
}

// initChanges returns what init will write, checked: a file that git-seal could not
// read later is an error before anything is written.
func initChanges(h *host.Host, cmd *cobra.Command, signAll bool) ([]settings.Change, error) {
	program, err := h.ProgramPath()
	if err != nil {
		return nil, host.Fail(host.ExitNotGood, "cannot find the path of this program: %w", err)
	}
	changes := []settings.Change{{Key: "gpg.x509.program", Values: []string{program}}}
	unset := func(string) (string, bool) { return "", false }
	given := settings.Sources{Flags: settings.GivenFlags(cmd), Env: unset, Config: new(git.Config), Dir: h.Dir}
	vals, _, err := given.Load(settings.Signing | settings.Judging)
	if err != nil {
		return nil, err
	}
	if err := checkFiles(h, vals); err != nil {
		return nil, err
	}
	for _, s := range settings.Table {
		var texts []string
		for _, v := range vals[s.Name] {
			texts = append(texts, v.Text)
		}
		if len(texts) > 0 {
			changes = append(changes, settings.Change{Key: s.Name, Values: texts})
		}
	}
	// Git takes the program into use by gpg.format: an init that was killed before
	// has changed nothing that git does.
	changes = append(changes, settings.Change{Key: "gpg.format", Values: []string{"x509"}})
	if signAll {
		changes = append(changes, settings.Change{Key: "commit.gpgSign", Values: []string{"true"}}, settings.Change{Key: "tag.gpgSign", Values: []string{"true"}})
	}
	return changes, nil
}

// checkFiles reads the files that the settings name as signing and verifying will:
// named in the configuration and not on the command line.
func checkFiles(h *host.Host, vals settings.Values) error {
	trees := settings.WorkTrees(h, new(git.Config))
	configured := make(settings.Values)
	for _, name := range []string{settings.TrustedRoot, settings.TUFRoot, settings.Policy} {
		for _, v := range vals[name] {
			v.Flag = false
			configured[name] = append(configured[name], v)
		}
	}
	if len(configured[settings.TrustedRoot]) > 0 {
		if _, err := instance.TrustedRoots(h, configured, trees); err != nil {
			return err
		}
	}
	if v, ok := configured.One(settings.TUFRoot); ok {
		if err := instance.CheckTUFRoot(v, trees); err != nil {
			return err
		}
	}
	if v, ok := configured.One(settings.Policy); ok {
		if _, err := judging.LoadPolicy(v, trees); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if v, ok := vals.One(settings.SigningConfig); ok {
		if _, err := instance.LoadSigningConfig(v); err != nil {
			return err
		}
	}
	return nil
}

// checkWhereToSign warns of a configuration that can verify and not sign. If it can
// sign, checkWhereToSign shows what that will publish.
func checkWhereToSign(ctx context.Context, h *host.Host, repo *git.Repository, e *settings.ConfigEditor) error {
	vals, config, err := settings.Read(ctx, h, repo, nil, settings.Signing)
	if err != nil {
		return err
	}
	services, err := instance.Services(h, vals, settings.WorkTrees(h, config))
	if errors.Is(err, instance.ErrNeverVerified) { // the first signature fetches what it needs, and prompts
		return nil
	}
	if err != nil {
		f := why.From(err, host.ExitNotGood)
		h.Warn("this can verify, but not sign: %v", f)
		if f.Hint != "" {
			h.Say("hint: %s", f.Hint)
		}
		return nil
	}
	return signing.AgreeAtInit(ctx, h, e, config, vals, services)
}
