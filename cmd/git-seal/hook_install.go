package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
)

func (h *host) hookInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "install [pre-receive|pre-push]",
		Short: "Have git run the hook in this repository",
		Long: `Write a hook that runs git seal hook, pre-receive in a bare repository and pre-push
in others, unless one of them is named, to where git looks for it (core.hooksPath). A
hook that is there already is kept beside it, its name ending in .before-git-seal, and
run after git-seal's, with the same input, where git-seal lets the push through.

Where a hook is written by something else, such as husky, or read by every
repository, put this line into it instead: git seal hook pre-push "$@"`,
		ValidArgs: []string{hookPreReceive, hookPrePush},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.withHook(cmd.Context(), args, h.installHook)
		},
	}
}

func (h *host) hookUninstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "uninstall [pre-receive|pre-push]",
		Short: "Take the hook away and put back what was there",
		Long: `Take away the hook that git seal hook install wrote, and put back what was there
before. A hook that it did not write stays.`,
		ValidArgs: []string{hookPreReceive, hookPrePush},
		Args:      atMostOneHook,
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.withHook(cmd.Context(), args, h.uninstallHook)
		},
	}
}

func atMostOneHook(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != hookPreReceive && args[0] != hookPrePush {
		return usageFailure(cmd, fmt.Errorf("%q is not a hook of git-seal's", args[0]))
	}
	return atMostOneArg(cmd, args)
}

// hookPlace is where git looks for a hook.
type hookPlace struct {
	name string
	file string // of the program that git runs
	tree string // the work tree, empty where there is none
}

// withHook finds the hook that is meant and the file that git runs.
func (h *host) withHook(ctx context.Context, args []string, do func(hookPlace) error) error {
	repo, err := git.Open(ctx, h.gitOptions())
	if err != nil {
		return err
	}
	defer repo.Close()
	p := hookPlace{name: hookPreReceive, tree: repo.WorkTree()}
	if p.tree != "" {
		p.name = hookPrePush
	}
	if len(args) == 1 {
		p.name = args[0]
	}
	if p.file, err = repo.HookFile(ctx, p.name); err != nil {
		return err
	}
	config, err := repo.ReadConfig(ctx)
	if err != nil {
		return err
	}
	if c, ok := config.Last("core.hookspath"); ok && c.Scope != string(git.Local) && c.Scope != "worktree" {
		return fail(exitNotGood, "%s: it is for every repository: core.hooksPath stands in %s", p.file, configSource(c)).
			withHint("put this line into the hook there, or give this repository a core.hooksPath of its own: git seal hook %s \"$@\"", p.name)
	}
	return do(p)
}

// installHook leaves no moment at which there is no hook: the old one gets its
// second name before the new one takes its place.
func (h *host) installHook(p hookPlace) error {
	mine, err := isInstalled(p.file)
	if err != nil {
		return err
	}
	program, err := h.programPath()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.file), 0o755); err != nil {
		return err
	}
	kept := p.file + keptSuffix
	if !mine {
		if err := keepHook(p.file, kept); err != nil {
			return err
		}
	}
	before, err := keptCommand(kept)
	if err != nil {
		return err
	}
	script := hookScript(p.name, program, before)
	if mine && sameHook(p.file, script) {
		h.say("%s is there already", p.file)
		return nil
	}
	if err := writeHook(p.file, script); err != nil {
		return err
	}
	if p.tree != "" && holds(p.tree, p.file) {
		h.warn("%s lies in the work tree: what writes the files there may take it away; a line in a hook of your own lasts: git seal hook %s \"$@\"", p.file, p.name)
	}
	out := newOutput(h.stdout)
	out.printf("%s\n", printable(p.file))
	return out.close()
}

// keepHook gives a hook, if there is one, its second name. One that an install
// that was stopped has given it already is as good.
func keepHook(file, kept string) error {
	err := os.Link(file, kept)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(kept); err == nil {
			return fail(exitNotGood, "%s: exists, and %s does not", kept, file).withHint("move it back, or away")
		}
		return nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	a, err := os.Lstat(file)
	if err != nil {
		return err
	}
	b, err := os.Lstat(kept)
	if err != nil {
		return err
	}
	if !os.SameFile(a, b) {
		return fail(exitNotGood, "%s: exists: there is no place to keep %s", kept, file).withHint("move it away")
	}
	return nil
}

func writeHook(file string, script []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".")
	if err != nil {
		return err
	}
	_, err = f.Write(script)
	err = errors.Join(err, f.Chmod(0o755), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// uninstallHook puts back what was there before.
func (h *host) uninstallHook(p hookPlace) error {
	mine, err := isInstalled(p.file)
	if err != nil {
		return err
	}
	if !mine {
		return fail(exitNotGood, "%s: nothing of git-seal's is there", p.file)
	}
	err = os.Rename(p.file+keptSuffix, p.file)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(p.file)
	}
	if err != nil {
		return err
	}
	out := newOutput(h.stdout)
	out.printf("%s\n", printable(p.file))
	return out.close()
}
