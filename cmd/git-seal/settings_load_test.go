package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// given reads a configuration of key=value lines as git does.
func given(t *testing.T, lines ...string) *git.Config {
	t.Helper()
	r := gittest.Outside(t)
	env := append(r.Env(), fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(lines)))
	for i, line := range lines {
		key, val, _ := strings.Cut(line, "=")
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, val))
	}
	c, err := git.ReadConfig(t.Context(), git.Options{Dir: r.Dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func environment(vars ...string) func(string) (string, bool) {
	return (&host{env: vars}).getenv
}

func TestFlagOverEnvironmentOverConfiguration(t *testing.T) {
	t.Parallel()
	config := given(t, "seal.timestamp=never", "seal.trustedRoot=/c1", "seal.trustedRoot=/c2", "seal.TIMEOUT=5s", "seal.timeout=6s")
	env := environment("HOME=/home/alice", "GIT_SEAL_TIMESTAMP=always", "GIT_SEAL_TRUSTED_ROOT=/e1:/e2", "GIT_SEAL_FULCIO=")
	flags := map[string][]string{settingTimestamp: {"auto"}, settingTokenFile: {"token"}}
	for _, tc := range []struct {
		name    string
		s       sources
		setting string
		want    []string
		from    string
	}{
		{"the flag", sources{flags: flags, env: env, config: config}, settingTimestamp, []string{"auto"}, "--timestamp"},
		{"the environment", sources{env: env, config: config}, settingTimestamp, []string{"always"}, "GIT_SEAL_TIMESTAMP"},
		{"the configuration", sources{env: environment(), config: config}, settingTimestamp, []string{"never"}, "command line"},
		{"nothing", sources{env: environment(), config: new(git.Config)}, settingTimestamp, nil, ""},
		{"a list in the environment", sources{env: env, config: config}, settingTrustedRoot, []string{"/e1", "/e2"}, "GIT_SEAL_TRUSTED_ROOT"},
		{"several in the configuration", sources{env: environment(), config: config}, settingTrustedRoot, []string{"/c1", "/c2"}, "command line"},
		{"the last in the configuration", sources{env: environment(), config: config}, settingTimeout, []string{"6s"}, "command line"},
		{"an empty variable is not set", sources{env: env, config: config}, settingFulcio, nil, ""},
		{"a relative name on the command line", sources{flags: flags, env: env, config: config, dir: "/work tree"}, settingTokenFile, []string{"/work tree/token"}, "--token-file"},
		{"an empty value forgets", sources{env: environment(), config: given(t, "seal.trustedRoot=/a", "seal.trustedRoot=", "seal.trustedRoot=/b")}, settingTrustedRoot, []string{"/b"}, "command line"},
		{"the home directory", sources{env: env, config: given(t, "seal.tokenFile=~/token")}, settingTokenFile, []string{"/home/alice/token"}, "command line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vals, warnings, err := tc.s.load(signing | judging)
			if err != nil || len(warnings) > 0 {
				t.Fatal(err, warnings)
			}
			var got []string
			for _, v := range vals[tc.setting] {
				got = append(got, v.Text)
				if v.Source != tc.from {
					t.Errorf("source %q, want %q", v.Source, tc.from)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s = %q, want %q", tc.setting, got, tc.want)
			}
		})
	}
}

func TestBadValueNamesWhereItStands(t *testing.T) {
	t.Parallel()
	r := gittest.New(t, "sha1")
	r.Git("config", "seal.timeout", "soon")
	inFile, err := git.ReadConfig(t.Context(), git.Options{Dir: r.Dir, Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	none := new(git.Config)
	for _, tc := range []struct {
		name string
		s    sources
		want string
		code int
	}{
		{"a file", sources{env: environment(), config: inFile, code: exitUnknown}, `seal.timeout: "soon" in .git/config: not a duration`, exitUnknown},
		{"the environment", sources{env: environment("GIT_SEAL_TIMEOUT=soon"), config: none, code: exitNotGood}, `GIT_SEAL_TIMEOUT: "soon": not a duration`, exitNotGood},
		{"the command line", sources{flags: map[string][]string{settingTimeout: {"soon"}}, env: environment(), config: none}, `--timeout: "soon": not a duration`, exitUsage},
		{"a relative file", sources{env: environment("GIT_SEAL_POLICY=policy.yaml"), config: none}, `GIT_SEAL_POLICY: "policy.yaml": not an absolute name`, exitGood},
		{"no home", sources{env: environment("GIT_SEAL_POLICY=~/policy.yaml"), config: none}, "HOME is not set", exitGood},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := tc.s.load(signing | judging)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			if f := asFailure(err, -1); f.code != tc.code || f.hint == "" {
				t.Errorf("exit code %d, hint %q", f.code, f.hint)
			}
		})
	}
}

func TestSettingsOfAnotherPurposeDoNotFail(t *testing.T) {
	t.Parallel()
	s := sources{env: environment("GIT_SEAL_TIMEOUT=soon"), config: new(git.Config)}
	if _, _, err := s.load(judging); err != nil {
		t.Errorf("verifying: %v", err)
	}
}

func TestUnknownKeysAreWarnings(t *testing.T) {
	t.Parallel()
	s := sources{env: environment(), config: given(t, "seal.polcy=/x", "seal.polcy=/y", "seal.undo.wrote=gpg.format=x509", "other.policy=/x", "seal.somethingElse=1")}
	_, warnings, err := s.load(judging)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"seal.polcy in command line: no such setting; did you mean seal.policy?",
		"seal.somethingelse in command line: no such setting",
	}
	if !slices.Equal(warnings, want) {
		t.Errorf("warnings %q, want %q", warnings, want)
	}
}

func TestPolicyFileStartsInTheConfigurationHome(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		env  []string
		want string
	}{
		{"XDG", []string{"HOME=/home/alice", "XDG_CONFIG_HOME=/conf"}, "/conf"},
		{"no XDG", []string{"HOME=/home/alice"}, "/home/alice/.config"},
		{"a relative XDG is ignored", []string{"HOME=/home/alice", "XDG_CONFIG_HOME=conf"}, "/home/alice/.config"},
		{"neither", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := (&host{env: tc.env}).configHome()
			if got != filepath.FromSlash(tc.want) || (err != nil) != (tc.want == "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
