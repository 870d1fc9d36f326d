package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// Where init remembers what undo needs, in the file that it changes: each value
// that it wrote and each that it replaced, as "key=value".
const (
	undoWrote = "seal.undo.wrote"
	undoHad   = "seal.undo.had"
)

// Change is the values that one configuration key is to have.
type Change struct {
	Key    string
	Values []string
}

// ConfigEditor edits one of git's configuration files and prints each edit as
// the git command that does the same.
type ConfigEditor struct {
	Repo  *git.Repository
	Scope git.ConfigScope
	Out   *host.Output
	Note  func(format string, args ...any)
}

// Apply makes the changes. What undo needs is written before each change, so
// that a stop in between leaves nothing that undo would not put right. A value
// that stands there already is not init's and stays when undone.
func (e *ConfigEditor) Apply(ctx context.Context, changes []Change) error {
	for _, c := range changes {
		before, err := e.Repo.ReadConfigFile(ctx, e.Scope, c.Key)
		if err != nil {
			return err
		}
		if slices.Equal(before, c.Values) {
			continue
		}
		if err := e.remember(ctx, c, before); err != nil {
			return err
		}
		if err := e.set(ctx, c.Key, c.Values); err != nil {
			return err
		}
	}
	return nil
}

// remember notes what is about to be written and, unless an earlier init has
// replaced it already, what was there before. What one that was stopped between
// the two has noted is replaced: it had changed nothing yet.
func (e *ConfigEditor) remember(ctx context.Context, c Change, before []string) error {
	wrote, err := e.memory(ctx, undoWrote)
	if err != nil {
		return err
	}
	if !wrote.has(c.Key) {
		had, err := e.memory(ctx, undoHad)
		if err != nil {
			return err
		}
		if err := e.Repo.SetConfig(ctx, e.Scope, undoHad, append(had.without(c.Key), joined(c.Key, before)...)...); err != nil {
			return err
		}
	}
	return e.Repo.SetConfig(ctx, e.Scope, undoWrote, append(wrote.without(c.Key), joined(c.Key, c.Values)...)...)
}

// Undo puts back what was there before init, except where somebody has changed
// it since.
func (e *ConfigEditor) Undo(ctx context.Context) error {
	wrote, err := e.memory(ctx, undoWrote)
	if err != nil {
		return err
	}
	had, err := e.memory(ctx, undoHad)
	if err != nil {
		return err
	}
	if len(wrote) == 0 {
		return host.Fail(host.ExitNotGood, "nothing to undo in the %s configuration", e.Scope).
			WithHint("git seal init --undo undoes this repository's, with --global your own")
	}
	for _, key := range wrote.keys() {
		now, err := e.Repo.ReadConfigFile(ctx, e.Scope, key)
		if err != nil {
			return err
		}
		if !slices.Equal(now, wrote.values(key)) {
			e.Note("%s is no longer what git seal init wrote, and stays", key)
			continue
		}
		if err := e.set(ctx, key, had.values(key)); err != nil {
			return err
		}
	}
	if err := e.Repo.UnsetConfig(ctx, e.Scope, undoWrote); err != nil {
		return err
	}
	return e.Repo.UnsetConfig(ctx, e.Scope, undoHad)
}

// set gives a key its values, none to remove it, and prints the git commands.
func (e *ConfigEditor) set(ctx context.Context, key string, values []string) error {
	if err := e.Repo.SetConfig(ctx, e.Scope, key, values...); err != nil {
		return err
	}
	if len(values) == 0 {
		e.Out.Printf("git config --%s --unset-all %s\n", e.Scope, key)
	}
	for i, v := range values {
		add := ""
		if i > 0 {
			add = "--add "
		}
		e.Out.Printf("git config --%s %s%s %s\n", e.Scope, add, key, ShellQuote(v))
	}
	return nil
}

// memory is a list of "key=value".
type memory []string

func (e *ConfigEditor) memory(ctx context.Context, key string) (memory, error) {
	return e.Repo.ReadConfigFile(ctx, e.Scope, key)
}

func joined(key string, values []string) memory {
	var m memory
	for _, v := range values {
		m = append(m, key+"="+v)
	}
	return m
}

func (m memory) has(key string) bool {
	return slices.ContainsFunc(m, func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
}

func (m memory) without(key string) memory {
	return slices.DeleteFunc(slices.Clone(m), func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
}

func (m memory) values(key string) []string {
	var values []string
	for _, kv := range m {
		if v, ok := strings.CutPrefix(kv, key+"="); ok {
			values = append(values, v)
		}
	}
	return values
}

func (m memory) keys() []string {
	var keys []string
	for _, kv := range m {
		key, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// ShellQuote writes a value as one word of a POSIX shell.
func ShellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("%+,-./:=@_", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
