package settings

import (
	"context"
	"os"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/git"
)

// GitOptions returns how this program runs git: in its own directory and
// environment.
func GitOptions(h *host.Host) git.Options {
	o := git.Options{Dir: h.Dir, Env: h.Env, TempDir: os.TempDir()}
	if h.Trace != nil {
		o.Trace = h.TraceGit
	}
	return o
}

// StartReadConfig reads git's configuration in the background. The function that it
// returns waits for the result.
func StartReadConfig(ctx context.Context, h *host.Host) func() (*git.Config, error) {
	type result struct {
		config *git.Config
		err    error
	}
	done := make(chan result, 1)
	go func() {
		c, err := git.ReadConfig(ctx, GitOptions(h))
		done <- result{c, err}
	}()
	return func() (*git.Config, error) {
		r := <-done
		return r.config, r.err
	}
}

// Read reads the settings for a purpose, and git's configuration.
func Read(ctx context.Context, h *host.Host, repo *git.Repository, flags map[string][]string, purpose purpose) (Values, *git.Config, error) {
	config, err := repo.ReadConfig(ctx)
	if err != nil {
		return nil, nil, err
	}
	vals, err := Load(h, config, flags, purpose)
	return vals, config, err
}

// Load reads the settings for a purpose and warns of unknown keys and variables.
func Load(h *host.Host, config *git.Config, flags map[string][]string, purpose purpose) (Values, error) {
	code := host.ExitNotGood
	if purpose&Judging != 0 {
		code = host.ExitUnknown
	}
	s := Sources{Flags: flags, Env: h.Getenv, Config: config, Dir: h.Dir, Code: code}
	vals, warnings, err := s.Load(purpose)
	for _, w := range append(warnings, unknownVariables(h.Env)...) {
		h.Warn("%s", w)
	}
	return vals, err
}
