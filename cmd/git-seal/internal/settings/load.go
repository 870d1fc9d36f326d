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
	Name   string // of the setting, seal.fooBar; empty if no setting has the value
	Text   string // file names are absolute
	Source string // "--foo-bar", "GIT_SEAL_FOO_BAR", or the file of git's configuration
	Flag   bool   // given on the command line, by the user who runs the program
}

// Origin returns where the value is set, for people: "--foo-bar",
// "GIT_SEAL_FOO_BAR" or "seal.fooBar in FILE".
func (v Value) Origin() string {
	if v.Name == "" || v.Flag || strings.HasPrefix(v.Source, "GIT_SEAL_") || strings.HasPrefix(v.Source, "--") {
		return v.Source
	}
	return v.Name + " in " + v.Source
}

// Sources are the places that settings come from, in order of precedence: the
// command line, the environment, git's configuration.
type Sources struct {
	Flags  map[string][]string // by the setting's name
	Env    func(string) (string, bool)
	Config *git.Config
	Dir    string // relative paths on the command line start here
	Code   int    // the exit code of a bad value that is not on the command line
}

// Values are the settings that are set, checked.
type Values map[string][]Value

// Load reads the settings for one purpose. A value that is not valid is an error
// that names where it is set. Load returns unknown keys under seal. as warnings.
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
	return vals, s.unknownKeys(), nil
}

// chooseOne keeps one of two settings that exclude each other: the one from the
// source with precedence or, if git's configuration has both, the last one.
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
		return host.Fail(code, "%s and %s cannot be used together", va.Source, vb.Source).WithHint("use one of them")
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

// strength returns a number that orders sources: git's configuration, the
// environment, flags.
func (s Sources) strength(v Value, set setting) int {
	switch {
	case v.Flag:
		return 2
	case v.Source == set.Env():
		return 1
	}
	return 0
}

// lookup returns the values of one setting from the first source, in order of
// precedence, that has any.
func (s Sources) lookup(set setting) ([]Value, error) {
	if texts, ok := s.Flags[set.Name]; ok {
		return s.checked(set, Value{Name: set.Name, Source: "--" + set.Flag(), Flag: true}, texts...)
	}
	if text, ok := s.Env(set.Env()); ok && text != "" {
		texts := []string{text}
		if set.Many {
			texts = filepath.SplitList(text)
		}
		return s.checked(set, Value{Name: set.Name, Source: set.Env()}, texts...)
	}
	var found []Value
	for _, c := range counting(s.Config.All(set.Name), set.Many) {
		vs, err := s.checked(set, Value{Name: set.Name, Source: ConfigSource(c)}, c.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, vs...)
	}
	return found, nil
}

// counting returns those of a key's values that count: the last one or, if the key
// may have several, those after the last empty one, which in git discards the values
// before it. A value that does not count need not be valid.
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

// checked parses texts as values of a setting from one source.
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

// badValue returns the failure for a value that is not valid.
func (s Sources) badValue(set setting, from Value, text string, err error) *host.Failure {
	var f *host.Failure
	switch {
	case from.Flag:
		f = host.Fail(host.ExitUsage, "%s: %q %w", from.Source, text, err)
	case from.Source == set.Env():
		f = host.Fail(s.Code, "%s: %q %w", from.Source, text, err)
	default:
		f = host.Fail(s.Code, "%s: %q %w", from.Origin(), text, err)
	}
	return f.WithHint("%s takes %s; see git help seal", set.Name, set.Kind.Form)
}

// checkOne parses one text. git runs programs from the top of the work tree or from
// the git directory, so a relative path is allowed only on the command line.
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
	return "", errors.New("is not an absolute path: git runs programs from different directories")
}

// ConfigSource returns where git read a configuration value, for people.
func ConfigSource(c git.ConfigValue) string {
	if file, ok := strings.CutPrefix(c.Origin, "file:"); ok {
		return file
	}
	if c.Origin == "command line:" {
		return "git's command line"
	}
	return strings.TrimSuffix(c.Origin, ":")
}

// One returns the value of a setting that has one value; ok is false if the setting
// is not set.
func (v Values) One(name string) (Value, bool) {
	if vs := v[name]; len(vs) > 0 {
		return vs[len(vs)-1], true
	}
	return Value{}, false
}

// Text returns the value of a setting, or fallback if it is not set.
func (v Values) Text(name, fallback string) string {
	if got, ok := v.One(name); ok {
		return got.Text
	}
	return fallback
}

// Timeout returns seal.timeout, which Load has checked.
func (v Values) Timeout() time.Duration {
	d, err := time.ParseDuration(v.Text(Timeout, "30s"))
	if err != nil {
		panic("seal.timeout was not checked: " + err.Error())
	}
	return d
}
