package judging

import (
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings/settingstest"
)

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
		if c, moves := Fetched(tt.ref, settingstest.Config(t, "remote.a.b.fetch="+tt.refspec)); moves != tt.moves {
			t.Errorf("%s by %s: %v %v", tt.ref, tt.refspec, moves, c)
		}
	}
}
