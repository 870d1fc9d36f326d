//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
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

// forbidding starts a mirror of another that answers 403 where that says 404, as
// object stores do.
func (s *scripts) forbidding(ts *testscript.TestScript, args []string) {
	of, err := url.Parse(args[1])
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(of)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.StatusCode == http.StatusNotFound {
			r.StatusCode = http.StatusForbidden
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// mirrorFails holds what a mirror that serves something wrong must come to:
// signing goes on by what was verified before and says so once, git seal trust
// update says what is wrong and what to do, nothing that is kept changes, and
// who has verified nothing before cannot sign. With "known" in front the last is
// left out: only who knows better can tell.
func (s *scripts) mirrorFails(ts *testscript.TestScript, args []string) {
	file := trustedFile(ts)
	kept, err := os.ReadFile(file)
	ts.Check(err)
	s.tufAskedBefore(ts, []string{"25h"})
	old, err := os.ReadFile(file)
	ts.Check(err)
	ts.Check(os.RemoveAll(filepath.Join(filepath.Dir(file), "failure.json")))

	const signed = "printf payload | git-seal --status-fd=2 -bsau key"
	if code := exitCodeOf(ts, "sh", "-c", signed); code != host.ExitGood {
		ts.Fatalf("signing does not go on: exit code %d\n%s", code, ts.ReadFile("stderr"))
	}
	const told = `^git-seal: warning: cannot update the trusted root: `
	want(ts, "stderr", ts.ReadFile("stderr"), told+`.*(`+args[1]+`).*; signing with the one of 20\d\d-`)
	ts.Check(ts.Exec("sh", "-c", signed))
	if regexp.MustCompile(`(?m)` + told).MatchString(ts.ReadFile("stderr")) {
		ts.Fatalf("said twice: %s", ts.ReadFile("stderr"))
	}
	if code := exitCodeOf(ts, "git", "seal", "trust", "update"); code != host.ExitNotGood {
		ts.Fatalf("git seal trust update: exit code %d, want %d", code, host.ExitNotGood)
	}
	want(ts, "stderr", ts.ReadFile("stderr"), `^git-seal: error: trusted root: .*(`+args[1]+`)`)
	want(ts, "stderr", ts.ReadFile("stderr"), `^git-seal: hint: .*(`+args[2]+`)`)
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, old) {
		ts.Fatalf("%s changed (%v)", file, err)
	}
	if args[0] != "known" {
		data := ts.Getenv("XDG_DATA_HOME")
		ts.Setenv("XDG_DATA_HOME", ts.MkAbs(filepath.Join(ts.Getenv("WORK"), "nothing-kept")))
		s.refused(ts, args[1:])
		ts.Setenv("XDG_DATA_HOME", data)
	}
	ts.Check(os.WriteFile(file, kept, 0o600))
}

// trustedFile is the one trusted.json that is kept.
func trustedFile(ts *testscript.TestScript) string {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("XDG_DATA_HOME"), "git-seal", "tuf", "*", "trusted.json"))
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d files trusted.json", len(files))
	}
	return files[0]
}

// tufAskedBefore sets back by a time when the mirror was last asked.
func (s *scripts) tufAskedBefore(ts *testscript.TestScript, args []string) {
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	in := store.Store{Dir: filepath.Dir(trustedFile(ts))}
	kept, err := in.Load()
	ts.Check(err)
	repository, err := in.LoadRepository()
	ts.Check(err)
	kept.Checked = time.Now().Add(-by)
	ts.Check(in.Save(kept, repository))
}

// damageStore damages one of the files that are kept.
func (s *scripts) damageStore(ts *testscript.TestScript, args []string) {
	file := filepath.Join(filepath.Dir(trustedFile(ts)), args[0])
	text, err := os.ReadFile(file)
	ts.Check(err)
	switch args[1] {
	case "truncated":
		text = text[:len(text)/2]
	case "empty":
		text = nil
	case "flipped": // a letter of what stands there in base64
		at := regexp.MustCompile(`"(trustedRoot|timestamp)": ?"`).FindIndex(text)[1] + 100
		if text[at]++; text[at] == 'z'+1 || text[at] == 'Z'+1 || text[at] == '9'+1 {
			text[at] = 'A'
		}
	default:
		ts.Fatalf("damage-store: %q", args[1])
	}
	ts.Check(os.WriteFile(file, text, 0o600))
}

// keepTrusted writes a store of the public-good instance, by the mirror that the
// environment names, as if TUF had verified the file.
func (s *scripts) keepTrusted(ts *testscript.TestScript, args []string) {
	version, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	root, err := os.ReadFile(args[1])
	ts.Check(err)
	now := time.Now()
	kept := &store.Trusted{
		Mirror: ts.Getenv("GIT_SEAL_TUF_MIRROR"), Roots: [][sha256.Size]byte{sha256.Sum256(tuf.PublicGoodRoot())},
		RootVersion: 20, TargetsVersion: version, Since: now, Checked: now, Expires: now.Add(time.Hour), TrustedRoot: root,
	}
	for _, kv := range args[2:] {
		key, val, _ := strings.Cut(kv, "=")
		if key == "root" {
			kept.Roots[0] = sha256.Sum256([]byte(val))
			continue
		}
		by, err := time.ParseDuration(val)
		ts.Check(err)
		*map[string]*time.Time{"checked": &kept.Checked, "expires": &kept.Expires}[key] = now.Add(by)
	}
	to := store.New(filepath.Join(ts.Getenv("XDG_DATA_HOME"), "git-seal", "tuf"), kept.Mirror)
	unlock, err := to.Lock(s.t.Context())
	ts.Check(err)
	defer unlock()
	ts.Check(to.Save(kept, []byte(`"nobody has it"`)))
}
