//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// tufIssue has a sandbox publish what its directory holds, as the values say.
func (s *scripts) tufIssue(ts *testscript.TestScript, args []string) {
	form := url.Values{}
	for _, kv := range args[1:] {
		key, val, _ := strings.Cut(kv, "=")
		form.Add(key, val)
	}
	resp, err := http.PostForm(ts.Getenv(args[0]+"_TUF")+"/issue", form)
	ts.Check(err)
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("tuf-issue: %s: %s", resp.Status, said)
	}
}

// tufRequests prints the paths that were asked for, a line each.
func (s *scripts) tufRequests(ts *testscript.TestScript, args []string) {
	log, err := os.ReadFile(filepath.Join(ts.Getenv(args[0]+"_DIR"), "requests.log"))
	ts.Check(err)
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		var request struct{ Service, Method, Path string }
		ts.Check(json.Unmarshal(lines.Bytes(), &request))
		if request.Service == "tuf" {
			fmt.Fprintln(ts.Stdout(), request.Method, request.Path)
		}
	}
}

// redirecting starts a service that sends every request elsewhere.
func (s *scripts) redirecting(ts *testscript.TestScript, args []string) {
	to := strings.TrimSuffix(args[1], "/")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to+r.URL.Path, http.StatusFound)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
