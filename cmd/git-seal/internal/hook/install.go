package hook

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/verifier/wholefile"
)

// Place is where git looks for a hook.
type Place struct {
	name   string
	file   string // of the program that git runs
	tree   string // the work tree, empty where there is none
	shared string // the configuration by which the place is every repository's; empty where it is this one's
}

// With finds the hook that is meant and the file that git runs.
func With(ctx context.Context, h *host.Host, args []string, do func(Place) error) error {
	repo, err := git.Open(ctx, settings.GitOptions(h))
	if err != nil {
		return err
	}
	defer repo.Close()
	p := Place{name: PreReceiveName, tree: repo.WorkTree()}
	if p.tree != "" {
		p.name = PrePushName
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
		p.shared = settings.ConfigSource(c)
	}
	dir, err := settings.Destination(h, config, filepath.Dir(p.file))
	if err != nil {
		return err
	}
	p.file = filepath.Join(dir, filepath.Base(p.file))
	return do(p)
}

// Install leaves no moment at which there is no hook: the old one gets its
// second name before the new one takes its place.
func Install(h *host.Host, p Place) error {
	if p.shared != "" {
		return host.Fail(host.ExitNotGood, "%s: it is for every repository: core.hooksPath stands in %s", p.file, p.shared).
			WithHint("put this line into the hook there, or give this repository a core.hooksPath of its own: git seal hook %s \"$@\"", p.name)
	}
	mine, err := isInstalled(p.file)
	if err != nil {
		return err
	}
	program, err := h.ProgramPath()
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
		h.Say("%s is there already", p.file)
		return nil
	}
	if err := writeHook(p.file, script); err != nil {
		return err
	}
	if p.tree != "" && settings.Holds(p.tree, p.file) {
		h.Warn("%s lies in the work tree: what writes the files there may take it away; a line in a hook of your own lasts: git seal hook %s \"$@\"", p.file, p.name)
	}
	out := host.NewOutput(h.Stdout)
	out.Printf("%s\n", host.Printable(p.file))
	return out.Close()
}

// keepHook gives a hook, if there is one, its second name. One that an install
// that was stopped has given it already is as good.
func keepHook(file, kept string) error {
	err := os.Link(file, kept)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(kept); err == nil {
			return host.Fail(host.ExitNotGood, "%s: exists, and %s does not", kept, file).WithHint("move it back, or away")
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
		return host.Fail(host.ExitNotGood, "%s: exists: there is no place to keep %s", kept, file).WithHint("move it away")
	}
	return nil
}

// writeHook writes a program that everyone may run, whatever the umask.
func writeHook(file string, script []byte) error {
	f, err := wholefile.Create(file, 0o755)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(script); err != nil {
		return err
	}
	if err := f.Chmod(0o755); err != nil {
		return err
	}
	return f.Commit()
}

// Uninstall puts back what was there before.
func Uninstall(h *host.Host, p Place) error {
	mine, err := isInstalled(p.file)
	if err != nil {
		return err
	}
	if !mine {
		return host.Fail(host.ExitNotGood, "%s: nothing of git-seal's is there", p.file)
	}
	err = os.Rename(p.file+keptSuffix, p.file)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(p.file)
	}
	if err != nil {
		return err
	}
	out := host.NewOutput(h.Stdout)
	out.Printf("%s\n", host.Printable(p.file))
	return out.Close()
}
