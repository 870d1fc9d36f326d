package why

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImFuYUBleGFtcGxlLmNvbSJ9.c2lnbmF0dXJl"
	for _, tc := range []struct{ name, text, want string }{
		{"no secret", "Fulcio (https://fulcio.example.com): no answer after 30s", "Fulcio (https://fulcio.example.com): no answer after 30s"},
		{"a token", "is " + token + ", not a token", "is [token], not a token"},
		{"the beginning of one", "is " + token[:20] + "…", "is [token]…"},
		{"a token in quotes", `"` + token + `"`, `"[token]"`},
		{"a password", "https://ana:hunter2@rekor.example.com/api", "https://[secret]@rekor.example.com/api"},
		{"a user", "https://hunter2@rekor.example.com", "https://[secret]@rekor.example.com"},
		{"an address behind a path", "https://example.com/of/ana@example.com", "https://example.com/of/ana@example.com"},
		{"the code of a login", `"http://127.0.0.1:1/cb?code=123&state=4" failed`, `"http://127.0.0.1:1/cb?[secret]" failed`},
		{"a header", "Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [secret]"},
	} {
		if got := withoutSecrets(tc.text); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestLastFailureIsKeptWhole: what is written is read back, and is the user's
// alone.
func TestLastFailureIsKeptWhole(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	now := time.Date(2026, 3, 1, 12, 0, 0, 5, time.FixedZone("", 3600))
	h := &host.Host{Env: []string{"XDG_STATE_HOME=" + state}, Dir: "/src/app", Now: func() time.Time { return now }}
	h.Warnings = []string{"warning: the clock is behind"}
	f := host.Fail(host.ExitNotGood, "no answer\nfor\x1b long %s", strings.Repeat("x", 2*host.MaxMessage)).WithHint("wait").Because(ServiceTimeout)
	if err := KeepFailure(h, f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state, "git-seal", "last-failure.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	l, err := readLastFailure(path)
	if err != nil {
		t.Fatal(err)
	}
	if !l.Time.Equal(now.Truncate(time.Second)) || l.Directory != "/src/app" || l.Reason != ServiceTimeout || l.Hint != "wait" ||
		len(l.Warnings) != 1 || l.Over != nil || !strings.HasPrefix(l.Error, `no answer\x0afor\x1b long xxx`) {
		t.Errorf("%+v", l)
	}

	h.Dir = "/src/other"
	FailureOver(h)
	if l, err = readLastFailure(path); err != nil || l.Over != nil {
		t.Errorf("over by a success elsewhere: %+v, %v", l, err)
	}
	h.Dir, now = "/src/app", now.Add(time.Minute)
	FailureOver(h)
	first := now
	now = now.Add(time.Hour)
	FailureOver(h)
	if l, err = readLastFailure(path); err != nil || l.Over == nil || !l.Over.Equal(first.Truncate(time.Second)) {
		t.Errorf("over: %+v, %v, want %v", l, err, first)
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		past time.Duration
		want string
	}{
		{0, "2026-03-01 12:00:00 UTC (just now)"},
		{90 * time.Second, "2026-03-01 11:58:30 UTC (1 min ago)"},
		{47 * time.Hour, "2026-02-27 13:00:00 UTC (47 h ago)"},
		{72 * time.Hour, "2026-02-26 12:00:00 UTC (3 days ago)"},
		{-time.Hour, "2026-03-01 13:00:00 UTC"},
	} {
		if got := ago(now.Add(-tc.past), now); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.past, got, tc.want)
		}
	}
}

// FuzzParseLastFailure: whatever the file holds, it is refused, or it says what
// failed and when, and what is shown of it is lines that no terminal acts on.
func FuzzParseLastFailure(f *testing.F) {
	whole, err := json.Marshal(lastFailure{lastFailureVersion, keptFailure{
		Time: time.Unix(1767323045, 0).UTC(), Directory: "/src", Reason: Git, Error: "no git", Hint: "install it", Warnings: []string{"warning"},
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"version":2}`))
	f.Add([]byte(`{"version":1,"time":"9999-12-31T23:59:59Z","reason":"\u001b[2J","error":"\u202e","directory":"\n"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLastFailure(text)
		if err != nil {
			return
		}
		if l.Error == "" || l.Time.IsZero() {
			t.Fatalf("%+v", l)
		}
		var b strings.Builder
		out := host.NewOutput(&b)
		h := &host.Host{Now: func() time.Time { return time.Unix(1767323045, 0) }}
		TellText(h, out, l)
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if host.Message(line) != line && len([]rune(line)) < host.MaxMessage {
				t.Fatalf("a line that a terminal acts on: %q", line)
			}
		}
		if _, err := host.EncodeJSON(jsonOfFailure(l)); err != nil {
			t.Fatal(err)
		}
	})
}
