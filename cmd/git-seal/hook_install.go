package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/git"
)

// hookMark is the line by which an installed hook is known.
const hookMark = "# git seal hook install wrote this file; git seal hook uninstall puts back what was here."

// keptSuffix is behind the name of a hook that was there before.
const keptSuffix = ".before-git-seal"

func (h *host) hookInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "install [pre-receive|pre-push]",
		Short: "Have git run the hook in this repository",
		Long: `Write a hook that runs git seal hook, pre-receive in a bare repository and pre-push
in others, unless one of them is named, to where git looks for it (core.hooksPath). A
hook that is there already is kept beside it, its name ending in .before-git-seal, and
run after git-seal's, with the same input, where git-seal lets the push through.`,
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

// withHook finds the hook that is meant and the file that git runs.
func (h *host) withHook(ctx context.Context, args []string, do func(name, file string) error) error {
	repo, err := git.Open(ctx, h.gitOptions())
	if err != nil {
		return err
	}
	defer repo.Close()
	name := hookPreReceive
	if repo.WorkTree() != "" {
		name = hookPrePush
	}
	if len(args) == 1 {
		name = args[0]
	}
	file, err := repo.HookFile(ctx, name)
	if err != nil {
		return err
	}
	return do(name, file)
}

// installHook leaves no moment at which there is no hook: the old one gets its
// second name before the new one takes its place.
func (h *host) installHook(name, file string) error {
	kept := file + keptSuffix
	mine, err := isInstalled(file)
	if err != nil {
		return err
	}
	if mine {
		h.say("%s is there already", file)
		return nil
	}
	program, err := h.programPath()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	before, err := os.Stat(file)
	runs := err == nil && before.Mode()&0o111 != 0 // git passes over others
	if _, err := os.Lstat(file); err == nil {
		if err := keepHook(file, kept); err != nil {
			return err
		}
	} else if _, err := os.Lstat(kept); err == nil {
		return fail(exitNotGood, "%s: exists, and %s does not", kept, file).withHint("move it back, or away")
	}
	if err := writeHook(file, hookScript(name, program, runs)); err != nil {
		return err
	}
	out := newOutput(h.stdout)
	out.printf("%s\n", printable(file))
	return out.close()
}

// keepHook gives a hook its second name. One that an install that was stopped
// has given it already is as good.
func keepHook(file, kept string) error {
	err := os.Link(file, kept)
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

// hookScript is the hook's text. What git writes to it goes to git-seal whole
// and, where that lets the push through, to the hook that was there.
func hookScript(name, program string, before bool) []byte {
	var b bytes.Buffer
	b.WriteString(hookStart)
	if !before {
		fmt.Fprintf(&b, "exec %s hook %s \"$@\"\n", shellQuote(program), name)
		return b.Bytes()
	}
	fmt.Fprintf(&b, "input=$(cat && echo .) || exit 1    # the dot keeps the last newline\n")
	fmt.Fprintf(&b, "printf %%s \"${input%%.}\" | %s hook %s \"$@\" || exit\n", shellQuote(program), name)
	fmt.Fprintf(&b, "printf %%s \"${input%%.}\" | \"$0%s\" \"$@\"\n", keptSuffix)
	return b.Bytes()
}

// uninstallHook puts back what was there before.
func (h *host) uninstallHook(_, file string) error {
	mine, err := isInstalled(file)
	if err != nil {
		return err
	}
	if !mine {
		return fail(exitNotGood, "%s: nothing of git-seal's is there", file)
	}
	err = os.Rename(file+keptSuffix, file)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(file)
	}
	if err != nil {
		return err
	}
	out := newOutput(h.stdout)
	out.printf("%s\n", printable(file))
	return out.close()
}

// hookStart is how a hook begins that install wrote.
const hookStart = "#!/bin/sh\n" + hookMark + "\n"

func isInstalled(file string) (bool, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, len(hookStart))
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(start[:n]) == hookStart, err
}
