package signing

import (
	"slices"
	"testing"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// seal.browser is a list of arguments: no shell reads it.
func TestSplitCommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"firefox", []string{"firefox"}},
		{"  firefox\t --new-window ", []string{"firefox", "--new-window"}},
		{`open -a "Google Chrome"`, []string{"open", "-a", "Google Chrome"}},
		{`'a "b"' c'd e'f ""`, []string{`a "b"`, "cd ef", ""}},
		{`"C:\Program Files\b.exe" -P`, []string{`C:\Program Files\b.exe`, "-P"}},
		{"firefox $HOME `id` ; *", []string{"firefox", "$HOME", "`id`", ";", "*"}},
	} {
		got, err := settings.SplitCommand(tt.text)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v; want %q", tt.text, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "  ", `"" a`, `firefox "`, `it's`, "a\nb", "a\x00"} {
		if got, err := settings.SplitCommand(bad); err == nil {
			t.Errorf("%q: %q", bad, got)
		}
	}
}
