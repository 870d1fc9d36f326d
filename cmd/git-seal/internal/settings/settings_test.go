package settings

import (
	"strings"
	"testing"
)

func TestSettingHasOneNameInThreeSpellings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, env, flag string }{
		{"seal.policy", "GIT_SEAL_POLICY", "policy"},
		{"seal.trustedRoot", "GIT_SEAL_TRUSTED_ROOT", "trusted-root"},
		{"seal.timestampServerURL", "GIT_SEAL_TIMESTAMP_SERVER_URL", "timestamp-server-url"},
		{"seal.clientID", "GIT_SEAL_CLIENT_ID", "client-id"},
		{"seal.fooBar", "GIT_SEAL_FOO_BAR", "foo-bar"},
	} {
		s := setting{Name: tc.name}
		if s.Env() != tc.env || s.Flag() != tc.flag {
			t.Errorf("%s: %s, --%s; want %s, --%s", tc.name, s.Env(), s.Flag(), tc.env, tc.flag)
		}
	}
}

func TestSettingsTable(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, s := range Table {
		if key := strings.ToLower(s.Name); seen[key] {
			t.Errorf("%s stands twice", s.Name)
		} else {
			seen[key] = true
		}
		if s.Kind.Check == nil || s.For == 0 || s.Default == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%s: the row is not whole: %+v", s.Name, s)
		}
	}
}

func TestKindsRefuse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		kind  kind
		value string
		want  string // "" accepts
	}{
		{"https", kindURL, "https://fulcio.example.com", ""},
		{"https with a path", kindURL, "https://example.com/api/v1/timestamp", ""},
		{"http on this machine", kindURL, "http://127.0.0.1:8080", ""},
		{"http on this machine, IPv6", kindURL, "http://[::1]:8080", ""},
		{"http elsewhere", kindURL, "http://fulcio.example.com", "must begin with https://"},
		{"another scheme", kindURL, "ftp://example.com", "must begin with https://"},
		{"no scheme", kindURL, "fulcio.example.com", "not a URL with a host"},
		{"a user", kindURL, "https://a:b@example.com", "must not have a user"},
		{"a query", kindURL, "https://example.com/?a=b", "must not have a user, query"},
		{"not a URL", kindURL, "https://exa mple.com", "invalid character"},
		{"auto", kindTimestamp, "auto", ""},
		{"another word", kindTimestamp, "sometimes", "not one of"},
		{"another case", kindTimestamp, "Auto", "not one of"},
		{"seconds", kindTimeout, "30s", ""},
		{"no unit", kindTimeout, "30", "not a duration"},
		{"zero", kindTimeout, "0s", "not between"},
		{"negative", kindTimeout, "-1s", "not between"},
		{"hours", kindTimeout, "30h", "not between"},
		{"a file", kindFile, "/etc/policy.yaml", ""},
		{"in the home directory", kindFile, "~/policy.yaml", ""},
		{"in another's home directory", kindFile, "~alice/policy.yaml", "only ~/"},
		{"a token", kindFile, "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.c2lnbmF0dXJl", "is a token, not a file name; put the token itself into SIGSTORE_ID_TOKEN"},
		{"no file", kindFile, "", "is not a file name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := tc.kind.Check(tc.value)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%q: %v, want %q", tc.value, err, tc.want)
			}
		})
	}
}

func TestNearestSetting(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, want string }{
		{"seal.polcy", "seal.policy"},
		{"seal.trustedroots", "seal.trustedRoot"},
		{"seal.timestamp-server-url", "seal.timestampServerURL"},
		{"seal.somethingelse", ""},
	} {
		if got, _ := nearestSetting(tc.name); got != tc.want {
			t.Errorf("nearestSetting(%q) = %q, want %q", tc.name, got, tc.want)
		}
	}
}

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
		if err := CheckPolicyRef(value); (err == nil) != fine {
			t.Errorf("%q: %v", value, err)
		}
	}
}
