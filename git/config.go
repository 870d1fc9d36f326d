package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// ConfigValue is one value of git's configuration.
type ConfigValue struct {
	Key      string // section and name in lower case, a subsection as it is written
	Value    string
	Implicit bool   // written without "=", which git reads as true; Value is then empty
	Origin   string // as git prints it: "file:/home/ana/.gitconfig", "command line:"
	Scope    string // system, global, local, worktree or command
}

// Config is what git's configuration holds, in git's order: of several values
// for one key the last one counts.
type Config struct {
	values []ConfigValue
}

// ReadConfig reads the configuration that git sees from o.Dir and o.Env, in a
// repository or in none, with one call of `git config`. Git itself leaves out
// the configuration of a repository that it does not trust (safe.directory);
// that of a bare one inside another's work tree is an *EmbeddedError.
func ReadConfig(ctx context.Context, o Options) (*Config, error) {
	if err := o.refuseEmbedded(ctx); err != nil {
		return nil, err
	}
	out, err := o.run(ctx, maxConfigSize, "config", "--list", "-z", "--show-origin", "--show-scope")
	if err != nil {
		return nil, err
	}
	return parseConfig(out)
}

// ReadConfig is ReadConfig of the repository's Options.
func (r *Repository) ReadConfig(ctx context.Context) (*Config, error) {
	return ReadConfig(ctx, r.options)
}

// parseConfig reads three NUL-terminated fields for each value: scope, origin,
// and the key with, behind a newline, the value.
func parseConfig(out []byte) (*Config, error) {
	fields := strings.Split(string(out), "\x00")
	if fields[len(fields)-1] != "" || len(fields)%3 != 1 {
		return nil, errors.New("git config: its list is cut short")
	}
	c := &Config{}
	for i := 0; i+3 < len(fields); i += 3 {
		v := ConfigValue{Scope: fields[i], Origin: fields[i+1]}
		var written bool
		v.Key, v.Value, written = strings.Cut(fields[i+2], "\n")
		v.Implicit = !written
		c.values = append(c.values, v)
	}
	return c, nil
}

// Last returns the value that counts for key, whose section and name are
// compared without regard to case.
func (c *Config) Last(key string) (ConfigValue, bool) {
	if all := c.All(key); len(all) > 0 {
		return all[len(all)-1], true
	}
	return ConfigValue{}, false
}

// All returns every value of key in git's order.
func (c *Config) All(key string) []ConfigValue {
	key = canonicalKey(key)
	var all []ConfigValue
	for _, v := range c.values {
		if v.Key == key {
			all = append(all, v)
		}
	}
	return all
}

// Section returns every value whose key begins with section and a dot, in
// git's order: what a check for unknown settings looks through.
func (c *Config) Section(section string) []ConfigValue {
	prefix := strings.ToLower(section) + "."
	var all []ConfigValue
	for _, v := range c.values {
		if strings.HasPrefix(v.Key, prefix) {
			all = append(all, v)
		}
	}
	return all
}

// canonicalKey writes a key as git lists it: the section up to the first dot
// and the name behind the last one in lower case.
func canonicalKey(key string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	if first < 0 {
		return strings.ToLower(key)
	}
	return strings.ToLower(key[:first]) + key[first:last] + strings.ToLower(key[last:])
}

// ConfigScope is one of the configuration files that git can be asked to
// change.
type ConfigScope string

const (
	Local  ConfigScope = "local"  // the repository's, which its linked worktrees share
	Global ConfigScope = "global" // the user's
)

func (s ConfigScope) flag() (string, error) {
	if s != Local && s != Global {
		return "", fmt.Errorf("configuration scope %q: neither %q nor %q", s, Local, Global)
	}
	return "--" + string(s), nil
}

// ReadConfigFile returns the values of key that stand in the file of scope
// itself, not in files it includes, in their order: what SetConfig would
// replace, and what it needs to put back. An implicit value is "true".
func (r *Repository) ReadConfigFile(ctx context.Context, scope ConfigScope, key string) ([]string, error) {
	flag, err := scope.flag()
	if err != nil {
		return nil, err
	}
	out, err := r.options.run(ctx, maxConfigSize, "config", flag, "--list", "-z", "--show-origin", "--show-scope")
	if err != nil {
		if scope == Global && noConfigFile(err) {
			return nil, nil
		}
		return nil, err
	}
	config, err := parseConfig(out)
	if err != nil {
		return nil, err
	}
	var values []string
	for _, v := range config.All(key) {
		if v.Implicit {
			v.Value = "true"
		}
		values = append(values, v.Value)
	}
	return values, nil
}

// noConfigFile reports whether git could not list a configuration file because
// there is none.
func noConfigFile(err error) bool {
	var command *CommandError
	return errors.As(err, &command) && strings.Contains(command.Stderr, "unable to read config file") &&
		strings.Contains(command.Stderr, "No such file or directory")
}

// SetConfig makes values, in their order, the values of key in the file of
// scope, in place of whatever it held there.
func (r *Repository) SetConfig(ctx context.Context, scope ConfigScope, key string, values ...string) error {
	if len(values) == 0 {
		return r.UnsetConfig(ctx, scope, key)
	}
	how := "--replace-all"
	for _, value := range values {
		if strings.ContainsRune(value, 0) {
			return fmt.Errorf("configuration %s: the value holds a NUL", key)
		}
		if err := r.changeConfig(ctx, scope, how, key, value); err != nil {
			return err
		}
		how = "--add"
	}
	return nil
}

// UnsetConfig removes every value of key from the file of scope. That there is
// none is no error.
func (r *Repository) UnsetConfig(ctx context.Context, scope ConfigScope, key string) error {
	err := r.changeConfig(ctx, scope, "--unset-all", key)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 5 { // git-config(1): no such section or key
		return nil
	}
	return err
}

func (r *Repository) changeConfig(ctx context.Context, scope ConfigScope, how string, keyAndValue ...string) error {
	flag, err := scope.flag()
	if err != nil {
		return err
	}
	if key := keyAndValue[0]; bytes.ContainsAny([]byte(key), "\n\x00") {
		return fmt.Errorf("configuration key %q: holds a newline or NUL", key)
	}
	_, err = r.options.run(ctx, maxAnswerSize, append([]string{"config", flag, how, "--end-of-options"}, keyAndValue...)...)
	return err
}
