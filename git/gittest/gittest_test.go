package gittest_test

import (
	"strings"
	"testing"

	"github.com/git-seal/git-seal/git/gittest"
)

// The tests here set the process's own environment and so run alone.

func TestRepoIsCutOffFromTheCallersEnvironment(t *testing.T) {
	t.Setenv("GIT_DIR", "/nowhere")
	t.Setenv("GIT_AUTHOR_NAME", "Somebody")
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "commit.gpgSign")
	t.Setenv("GIT_CONFIG_VALUE_0", "true")
	for _, format := range []string{"sha1", "sha256"} {
		repo := gittest.New(t, format)
		id := repo.Commit("first")
		if got := repo.Git("rev-parse", "--show-object-format", "HEAD"); got != format+"\n"+id {
			t.Errorf("%q", got)
		}
		if raw := string(repo.Cat("commit", id)); !strings.Contains(raw, "\nauthor Ana Author <ana@example.com> "+gittest.Date+"\n") || strings.Contains(raw, "gpgsig") {
			t.Errorf("%q", raw)
		}
	}
}

func TestRepoMakesTheSameCommitEachTime(t *testing.T) {
	if first, second := gittest.New(t, "sha1").Commit("x"), gittest.New(t, "sha1").Commit("x"); first != second {
		t.Errorf("%s and %s", first, second)
	}
}
