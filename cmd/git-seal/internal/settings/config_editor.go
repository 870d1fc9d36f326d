package settings

import (
	"context"
	"slices"
	"strings"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// The keys under which init records what undo needs, in the file that it changes:
// each value that it wrote and each that it replaced, as "key=value".
const (
	undoWrote = "seal.undo.wrote"
	undoHad   = "seal.undo.had"
)

// Change is a configuration key and the values that it gets.
type Change struct {
	Key    string
	Values []string
}

// ConfigEditor edits one of git's configuration files. It prints each edit as the
// git command that does the same.
type ConfigEditor struct {
	Repo  *git.Repository
	Scope git.ConfigScope
	Out   *host.Output
	Note  func(format string, args ...any)
}

// Apply makes the changes. It records what undo needs before each change, so that
// undo works even if Apply is interrupted. A value that is there already is not
// init's, and undo keeps it.
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

// remember records what is about to be written and, unless an earlier init has
// replaced it already, what was there before. It replaces the record of an init that
// was interrupted between the two, because that one had changed nothing yet.
func (e *ConfigEditor) remember(ctx context.Context, c Change, before []string) error {
	wrote, err := e.record(ctx, undoWrote)
	if err != nil {
		return err
	}
	if !wrote.has(c.Key) {
		had, err := e.record(ctx, undoHad)
		if err != nil {
			return err
		}
		if err := e.Repo.SetConfig(ctx, e.Scope, undoHad, append(had.without(c.Key), joined(c.Key, before)...)...); err != nil {
			return err
		}
	}
	return e.Repo.SetConfig(ctx, e.Scope, undoWrote, append(wrote.without(c.Key), joined(c.Key, c.Values)...)...)
}

// Undo restores what was there before init, except for values that were changed
// since.
func (e *ConfigEditor) Undo(ctx context.Context) error {
	wrote, err := e.record(ctx, undoWrote)
	if err != nil {
		return err
	}
	had, err := e.record(ctx, undoHad)
	if err != nil {
		return err
	}
	if len(wrote) == 0 {
		return host.Fail(host.ExitNotGood, "nothing to undo in the %s configuration", e.Scope).
			WithHint("run git seal init --undo in the repository; add --global for your own configuration")
	}
	for _, key := range wrote.keys() {
		now, err := e.Repo.ReadConfigFile(ctx, e.Scope, key)
		if err != nil {
			return err
		}
		if !slices.Equal(now, wrote.values(key)) {
			e.Note("%s was changed after git seal init wrote it, so it stays", key)
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

// set sets a key to its values, or removes it if there are none, and prints the git
// commands.
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

// record is a list of "key=value".
type record []string

func (e *ConfigEditor) record(ctx context.Context, key string) (record, error) {
	return e.Repo.ReadConfigFile(ctx, e.Scope, key)
}

func joined(key string, values []string) record {
	var m record
	for _, v := range values {
		m = append(m, key+"="+v)
	}
	return m
}

func (m record) has(key string) bool {
	return slices.ContainsFunc(m, func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
}

func (m record) without(key string) record {
	return slices.DeleteFunc(slices.Clone(m), func(kv string) bool { return strings.HasPrefix(kv, key+"=") })
}

func (m record) values(key string) []string {
	var values []string
	for _, kv := range m {
		if v, ok := strings.CutPrefix(kv, key+"="); ok {
			values = append(values, v)
		}
	}
	return values
}

func (m record) keys() []string {
	var keys []string
	for _, kv := range m {
		key, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// ShellQuote returns a value quoted as one word for a POSIX shell.
func ShellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("%+,-./:=@_", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
