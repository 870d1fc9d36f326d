package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/git-seal/git-seal/git"
)

// gitOptions are how this program runs git: here, in this environment.
func (h *host) gitOptions() git.Options {
	o := git.Options{Dir: h.dir, Env: h.env, TempDir: os.TempDir()}
	if h.trace != nil {
		o.Trace = h.traceGit
	}
	return o
}

// startReadConfig reads git's configuration beside what the caller does until
// it asks for it.
func (h *host) startReadConfig(ctx context.Context) func() (*git.Config, error) {
	type result struct {
		config *git.Config
		err    error
	}
	done := make(chan result, 1)
	go func() {
		c, err := git.ReadConfig(ctx, h.gitOptions())
		done <- result{c, err}
	}()
	return func() (*git.Config, error) {
		r := <-done
		return r.config, r.err
	}
}

// readSettings reads the settings for a purpose, and git's configuration that
// some of them stand in.
func (h *host) readSettings(ctx context.Context, repo *git.Repository, flags map[string][]string, purpose purpose) (values, *git.Config, error) {
	config, err := repo.ReadConfig(ctx)
	if err != nil {
		return nil, nil, err
	}
	vals, err := h.loadSettings(config, flags, purpose)
	return vals, config, err
}

// loadSettings reads the settings for a purpose and warns of keys and variables
// that are none.
func (h *host) loadSettings(config *git.Config, flags map[string][]string, purpose purpose) (values, error) {
	code := exitNotGood
	if purpose&judging != 0 {
		code = exitUnknown
	}
	s := sources{flags: flags, env: h.getenv, config: config, dir: h.dir, code: code}
	vals, warnings, err := s.load(purpose)
	for _, w := range append(warnings, strangeVariables(h.env)...) {
		h.warn("%s", w)
	}
	return vals, err
}

// abs is the absolute name of a file named relative to where the program runs.
func (h *host) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(h.dir, path)
}
