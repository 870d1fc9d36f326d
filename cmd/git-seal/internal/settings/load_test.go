package settings

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings/settingstest"
	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

func environment(vars ...string) func(string) (string, bool) {
	return (&host.Host{Env: vars}).Getenv
}

func TestFlagOverEnvironmentOverConfiguration(t *testing.T) {
	t.Parallel()
	config := settingstest.Config(t, "seal.timestamp=never", "seal.trustedRoot=/c1", "seal.trustedRoot=/c2", "seal.TIMEOUT=5s", "seal.timeout=6s")
	env := environment("HOME=/home/alice", "GIT_SEAL_TIMESTAMP=always", "GIT_SEAL_TRUSTED_ROOT=/e1:/e2", "GIT_SEAL_FULCIO=")
	flags := map[string][]string{Timestamp: {"auto"}, TokenFile: {"token"}}
	for _, tc := range []struct {
		name    string
		s       Sources
		setting string
		want    []string
		from    string
	}{
		{"the flag", Sources{Flags: flags, Env: env, Config: config}, Timestamp, []string{"auto"}, "--timestamp"},
		{"the environment", Sources{Env: env, Config: config}, Timestamp, []string{"always"}, "GIT_SEAL_TIMESTAMP"},
		{"the configuration", Sources{Env: environment(), Config: config}, Timestamp, []string{"never"}, "git's command line"},
		{"nothing", Sources{Env: environment(), Config: new(git.Config)}, Timestamp, nil, ""},
		{"a list in the environment", Sources{Env: env, Config: config}, TrustedRoot, []string{"/e1", "/e2"}, "GIT_SEAL_TRUSTED_ROOT"},
		{"several in the configuration", Sources{Env: environment(), Config: config}, TrustedRoot, []string{"/c1", "/c2"}, "git's command line"},
		{"the last in the configuration", Sources{Env: environment(), Config: config}, Timeout, []string{"6s"}, "git's command line"},
		{"an empty variable is not set", Sources{Env: env, Config: config}, Fulcio, nil, ""},
		{"a relative name on the command line", Sources{Flags: flags, Env: env, Config: config, Dir: "/work tree"}, TokenFile, []string{"/work tree/token"}, "--token-file"},
		{"an empty value forgets", Sources{Env: environment(), Config: settingstest.Config(t, "seal.trustedRoot=/a", "seal.trustedRoot=", "seal.trustedRoot=/b")}, TrustedRoot, []string{"/b"}, "git's command line"},
		{"the home directory", Sources{Env: env, Config: settingstest.Config(t, "seal.tokenFile=~/token")}, TokenFile, []string{"/home/alice/token"}, "git's command line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vals, warnings, err := tc.s.Load(Signing | Judging)
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
		s    Sources
		want string
		code int
	}{
		{"a file", Sources{Env: environment(), Config: inFile, Code: host.ExitUnknown}, `seal.timeout in .git/config: "soon" is not a duration`, host.ExitUnknown},
		{"the environment", Sources{Env: environment("GIT_SEAL_TIMEOUT=soon"), Config: none, Code: host.ExitNotGood}, `GIT_SEAL_TIMEOUT: "soon" is not a duration`, host.ExitNotGood},
		{"the command line", Sources{Flags: map[string][]string{Timeout: {"soon"}}, Env: environment(), Config: none}, `--timeout: "soon" is not a duration`, host.ExitUsage},
		{"a relative file", Sources{Env: environment("GIT_SEAL_POLICY=policy.yaml"), Config: none}, `GIT_SEAL_POLICY: "policy.yaml" is not an absolute path`, host.ExitGood},
		{"no home", Sources{Env: environment("GIT_SEAL_POLICY=~/policy.yaml"), Config: none}, "HOME is not set", host.ExitGood},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := tc.s.Load(Signing | Judging)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			if f := (*host.Failure)(nil); !errors.As(err, &f) || f.Code != tc.code || f.Hint == "" {
				t.Errorf("%#v: want exit code %d and a hint", err, tc.code)
			}
		})
	}
}

func TestSettingsOfAnotherPurposeDoNotFail(t *testing.T) {
	t.Parallel()
	s := Sources{Env: environment("GIT_SEAL_TIMEOUT=soon"), Config: new(git.Config)}
	if _, _, err := s.Load(Judging); err != nil {
		t.Errorf("verifying: %v", err)
	}
}

func TestUnknownKeysAreWarnings(t *testing.T) {
	t.Parallel()
	s := Sources{Env: environment(), Config: settingstest.Config(t, "seal.polcy=/x", "seal.polcy=/y", "seal.undo.wrote=gpg.format=x509", "other.policy=/x", "seal.somethingElse=1")}
	_, warnings, err := s.Load(Judging)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"unknown setting seal.polcy in git's command line; did you mean seal.policy?",
		"unknown setting seal.somethingelse in git's command line",
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
			got, err := (&host.Host{Env: tc.env}).ConfigHome()
			if got != filepath.FromSlash(tc.want) || (err != nil) != (tc.want == "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestOfPolicyAndPolicyRefOneCounts(t *testing.T) {
	t.Parallel()
	flags := func(names ...string) map[string][]string {
		given := make(map[string][]string)
		for _, n := range names {
			given[n] = map[string][]string{Policy: {"/flag"}, PolicyRef: {"refs/heads/flag"}}[n]
		}
		return given
	}
	for _, tt := range []struct {
		name   string
		flags  []string
		env    []string
		config []string
		want   string // empty: an error
	}{
		{"a file alone", nil, nil, []string{"seal.policy=/file"}, "/file"},
		{"a ref alone", nil, nil, []string{"seal.policyRef=refs/heads/a"}, "refs/heads/a"},
		{"the ref is last", nil, nil, []string{"seal.policy=/file", "seal.policyRef=refs/heads/a"}, "refs/heads/a"},
		{"the file is last", nil, nil, []string{"seal.policyRef=refs/heads/a", "seal.policy=/file"}, "/file"},
		{"the last is forgotten", nil, nil, []string{"seal.policyRef=refs/heads/a", "seal.policy=/file", "seal.policy="}, "refs/heads/a"},
		{"a ref in the environment", nil, []string{"GIT_SEAL_POLICY_REF=refs/heads/e"}, []string{"seal.policy=/file"}, "refs/heads/e"},
		{"a file in the environment", nil, []string{"GIT_SEAL_POLICY=/e"}, []string{"seal.policyRef=refs/heads/a"}, "/e"},
		{"both in the environment", nil, []string{"GIT_SEAL_POLICY=/e", "GIT_SEAL_POLICY_REF=refs/heads/e"}, nil, ""},
		{"a flag for a ref", []string{PolicyRef}, []string{"GIT_SEAL_POLICY=/e"}, []string{"seal.policy=/file"}, "refs/heads/flag"},
		{"a flag for a file", []string{Policy}, []string{"GIT_SEAL_POLICY_REF=refs/heads/e"}, nil, "/flag"},
		{"both flags", []string{Policy, PolicyRef}, nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := Sources{Flags: flags(tt.flags...), Env: environment(tt.env...), Config: settingstest.Config(t, tt.config...)}
			vals, _, err := s.Load(Judging)
			if tt.want == "" {
				if err == nil {
					t.Errorf("values = %v", vals)
				}
				return
			}
			got := append(vals[Policy], vals[PolicyRef]...)
			if err != nil || len(got) != 1 || got[0].Text != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
}
