package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// TestTUFIssues: what the repository is told to publish, good and bad, as
// another client than git-seal's sees it.
func TestTUFIssues(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	anchor, cache := p.read(t, "root.json"), t.TempDir()
	refresh := func() error {
		_, err := tuf.New(&tuf.Options{Root: anchor, RepositoryBaseURL: p.TUF, CachePath: cache})
		return err
	}
	for _, tt := range []struct {
		issue string
		want  error // nil: good
	}{
		{"", nil},
		{"expires_in=-60", new(metadata.ErrExpiredMetadata)},
		{"", nil},
		{"version=2", new(metadata.ErrBadVersionNumber)},
		{"key=unknown", new(metadata.ErrUnsignedMetadata)},
		{"damage=oversized", new(metadata.ErrDownloadLengthMismatch)},
		{"root=next", nil},
		{"without=trusted_root.json&target=../escaped", nil},
		{"", nil},
		{"root=unknown", new(metadata.ErrUnsignedMetadata)},
	} {
		issueTUF(t, p, tt.issue, http.StatusOK)
		switch err := refresh(); {
		case tt.want == nil && err != nil, tt.want != nil && !errors.Is(err, tt.want):
			t.Errorf("%q: %v, want %T", tt.issue, err, tt.want)
		}
	}
	for _, bad := range []string{"unheard=of", "expires_in=soon", "damage=how", "damage=empty&file=none", "damage=empty&file=../root.json"} {
		issueTUF(t, p, bad, http.StatusBadRequest)
	}
}

// TestTUFRootOutlivesARestart: the newest root and its key are in the directory.
func TestTUFRootOutlivesARestart(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	issueTUF(t, p, "root=next", http.StatusOK)
	p.stop(t, syscall.SIGTERM)
	p = start(t, p.dir)
	if _, err := tuf.New(&tuf.Options{Root: p.read(t, "root.json"), RepositoryBaseURL: p.TUF, CachePath: t.TempDir()}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "tuf", "2.root.json")); err != nil {
		t.Error(err)
	}
}

func issueTUF(t *testing.T, p *process, query string, want int) {
	t.Helper()
	form, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(p.TUF+"/issue", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s: %s", resp.Status, said)
	}
	if err != nil {
		t.Errorf("%s: %v", query, err)
	}
}
