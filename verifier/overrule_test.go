package verifier

import "testing"

func TestServedUnder(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		ref, tag string
		want     bool
	}{
		{"refs/tags/v1", "v1", true},
		{"refs/tags/old/v1", "old/v1", true},
		{"refs/tags/old/v1", "v1", false},
		{"refs/tags/v2", "v1", false},
		{"refs/tags/V1", "v1", false},
		{"refs/tags/v1", "refs/tags/v1", false},
		{"refs/remotes/origin/tags/v1", "v1", true},
		{"refs/remotes/origin/tags/rev1", "v1", false},
		{"v1", "v1", false},
	} {
		if got := servedUnder(tc.ref, tc.tag); got != tc.want {
			t.Errorf("servedUnder(%q, %q) = %v", tc.ref, tc.tag, got)
		}
	}
}
