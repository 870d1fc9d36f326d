// Package settingstest makes settings for tests.
package settingstest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git"
	"github.com/git-seal/git-seal/git/gittest"
)

// Config reads a configuration of key=value lines as git does.
func Config(t *testing.T, lines ...string) *git.Config {
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
