package main

import (
	"testing"
)

func TestPolicyRefNamesOneCommit(t *testing.T) {
	t.Parallel()
	const id = "3f2a91c3f2a91c3f2a91c3f2a91c3f2a91c3f2a9"
	for value, fine := range map[string]bool{
		id: true, id + id[:24]: true, "refs/seal/policy": true, "refs/heads/main": true, "refs/heads/a/b-c.d": true,
		"": false, "HEAD": false, "FETCH_HEAD": false, "ORIG_HEAD": false, "MERGE_HEAD": false, "main": false, "origin/main": false, "heads/main": false,
		id[:39]: false, id[:8]: false, id + "^{commit}": false, "3F2A91C3F2A91C3F2A91C3F2A91C3F2A91C3F2A9": false,
		"refs/tags/v1": false, "refs/remotes/origin/main": false, "refs/seal/other": false, "refs/seal/policy~1": false,
		"refs/heads/a..b": false, "refs/heads/a b": false, "refs/heads/a@{1}": false, "refs/heads/a^": false, "refs/heads/a:b": false, "refs/heads/a-g3f2a91c": false,
	} {
		if err := checkPolicyRef(value); (err == nil) != fine {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// TestFullRef names refs as git fetch does.
func TestFullRef(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"":               "",
		"rules":          "refs/heads/rules",
		"a/rules":        "refs/heads/a/rules",
		"headstrong":     "refs/heads/headstrong",
		"heads/rules":    "refs/heads/rules",
		"tags/v1":        "refs/tags/v1",
		"remotes/o/main": "refs/remotes/o/main",
		"refs/heads/x":   "refs/heads/x",
	} {
		if got := fullRef(to); got != want {
			t.Errorf("%q = %q, want %q", to, got, want)
		}
	}
}

func TestRootName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/etc/acme/trusted_root.json":  "acme",
		"/etc/acme/trusted-root.json":  "acme",
		"/etc/acme.trusted_root.json":  "acme",
		"/etc/acme-trusted-root.json":  "acme",
		"/etc/acme.json":               "acme",
		"/etc/acme":                    "acme",
		"/etc/ac-me_trusted_root.json": "ac-me",
	} {
		if got := rootName(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
}

func TestOfPolicyAndPolicyRefOneCounts(t *testing.T) {
	t.Parallel()
	flags := func(names ...string) map[string][]string {
		given := make(map[string][]string)
		for _, n := range names {
			given[n] = map[string][]string{settingPolicy: {"/flag"}, settingPolicyRef: {"refs/heads/flag"}}[n]
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
		{"a flag for a ref", []string{settingPolicyRef}, []string{"GIT_SEAL_POLICY=/e"}, []string{"seal.policy=/file"}, "refs/heads/flag"},
		{"a flag for a file", []string{settingPolicy}, []string{"GIT_SEAL_POLICY_REF=refs/heads/e"}, nil, "/flag"},
		{"both flags", []string{settingPolicy, settingPolicyRef}, nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := sources{flags: flags(tt.flags...), env: environment(tt.env...), config: given(t, tt.config...)}
			vals, _, err := s.load(judging)
			if tt.want == "" {
				if err == nil {
					t.Errorf("values = %v", vals)
				}
				return
			}
			got := append(vals[settingPolicy], vals[settingPolicyRef]...)
			if err != nil || len(got) != 1 || got[0].Text != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestRefThatAFetchMoves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		refspec, ref string
		moves        bool
	}{
		{"+refs/heads/*:refs/remotes/origin/*", "refs/heads/main", false},
		{"+refs/*:refs/*", "refs/heads/main", true},
		{"refs/heads/*:refs/heads/*", "refs/seal/policy", false},
		{"refs/heads/*:refs/heads/*", "refs/heads/main", true},
		{"+refs/heads/main:refs/heads/main", "refs/heads/main", true},
		{"+refs/heads/main:refs/heads/other", "refs/heads/main", false},
		{"+refs/heads/policy:refs/seal/policy", "refs/seal/policy", true},
		{"^refs/heads/main", "refs/heads/main", false},
		{"refs/heads/main", "refs/heads/main", false},
		{"refs/a/*:refs/heads/m*main", "refs/heads/main", false},
	} {
		if c, moves := fetched(tt.ref, given(t, "remote.a.b.fetch="+tt.refspec)); moves != tt.moves {
			t.Errorf("%s by %s: %v %v", tt.ref, tt.refspec, moves, c)
		}
	}
}
