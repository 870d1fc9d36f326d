package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/git"
)

// value is one value of a setting and where it comes from.
type value struct {
	Text   string // a file's name is absolute here
	Source string // "--foo-bar", "GIT_SEAL_FOO_BAR", or the file of git's configuration
	Flag   bool   // given on the command line, by who runs the program right now
}

// sources is where settings come from, the strongest first: the command line,
// the environment, git's configuration.
type sources struct {
	flags  map[string][]string // by the setting's name
	env    func(string) (string, bool)
	config *git.Config
	dir    string // where relative names on the command line start
	code   int    // the exit code of a bad value that is not on the command line
}

// values are the settings that were given, checked.
type values map[string][]value

// load reads the settings for one purpose. A value that does not parse is an
// error that names where it stands; keys under seal. that are no settings come
// back as warnings.
func (s sources) load(purpose purpose) (values, []string, error) {
	vals := make(values)
	for _, set := range settings {
		if set.For&purpose == 0 {
			continue
		}
		found, err := s.lookup(set)
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 {
			vals[set.Name] = found
		}
	}
	for _, pair := range [][2]string{{settingPolicy, settingPolicyRef}, {settingTrustedRoot, settingTUFMirror}} {
		if err := s.chooseOne(vals, pair[0], pair[1]); err != nil {
			return nil, nil, err
		}
	}
	return vals, s.strangeKeys(), nil
}

// chooseOne leaves, of two settings that stand in for each other, the one in
// the stronger source, and in git's configuration the one that stands last.
func (s sources) chooseOne(vals values, a, b string) error {
	va, okA := vals.one(a)
	vb, okB := vals.one(b)
	if !okA || !okB {
		return nil
	}
	setA, _ := lookupSetting(a)
	setB, _ := lookupSetting(b)
	drop, strengthA, strengthB := "", s.strength(va, setA), s.strength(vb, setB)
	switch {
	case strengthA > strengthB:
		drop = b
	case strengthA < strengthB:
		drop = a
	case strengthA > 0:
		code := s.code
		if va.Flag {
			code = exitUsage
		}
		return fail(code, "%s and %s stand in for each other", va.Source, vb.Source).withHint("give one of them")
	default:
		for _, c := range s.config.Section("seal") {
			if c.Key == strings.ToLower(a) {
				drop = b
			} else if c.Key == strings.ToLower(b) {
				drop = a
			}
		}
	}
	delete(vals, drop)
	return nil
}

// strength orders sources: git's configuration, the environment, flags.
func (s sources) strength(v value, set setting) int {
	switch {
	case v.Flag:
		return 2
	case v.Source == set.Env():
		return 1
	}
	return 0
}

// lookup finds the values of one setting in the strongest source that has any.
func (s sources) lookup(set setting) ([]value, error) {
	if texts, ok := s.flags[set.Name]; ok {
		return s.checked(set, value{Source: "--" + set.Flag(), Flag: true}, texts...)
	}
	if text, ok := s.env(set.Env()); ok && text != "" {
		texts := []string{text}
		if set.Many {
			texts = filepath.SplitList(text)
		}
		return s.checked(set, value{Source: set.Env()}, texts...)
	}
	var found []value
	for _, c := range counting(s.config.All(set.Name), set.Many) {
		vs, err := s.checked(set, value{Source: configSource(c)}, c.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, vs...)
	}
	return found, nil
}

// counting are those of a key's values that count: the last or, of several,
// those behind the last empty one, which is git's way to forget what stands
// before. What does not count need not even parse.
func counting(all []git.ConfigValue, many bool) []git.ConfigValue {
	for i, c := range slices.Backward(all) {
		if c.Value == "" {
			all = all[i+1:]
			break
		}
	}
	if !many && len(all) > 1 {
		all = all[len(all)-1:]
	}
	return all
}

// checked parses texts as values of a setting that come from one place.
func (s sources) checked(set setting, from value, texts ...string) ([]value, error) {
	var vs []value
	for _, text := range texts {
		v := from
		var err error
		if v.Text, err = s.checkOne(set, from, text); err != nil {
			return nil, s.badValue(set, from, text, err)
		}
		vs = append(vs, v)
	}
	return vs, nil
}

// badValue is the failure of a value that does not parse.
func (s sources) badValue(set setting, from value, text string, err error) *failure {
	var f *failure
	switch {
	case from.Flag:
		f = fail(exitUsage, "%s: %q: %w", from.Source, text, err)
	case from.Source == set.Env():
		f = fail(s.code, "%s: %q: %w", from.Source, text, err)
	default:
		f = fail(s.code, "%s: %q in %s: %w", set.Name, text, from.Source, err)
	}
	return f.withHint("%s takes %s; see git help seal", set.Name, set.Kind.Form)
}

// checkOne parses one text. git runs programs from the top of the work tree or
// from the git directory, so a relative name means something on the command
// line alone.
func (s sources) checkOne(set setting, from value, text string) (string, error) {
	if err := set.Kind.Check(text); err != nil {
		return "", err
	}
	if !set.Kind.File {
		return text, nil
	}
	home, _ := s.env("HOME")
	path, err := expandHome(text, home)
	if err != nil {
		return "", err
	}
	switch {
	case filepath.IsAbs(path):
		return filepath.Clean(path), nil
	case from.Flag:
		return filepath.Join(s.dir, path), nil
	}
	return "", errors.New("not an absolute name; git runs programs from varying directories")
}

// configSource names the place of a configuration value as people know it.
func configSource(c git.ConfigValue) string {
	if file, ok := strings.CutPrefix(c.Origin, "file:"); ok {
		return file
	}
	return strings.TrimSuffix(c.Origin, ":")
}

// one is the value of a setting with one value; ok is false where none was
// given.
func (v values) one(name string) (value, bool) {
	if vs := v[name]; len(vs) > 0 {
		return vs[len(vs)-1], true
	}
	return value{}, false
}

// text is the value of a setting, or fallback where none was given.
func (v values) text(name, fallback string) string {
	if got, ok := v.one(name); ok {
		return got.Text
	}
	return fallback
}

// timeout is seal.timeout, which load has checked.
func (v values) timeout() time.Duration {
	d, err := time.ParseDuration(v.text(settingTimeout, "30s"))
	if err != nil {
		panic("seal.timeout was not checked: " + err.Error())
	}
	return d
}
