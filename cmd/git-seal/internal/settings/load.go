package settings

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// Value is one value of a setting and where it comes from.
type Value struct {
	Text   string // a file's name is absolute here
	Source string // "--foo-bar", "GIT_SEAL_FOO_BAR", or the file of git's configuration
	Flag   bool   // given on the command line, by who runs the program right now
}

// Sources is where settings come from, the strongest first: the command line,
// the environment, git's configuration.
type Sources struct {
	Flags  map[string][]string // by the setting's name
	Env    func(string) (string, bool)
	Config *git.Config
	Dir    string // where relative names on the command line start
	Code   int    // the exit code of a bad value that is not on the command line
}

// Values are the settings that were given, checked.
type Values map[string][]Value

// Load reads the settings for one purpose. A value that does not parse is an
// error that names where it stands; keys under seal. that are no settings come
// back as warnings.
func (s Sources) Load(purpose purpose) (Values, []string, error) {
	vals := make(Values)
	for _, set := range Table {
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
	for _, pair := range [][2]string{{Policy, PolicyRef}, {TrustedRoot, TUFMirror}} {
		if err := s.chooseOne(vals, pair[0], pair[1]); err != nil {
			return nil, nil, err
		}
	}
	return vals, s.strangeKeys(), nil
}

// chooseOne leaves, of two settings that stand in for each other, the one in
// the stronger source, and in git's configuration the one that stands last.
func (s Sources) chooseOne(vals Values, a, b string) error {
	va, okA := vals.One(a)
	vb, okB := vals.One(b)
	if !okA || !okB {
		return nil
	}
	setA, _ := Lookup(a)
	setB, _ := Lookup(b)
	drop, strengthA, strengthB := "", s.strength(va, setA), s.strength(vb, setB)
	switch {
	case strengthA > strengthB:
		drop = b
	case strengthA < strengthB:
		drop = a
	case strengthA > 0:
		code := s.Code
		if va.Flag {
			code = host.ExitUsage
		}
		return host.Fail(code, "%s and %s stand in for each other", va.Source, vb.Source).WithHint("give one of them")
	default:
		for _, c := range s.Config.Section("seal") {
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
func (s Sources) strength(v Value, set setting) int {
	switch {
	case v.Flag:
		return 2
	case v.Source == set.Env():
		return 1
	}
	return 0
}

// lookup finds the values of one setting in the strongest source that has any.
func (s Sources) lookup(set setting) ([]Value, error) {
	if texts, ok := s.Flags[set.Name]; ok {
		return s.checked(set, Value{Source: "--" + set.Flag(), Flag: true}, texts...)
	}
	if text, ok := s.Env(set.Env()); ok && text != "" {
		texts := []string{text}
		if set.Many {
			texts = filepath.SplitList(text)
		}
		return s.checked(set, Value{Source: set.Env()}, texts...)
	}
	var found []Value
	for _, c := range counting(s.Config.All(set.Name), set.Many) {
		vs, err := s.checked(set, Value{Source: ConfigSource(c)}, c.Value)
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
func (s Sources) checked(set setting, from Value, texts ...string) ([]Value, error) {
	var vs []Value
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
func (s Sources) badValue(set setting, from Value, text string, err error) *host.Failure {
	var f *host.Failure
	switch {
	case from.Flag:
		f = host.Fail(host.ExitUsage, "%s: %q: %w", from.Source, text, err)
	case from.Source == set.Env():
		f = host.Fail(s.Code, "%s: %q: %w", from.Source, text, err)
	default:
		f = host.Fail(s.Code, "%s: %q in %s: %w", set.Name, text, from.Source, err)
	}
	return f.WithHint("%s takes %s; see git help seal", set.Name, set.Kind.Form)
}

// checkOne parses one text. git runs programs from the top of the work tree or
// from the git directory, so a relative name means something on the command
// line alone.
func (s Sources) checkOne(set setting, from Value, text string) (string, error) {
	if err := set.Kind.Check(text); err != nil {
		return "", err
	}
	if !set.Kind.File {
		return text, nil
	}
	home, _ := s.Env("HOME")
	path, err := expandHome(text, home)
	if err != nil {
		return "", err
	}
	switch {
	case filepath.IsAbs(path):
		return filepath.Clean(path), nil
	case from.Flag:
		return filepath.Join(s.Dir, path), nil
	}
	return "", errors.New("not an absolute name; git runs programs from varying directories")
}

// ConfigSource names the place of a configuration value as people know it.
func ConfigSource(c git.ConfigValue) string {
	if file, ok := strings.CutPrefix(c.Origin, "file:"); ok {
		return file
	}
	return strings.TrimSuffix(c.Origin, ":")
}

// One is the value of a setting with one value; ok is false where none was
// given.
func (v Values) One(name string) (Value, bool) {
	if vs := v[name]; len(vs) > 0 {
		return vs[len(vs)-1], true
	}
	return Value{}, false
}

// Text is the value of a setting, or fallback where none was given.
func (v Values) Text(name, fallback string) string {
	if got, ok := v.One(name); ok {
		return got.Text
	}
	return fallback
}

// Timeout is seal.timeout, which load has checked.
func (v Values) Timeout() time.Duration {
	d, err := time.ParseDuration(v.Text(Timeout, "30s"))
	if err != nil {
		panic("seal.timeout was not checked: " + err.Error())
	}
	return d
}
